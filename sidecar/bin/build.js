// Compiles shared/, sidecar/ and the plugins into their dist/ folders when these are absent or do not belong to the sources.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const packages = ['shared', 'sidecar', 'plugin-labelstudio', 'plugin-cvat'].filter((name) =>
  existsSync(join(root, name, 'src')),
)
const stamp = 'built-from.txt'
/** Same file system as the targets, so that a rename is enough; never part of the repository. */
const scratch = join(root, 'node_modules', '.cache')

/**
 * Builds beside, then puts file by file in place: a process that runs at the same time always finds every file, and
 * several builds at once end with the same complete output. One that is killed leaves no stamp, so the next builds.
 * Types are the business of `npm run check`; here they would only cost time.
 *
 * @param {(text: string) => void} say
 * @returns {Promise<void>}
 */
export async function build(say) {
  let sources = await fingerprint()
  if (await isBuiltFrom(sources)) return
  const start = performance.now()
  say('Building suggest ... ')
  const folder = join(scratch, `suggest-${process.pid}-${Date.now()}`)
  try {
    // Somebody may be typing: what was compiled must be what is there now.
    for (let before; before !== sources; sources = await fingerprint()) {
      before = sources
      await rm(folder, { recursive: true, force: true })
      await compile(folder)
    }
    if (!(await isBuiltFrom(sources))) {
      for (const name of packages)
        await install(join(folder, name, 'src'), join(root, name, 'dist'), sources)
    }
    say(`done in ${((performance.now() - start) / 1000).toFixed(1)} s\n`)
  } catch (error) {
    say('failed\n')
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Of everything that the output depends on, by name, size and time. */
async function fingerprint() {
  const hash = createHash('sha256')
  const add = async (path) => {
    const { size, mtimeMs } = await stat(join(root, path))
    hash.update(`${path} ${size} ${mtimeMs}\n`)
  }
  const folder = async (path) => {
    const entries = await readdir(join(root, path), { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.isDirectory()) await folder(`${path}/${entry.name}`)
      else if (entry.name.endsWith('.ts')) await add(`${path}/${entry.name}`)
    }
  }
  await add('tsconfig.json')
  await add('sidecar/tsconfig.build.json')
  for (const name of packages) await folder(`${name}/src`)
  return hash.digest('hex')
}

async function isBuiltFrom(sources) {
  for (const name of packages) {
    const built = await readFile(join(root, name, 'dist', stamp), 'utf8').catch(() => undefined)
    if (built !== sources) return false
  }
  return true
}

/** Runs TypeScript; `folder` then holds the sources of every package as JavaScript. */
async function compile(folder) {
  const project = join(root, 'sidecar', 'tsconfig.build.json')
  const args = [compiler(), '--project', project, '--outDir', folder]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (text) => (output += text))
  child.stderr.on('data', (text) => (output += text))
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  if (code !== 0) throw new Error(`TypeScript could not compile the sources: ${output.trim()}`)
}

function compiler() {
  try {
    const manifest = createRequire(import.meta.url).resolve('typescript/package.json')
    return join(manifest, '..', 'bin', 'tsc')
  } catch {
    throw new Error('TypeScript is not installed; run "npm install" in the folder of the project.')
  }
}

async function install(from, to, sources) {
  await rm(join(to, stamp), { force: true })
  const files = await filesOf(from)
  for (const file of files) {
    await mkdir(dirname(join(to, file)), { recursive: true })
    await replace(join(from, file), join(to, file))
  }
  for (const file of await filesOf(to)) {
    if (!files.includes(file)) await rm(join(to, file), { force: true })
  }
  await writeFile(join(from, stamp), sources)
  await replace(join(from, stamp), join(to, stamp))
}

/** Paths below a folder. */
async function filesOf(folder) {
  const entries = await readdir(folder, { withFileTypes: true })
  const paths = entries.map(async (entry) =>
    entry.isDirectory()
      ? (await filesOf(join(folder, entry.name))).map((path) => join(entry.name, path))
      : [entry.name],
  )
  return (await Promise.all(paths)).flat()
}

/** Renames over a file; on Windows that is refused while somebody reads it. */
async function replace(from, to) {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to)
    } catch (error) {
      if (attempt === 10 || !['EPERM', 'EACCES', 'EBUSY'].includes(error.code)) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, 20 * attempt))
  }
}
