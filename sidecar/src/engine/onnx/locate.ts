/** Whether onnxruntime-node has a native library for this machine, and what is inside it. */
import { access } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

export interface Machine {
  readonly platform: string
  readonly arch: string
  /** A Linux without the GNU C library, such as Alpine. */
  readonly isMusl: boolean
}

export type OnnxFound =
  | {
      readonly found: true
      readonly version: string
      /** Execution providers inside the package, e.g. cpu, webgpu. */
      readonly backends: readonly string[]
    }
  | { readonly found: false; readonly reason: string }

/** The one the process runs on. */
export function thisMachine(): Machine {
  const report: unknown = process.report.getReport()
  const { header } = Object(report) as { header?: { glibcVersionRuntime?: string } }
  const isMusl = process.platform === 'linux' && header?.glibcVersionRuntime === undefined
  return { platform: process.platform, arch: process.arch, isMusl }
}

/** One sentence for machines for which the package has no library; undefined where it should work. */
export function missingLibrary({ platform, arch, isMusl }: Machine): string | undefined {
  if (platform === 'darwin' && arch !== 'arm64') {
    return 'onnxruntime-node has no library for Macs with Intel processors: use Linux, Windows or a Mac with Apple silicon'
  }
  if (isMusl) {
    return 'onnxruntime-node has no library for Linux with musl such as Alpine: use a distribution with glibc, for example Debian'
  }
  if (!['linux', 'darwin', 'win32'].includes(platform) || !['x64', 'arm64'].includes(arch)) {
    return `onnxruntime-node has no library for ${platform} on ${arch}: use Linux, Windows or macOS on x64 or arm64`
  }
  return undefined
}

/** Loads the library into this process to ask what it holds. */
export async function findOnnx(machine: Machine = thisMachine()): Promise<OnnxFound> {
  const missing = missingLibrary(machine)
  if (missing !== undefined) return { found: false, reason: missing }
  try {
    const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json')
    const { platform, arch } = machine
    await access(
      join(dirname(manifest), 'bin', 'napi-v6', platform, arch, 'onnxruntime_binding.node'),
    )
    const { listSupportedBackends, env } = await import('onnxruntime-node')
    const backends = listSupportedBackends().flatMap(({ name, bundled }) => (bundled ? name : []))
    return { found: true, version: env.versions.node ?? env.versions.common, backends }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0] : String(cause)
    return {
      found: false,
      reason: `onnxruntime-node cannot be loaded (${reason}): run npm install again in the folder of the project`,
    }
  }
}
