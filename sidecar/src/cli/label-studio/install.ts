/** A Label Studio of its own in a virtual environment: nothing else on the machine is touched. */
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import { quietVariables } from './quiet.ts'
import { type ProgramOptions, runProgram } from './run-program.ts'

/** The version that the plugin was verified with. */
const labelStudioVersion = '1.23.2'

export interface Installed {
  /** Absolute paths. */
  readonly program: string
  readonly python: string
  /** A database with all tables and no rows: a copy of it saves a minute at the first start. */
  readonly emptyDatabase: string
}

export interface InstallOptions extends ProgramOptions {
  /** Where it is kept for the next time; `usualCache()` unless told otherwise. */
  readonly cache?: string
  readonly say: (sentence: string) => void
}

/** In the user's cache: about 1 GB. */
function usualCache(): string {
  return join(homedir(), '.cache', 'suggestive-annotation')
}

/** At once when it is there already. @throws Problem that says which program is missing, or what pip said */
export async function installLabelStudio(options: InstallOptions): Promise<Installed> {
  const { cache = usualCache(), say } = options
  const folder = join(cache, `label-studio-${labelStudioVersion}`)
  const isWindows = process.platform === 'win32'
  const inFolder = (name: string) =>
    join(folder, isWindows ? 'Scripts' : 'bin', isWindows ? `${name}.exe` : name)
  const installed = {
    program: inFolder('label-studio'),
    python: inFolder('python'),
    emptyDatabase: `${folder}-empty.sqlite3`,
  }
  // pip installs it last, so that all that it needs is there, too.
  if (!(await exists(installed.program))) {
    say(`Installing Label Studio ${labelStudioVersion} into ${folder} (once; 1 GB)`)
    await mkdir(cache, { recursive: true })
    await makeEnvironment(folder, isWindows ? 'python' : 'python3', options)
    await pip(installed.python, options)
  }
  if (!(await exists(installed.emptyDatabase))) {
    say('Preparing its database (once; a minute)')
    await makeEmptyDatabase(installed, options)
  }
  return installed
}

const exists = (path: string) =>
  stat(path).then(
    () => true,
    () => false,
  )

async function makeEnvironment(folder: string, python: string, options: InstallOptions) {
  const remedy = 'install it (on Debian: apt-get install python3 python3-venv) and run this again'
  const { code, output } = await runProgram(
    python,
    ['-c', 'import sys; print(sys.version_info >= (3, 10)); import ensurepip, venv'],
    options,
  )
  if (code === undefined) {
    const sentence = `Label Studio needs Python 3.10 or later, and there is no ${python}: ${remedy}.`
    throw new Problem('wrong-use', sentence)
  }
  if (output.startsWith('False')) {
    const sentence = `Label Studio needs Python 3.10 or later, ${python} is older: ${remedy}.`
    throw new Problem('wrong-use', sentence)
  }
  if (code !== 0) {
    throw new Problem(
      'wrong-use',
      `${python} has no pip for virtual environments (modules venv and ensurepip): install them (on Debian: apt-get install python3-venv) and run this again.`,
    )
  }
  await mustSucceed(python, ['-m', 'venv', '--clear', folder], options)
}

async function pip(python: string, options: InstallOptions) {
  const args = ['-m', 'pip', 'install', '--quiet', '--no-cache-dir', '--disable-pip-version-check']
  await mustSucceed(python, [...args, `label-studio==${labelStudioVersion}`], options)
}

async function mustSucceed(program: string, args: readonly string[], options: InstallOptions) {
  const { code, output } = await runProgram(program, args, options)
  if (code === 0) return
  const last = output.split('\n').at(-1) ?? ''
  throw new Problem(
    'tool-failed',
    `Label Studio could not be installed: "${[program, ...args].join(' ')}" failed: ${last.slice(0, 500)}`,
  )
}

/** Every command creates the tables first; this one does nothing after that. */
async function makeEmptyDatabase({ program, emptyDatabase }: Installed, options: InstallOptions) {
  const folder = await mkdtemp(`${emptyDatabase}.`)
  const variables = { ...options.variables, ...quietVariables, LABEL_STUDIO_BASE_DATA_DIR: folder }
  try {
    await mustSucceed(program, ['version'], { ...options, variables })
    await rename(join(folder, 'label_studio.sqlite3'), emptyDatabase)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
