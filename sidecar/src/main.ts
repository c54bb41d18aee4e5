/** The sidecar as a process: started by the supervisor, or alone. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { failureOf } from './cli/failure.ts'
import { configFlags, loadConfig, requireSafeAddress } from './config.ts'
import { openDataFolder } from './main/data-folder.ts'
import { createLog } from './main/log.ts'
import { forgetRunning, noteRunning } from './main/running.ts'
import { openSidecar, type Sidecar } from './main/sidecar.ts'
import { type FromChild, toChild } from './supervisor/messages.ts'

/** From the signal to the end of the process at the latest. */
const stopMs = 9500

const manifest = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'))
const version = String(manifest.version)

const tell = (message: FromChild) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })

async function run(): Promise<void> {
  const { values } = parseArgs({ options: configFlags, strict: true, allowPositionals: false })
  const { config, origins } = await loadConfig(values)
  requireSafeAddress(config, origins.get('host') ?? '')
  await openDataFolder(config.data)
  const log = createLog(config.logLevel)
  let isStopping = false

  async function stop(sidecar: Sidecar | undefined, why: string, exitCode: number): Promise<void> {
    if (isStopping) return
    isStopping = true
    log.info({ why }, 'stopping')
    setTimeout(() => {
      log.error({}, 'stopping takes too long: ended at once')
      process.exit(1)
    }, stopMs).unref()
    await sidecar?.close()
    await forgetRunning(config.data)
    log.info({}, 'stopped')
    process.exit(exitCode)
  }

  const sidecar = await openSidecar({
    config,
    version,
    log,
    onDeath(problem) {
      if (isStopping) return
      log.error({ reason: problem.message }, 'a part died: the process ends')
      process.exit(1)
    },
  })
  for (const name of ['SIGTERM', 'SIGINT'] as const)
    process.on(name, () => void stop(sidecar, name, 0))
  // The supervisor is gone.
  process.on('disconnect', () => void stop(sidecar, 'no supervisor', 0))
  if (process.send !== undefined && !process.connected) void stop(sidecar, 'no supervisor', 0)
  process.on('message', (message) => {
    const parsed = toChild.safeParse(message)
    if (!parsed.success) return
    const { data } = parsed
    const done =
      data.kind === 'raise'
        ? sidecar.raise(data.key, data.sentence, data.remedy)
        : sidecar.clear(data.key)
    done.catch((error: unknown) => log.error({ error: String(error) }, 'a problem was not stored'))
  })
  const { address } = sidecar
  const startedAt = new Date().toISOString()
  await noteRunning(config.data, { pid: process.pid, address, version, startedAt })
  log.info({ address, version, data: config.data }, 'started')
  await tell({ kind: 'ready', address })
  if (process.send === undefined) process.stderr.write(`The sidecar is at ${address}.\n`)
}

try {
  await run()
} catch (error) {
  const { sentence, exitCode } = failureOf(error, false)
  const trace = error instanceof Error && process.env['SUGGEST_DEBUG'] ? `\n${error.stack}` : ''
  // A sentence is for people; anything else is a crash, which the supervisor repeats.
  if (error instanceof Problem) await tell({ kind: 'refused', sentence, exitCode })
  process.stderr.write(`${sentence}${trace}\n`)
  process.exit(exitCode)
}
