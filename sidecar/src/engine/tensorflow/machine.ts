/** What a machine must have for the engine to be built on it. */
import { access } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { run, works } from './command.ts'

/** The wheels are made for this version of the C library and later ones. */
const GLIBC = [2, 27] as const

/** Refuses, in one sentence with the remedy, a machine on which the build cannot work. */
export async function checkMachine() {
  const refuse = (sentence: string) =>
    new Problem('engine-unavailable', `The tensorflow engine cannot be built here: ${sentence}.`)
  const { platform, arch } = process
  if (platform !== 'linux' || arch !== 'x64')
    throw refuse(
      `it needs Linux on x64 and this is ${platform} on ${arch}; the onnx engine works everywhere`,
    )
  const glibc = glibcVersion()
  if (glibc === undefined || isBefore(glibc, GLIBC))
    throw refuse(
      `it needs glibc ${GLIBC.join('.')} or later and this system has ${glibc?.join('.') ?? 'another C library'}; use the onnx engine`,
    )
  const tools = await Promise.all([
    missing('g++', 'g++', 'g++', '--version'),
    missing('pip for python3', 'python3-pip', 'python3', '-m', 'pip', '--version'),
  ])
  const names = tools.flatMap((tool) => tool ?? [])
  if (names.length > 0) {
    const what = names.map((tool) => tool.name).join(' and ')
    const packages = names.map((tool) => tool.debian).join(' ')
    throw refuse(
      `${what} is missing; install it (on Debian: apt-get install ${packages}) and run this again`,
    )
  }
}

async function missing(name: string, debian: string, program: string, ...args: readonly string[]) {
  return (await works(program, ...args)) ? undefined : { name, debian }
}

/** The C++ headers that came with this Node.js, where they did. */
export async function nodeHeaders(): Promise<string | undefined> {
  const folder = join(dirname(dirname(process.execPath)), 'include', 'node')
  return access(join(folder, 'node_api.h')).then(
    () => folder,
    () => undefined,
  )
}

/** Compute capability of the first NVIDIA GPU, e.g. 8.6; undefined without one. */
export async function computeCapability(): Promise<number | undefined> {
  const query = ['--query-gpu=compute_cap', '--format=csv,noheader']
  const answer = await run('ask for the GPU', 'nvidia-smi', query).catch(() => '')
  const capability = Number.parseFloat(answer)
  return Number.isNaN(capability) ? undefined : capability
}

type Version = readonly [number, number]

export function isBefore(version: Version, other: Version): boolean {
  return version[0] < other[0] || (version[0] === other[0] && version[1] < other[1])
}

/** Version of the GNU C library; undefined where there is another one. */
function glibcVersion(): Version | undefined {
  const report: unknown = process.report.getReport()
  const { header } = Object(report) as { header?: { glibcVersionRuntime?: string } }
  const [major, minor] = header?.glibcVersionRuntime?.split('.').map(Number) ?? []
  return major === undefined || minor === undefined ? undefined : [major, minor]
}
