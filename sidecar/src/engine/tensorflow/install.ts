/**
 * `npm run engine:tensorflow [-- --gpu]`: builds the native part of the `tensorflow` engine, from the sources of
 * TensorFlow.js' own binding and the shared library of a TensorFlow release, and proves that it computes.
 */
import { mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { compile } from './compile.ts'
import { type Manifest, readManifest } from './locate.ts'
import { checkMachine } from './machine.ts'
import { againstOfficial, officialLibrary } from './official.ts'
import {
  defaultRoot,
  engineFolder,
  MANIFEST,
  OFFICIAL_VERSION,
  type Variant,
  WHEEL_VERSION,
} from './release.ts'
import { type SmokeResult, smokeTest } from './smoke.ts'
import { bindingSources, headers } from './sources.ts'
import { wheelLibrary } from './wheel.ts'

export interface InstallOptions {
  /** For CUDA; such a build also computes on the CPU. */
  readonly gpu?: boolean
  /** Folder for all builds; `findTensorflow` must be given the same. */
  readonly root?: string
  /** Receives what happens, a line each. */
  readonly say?: (line: string) => void
}

export interface Report extends SmokeResult {
  readonly folder: string
  readonly variant: Variant
  readonly source: Manifest['source']
  /** False where the engine was there already and has only been tested. */
  readonly built: boolean
  readonly seconds: number
  readonly bytes: number
}

/** Builds the engine, or only tests it where it is built. Throws a `Problem` that says what is missing. */
export async function installTensorflow(options: InstallOptions = {}): Promise<Report> {
  const started = performance.now()
  const variant: Variant = options.gpu ? 'gpu' : 'cpu'
  const root = options.root ?? defaultRoot
  const say = options.say ?? (() => {})
  const report = async (
    folder: string,
    source: Manifest['source'],
    smoke: SmokeResult,
    built: boolean,
  ) => ({
    ...smoke,
    folder,
    variant,
    source,
    built,
    seconds: (performance.now() - started) / 1000,
    bytes: await sizeOf(folder),
  })

  for (const version of [WHEEL_VERSION, OFFICIAL_VERSION]) {
    const folder = engineFolder(root, version, variant)
    const manifest = await readManifest(folder)
    if (manifest !== undefined) {
      say(`TensorFlow ${manifest.version} is in ${folder}; testing it`)
      return report(folder, manifest.source, await smokeTest(folder), false)
    }
  }
  await checkMachine()
  for (const source of await sources(variant, say)) {
    const version = source === 'official' ? OFFICIAL_VERSION : WHEEL_VERSION
    const folder = engineFolder(root, version, variant)
    try {
      return await report(folder, source, await build(folder, source, variant, say), true)
    } catch (cause) {
      if (source === 'wheel' || !(cause instanceof Problem)) throw cause
      say(`the official download is of no use here: ${cause.message}`)
    }
  }
  throw new Error('the wheel is always tried')
}

/** Where to take the library from, in the order of preference. */
async function sources(
  variant: Variant,
  say: (line: string) => void,
): Promise<readonly Manifest['source'][]> {
  const against = await againstOfficial(variant)
  say(
    against === undefined
      ? 'the official download is used'
      : `the official download is not used: ${against}`,
  )
  return against === undefined ? ['official', 'wheel'] : ['wheel']
}

/** Builds beside `folder` and renames: a folder with its final name is complete. */
async function build(
  folder: string,
  source: Manifest['source'],
  variant: Variant,
  say: (line: string) => void,
): Promise<SmokeResult> {
  await removeLeftovers(folder)
  const beside = `${folder}.building-${process.pid}`
  const scratch = join(beside, 'scratch')
  try {
    await mkdir(join(beside, 'lib'), { recursive: true })
    await mkdir(scratch)
    say(
      source === 'wheel'
        ? `fetching TensorFlow ${WHEEL_VERSION} (${variant})`
        : `fetching TensorFlow ${OFFICIAL_VERSION}`,
    )
    const library =
      source === 'wheel'
        ? await wheelLibrary(beside, scratch, variant, say)
        : await officialLibrary(beside, scratch, variant)
    say('compiling the binding')
    const [code, api] = await Promise.all([bindingSources(scratch, say), headers(scratch, say)])
    await compile(beside, scratch, code, api, library)
    await rm(scratch, { recursive: true })
    say('testing it')
    const smoke = await smokeTest(beside)
    const manifest: Manifest = { version: smoke.version, variant, source }
    await writeFile(join(beside, MANIFEST), `${JSON.stringify(manifest)}\n`)
    // Another run may have been faster; its engine may be in use.
    if ((await readManifest(folder)) === undefined) {
      await rm(folder, { recursive: true, force: true })
      await rename(beside, folder)
    }
    return smoke
  } catch (cause) {
    if (Object(cause).code === 'ENOSPC')
      throw new Problem(
        'storage-failed',
        `The disk is full: a build in ${dirname(folder)} needs up to 2 GB (for CUDA 8 GB).`,
      )
    throw cause
  } finally {
    await rm(beside, { recursive: true, force: true })
  }
}

/** Removes what builds of ended processes have left behind. */
async function removeLeftovers(folder: string) {
  const siblings = await readdir(dirname(folder)).catch(() => [])
  for (const name of siblings) {
    const [, pid] = name.split(`${basename(folder)}.building-`)
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(dirname(folder), name), { recursive: true, force: true })
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** Bytes of all files under a folder. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** The report in sentences. */
export function describe(report: Report): string {
  const { folder, variant, source, built, seconds, bytes, version, gpu } = report
  const from = source === 'wheel' ? 'its Python wheel' : 'the official download'
  return [
    built
      ? `TensorFlow ${version} was built from ${from} in ${seconds.toFixed(0)} s.`
      : `TensorFlow ${version} from ${from} is already built.`,
    `It passes the smoke test on the ${gpu ? 'GPU' : 'CPU'}.`,
    ...(variant === 'gpu' && !gpu
      ? ['It found no GPU that it could use: is an NVIDIA driver for CUDA 12.5 or later installed?']
      : []),
    `It takes ${Math.round(bytes / 1e6)} MB in ${folder}; to remove it, delete that folder.`,
  ].join('\n')
}

async function main(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: { gpu: { type: 'boolean' }, root: { type: 'string' } },
    })
    const { gpu = false, root = defaultRoot } = values
    const report = await installTensorflow({ gpu, root, say: (line) => console.log(line) })
    console.log(describe(report))
    return 0
  } catch (cause) {
    if (cause instanceof Problem) {
      console.error(cause.message)
      return cause.exitCode
    }
    if (cause instanceof TypeError && Object(cause).code?.startsWith('ERR_PARSE_ARGS')) {
      console.error(`${cause.message}. Known options: --gpu, --root DIR.`)
      return 2
    }
    throw cause
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  process.exitCode = await main(process.argv.slice(2))
