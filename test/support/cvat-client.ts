/** CVAT's own Python client: a virtual environment in the user's cache, outside the repository. */
import { execFile, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Problem } from '@suggestive/shared/problem'

/** Pinned to the version of the recordings; NumPy for the masks. */
const packages = ['cvat-sdk[masks]==2.73.0', 'cvat-cli==2.73.0', 'numpy==2.4.6']

const scripts = process.platform === 'win32' ? 'Scripts' : 'bin'
const folder = join(homedir(), '.cache', 'suggestive-annotation', 'cvat-2.73.0')
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** A detector for `cvat-cli`: masks of the bright pixels, of the label "gland". */
export const detector = file('cvat-client-function.py')

/** Makes the environment where it is absent or was made for other versions: about 200 MB, once. */
export function installCvatClient(say: (sentence: string) => void): void {
  const stamp = join(folder, 'packages.txt')
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === packages.join('\n')) return
  say(`Installing ${packages.join(', ')} into ${folder} (once) ...`)
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(dirname(folder), { recursive: true })
  run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder])
  run(join(folder, scripts, 'python'), ['-m', 'pip', 'install', '--quiet', ...packages])
  writeFileSync(stamp, packages.join('\n'))
}

function run(command: string, args: readonly string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 2, 2] })
  if (status === 0) return
  throw new Problem(
    'tool-failed',
    `CVAT's client could not be installed: "${[command, ...args].join(' ')}" failed${error === undefined ? '' : ` (${error.message})`}.`,
  )
}

/** Runs the script beside this file. @returns what it prints, read as JSON */
export async function cvatScript(command: string, wish: object): Promise<unknown> {
  const python = join(folder, scripts, 'python')
  const running = promisify(execFile)(python, [file('cvat-client.py'), command], {
    maxBuffer: 1e8,
  })
  running.child.stdin?.end(JSON.stringify(wish))
  return JSON.parse((await running).stdout)
}

/** Whose account the command line uses, where. */
export interface Account {
  readonly address: string
  readonly username: string
  readonly password: string
}

/** Runs `cvat-cli`. @returns what it prints */
export async function cvatCli(at: Account, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...login(at), ...args])
  return stdout
}

/** Starts an agent that waits for work. @returns ends it and its workers */
export function startAgent(at: Account, id: number): () => Promise<void> {
  const args = ['function', 'run-agent', String(id), '--function-file', detector]
  const agent = spawn(program, [...login(at), ...args], { stdio: 'ignore', detached: true })
  const ended = once(agent, 'exit')
  return async () => {
    // The group: a worker outlives its parent.
    if (agent.pid !== undefined) process.kill(-agent.pid, 'SIGKILL')
    await ended
  }
}

const program = join(folder, scripts, 'cvat-cli')

function login({ address, username, password }: Account): string[] {
  const { protocol, hostname, port } = new URL(address)
  const server = ['--server-host', `${protocol}//${hostname}`, '--server-port', port]
  return [...server, '--auth', `${username}:${password}`]
}
