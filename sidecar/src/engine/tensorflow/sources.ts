/** The C++ sources of the binding and the headers of Node-API, from this installation or from the npm registry. */
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { run } from './command.ts'
import { nodeHeaders } from './machine.ts'
import { BINDING_VERSION } from './release.ts'

const BINDING = '@tensorflow/tfjs-node-gpu'

/** Headers of Node-API alone, for a Node.js that came without its own. */
const HEADERS = 'node-api-headers'
const HEADERS_VERSION = '1.9.0'

/** Folder of the binding's package with its `binding/*.cc`; `scratch` takes it where npm has not installed it. */
export async function bindingSources(
  scratch: string,
  say: (line: string) => void,
): Promise<string> {
  const installed = await installedPackage()
  if (installed !== undefined) return installed
  say(`${BINDING} ${BINDING_VERSION} is not in node_modules (npm 10 leaves it out): fetched`)
  return fetchPackage(`${BINDING}@${BINDING_VERSION}`, join(scratch, 'binding'))
}

export async function headers(scratch: string, say: (line: string) => void): Promise<string> {
  const own = await nodeHeaders()
  if (own !== undefined) return own
  say(`this Node.js has no headers of its own: those of the npm package ${HEADERS} are used`)
  return join(
    await fetchPackage(`${HEADERS}@${HEADERS_VERSION}`, join(scratch, 'headers')),
    'include',
  )
}

async function installedPackage(): Promise<string | undefined> {
  try {
    const file = createRequire(import.meta.url).resolve(`${BINDING}/package.json`)
    const { version } = Object(JSON.parse(await readFile(file, 'utf8'))) as { version?: unknown }
    return version === BINDING_VERSION ? dirname(file) : undefined
  } catch {
    return undefined
  }
}

/** The files of a package alone: no dependencies, and none of its scripts is run. */
async function fetchPackage(specifier: string, folder: string): Promise<string> {
  await mkdir(folder, { recursive: true })
  const purpose = `fetch ${specifier} from the npm registry`
  const printed = await run(purpose, 'npm', ['pack', '--silent', specifier], folder)
  const archive = printed.trim().split('\n').at(-1) ?? ''
  await run(`unpack ${archive}`, 'tar', ['-xzf', archive], folder)
  return join(folder, 'package')
}
