/** A Label Studio that runs on this machine, for this machine only. */
import { spawn } from 'node:child_process'
import { copyFile, mkdir, open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import type { Installed } from './install.ts'
import { quietVariables } from './quiet.ts'

export interface Account {
  readonly email: string
  readonly password: string
}

export interface ServerOptions {
  readonly installed: Installed
  /** Database, uploads and log; an existing one goes on where it was. */
  readonly folder: string
  readonly port: number
  /** Made at the first start; its password stays what it was. */
  readonly account: Account
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly signal: AbortSignal
  /** Whether it may call private addresses, e.g. a plugin on this machine; as in Label Studio, it may not unless told so. */
  readonly callsPrivate?: boolean
}

export interface LabelStudioServer {
  /** E.g. `http://127.0.0.1:8080`. */
  readonly address: string
  readonly pid: number
  /** Of its log. */
  readonly log: string
  /** Resolves when the process has ended, whatever the reason. */
  readonly ended: Promise<void>
  stop(): Promise<void>
}

/** A start that creates tables takes a minute, all others some seconds. */
const startMs = 240_000
const stopMs = 5000

/** Resolves when it answers. @throws Problem `tool-failed` with the end of its log */
export async function startLabelStudio(options: ServerOptions): Promise<LabelStudioServer> {
  const { installed, folder, port, account, signal } = options
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const database = join(folder, 'label_studio.sqlite3')
  const isNew = await stat(database).then(
    () => false,
    () => true,
  )
  if (isNew) await copyFile(installed.emptyDatabase, database)
  const address = `http://127.0.0.1:${port}`
  const log = join(folder, 'label-studio.log')
  const file = await open(log, 'a', 0o600)
  const child = spawn(
    installed.program,
    ['start', '--no-browser', '--internal-host', '127.0.0.1', '--port', String(port)],
    {
      cwd: folder,
      stdio: ['ignore', file.fd, file.fd],
      env: variablesOf(options, address),
      // Ctrl-C on a terminal reaches the whole group: whoever starts it decides when it ends.
      detached: process.platform !== 'win32',
    },
  )
  await file.close()
  let hasEnded = false
  const ended = new Promise<void>((resolve) => {
    const end = () => {
      hasEnded = true
      resolve()
    }
    child.on('close', end)
    child.on('error', end)
  })
  const stop = async () => {
    child.kill('SIGTERM')
    const timer = setTimeout(() => child.kill('SIGKILL'), stopMs)
    await ended
    clearTimeout(timer)
  }
  const deadline = Date.now() + startMs
  while (!(await answers(address))) {
    if (!hasEnded && !signal.aborted && Date.now() < deadline) {
      await sleep(250)
      continue
    }
    await stop()
    if (signal.aborted) throw new Problem('cancelled', 'It was stopped.')
    const text = await readFile(log, 'utf8')
    const last = text.trimEnd().split('\n').at(-1) ?? ''
    throw new Problem('tool-failed', `Label Studio did not start: ${last} Its log is ${log}.`)
  }
  return { address, pid: child.pid ?? 0, log, ended, stop }

  /** Nobody else may answer in its place, as an older one that still runs would. */
  async function answers(at: string): Promise<boolean> {
    if (hasEnded) return false
    return fetch(`${at}/health`).then(
      ({ ok }) => ok && !hasEnded,
      () => false,
    )
  }

  function variablesOf({ variables, callsPrivate = false }: ServerOptions, host: string) {
    const isBlocked = String(!callsPrivate)
    return {
      ...variables,
      ...quietVariables,
      LABEL_STUDIO_BASE_DATA_DIR: folder,
      LABEL_STUDIO_HOST: host,
      // Not among the arguments, which everybody on the machine can read.
      LABEL_STUDIO_USERNAME: account.email,
      LABEL_STUDIO_PASSWORD: account.password,
      LABEL_STUDIO_ML_BLOCK_LOCAL_IP: isBlocked,
      LABEL_STUDIO_SSRF_PROTECTION_ENABLED: isBlocked,
    }
  }
}
