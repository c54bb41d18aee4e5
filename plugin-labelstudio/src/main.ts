/** The plugin as a process: started by the supervisor, or alone. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { Problem } from '@suggestive/shared/problem'
import { redact } from '@suggestive/shared/redact'
import { destination, pino } from 'pino'
import { z } from 'zod'
import { optionsFrom } from './options.ts'
import { openPlugin } from './plugin.ts'

/** From the signal to the end of the process at the latest. */
const stopMs = 9000

const manifest = z
  .looseObject({ version: z.string() })
  .parse(JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8')))

/** To the supervisor, if there is one. */
const tell = (message: object) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })

async function run(): Promise<void> {
  const log = pino(
    {
      level: process.env['SUGGEST_LOG_LEVEL'] ?? 'info',
      base: { plugin: 'label-studio' },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        // Sentences of others may quote what they were sent.
        streamWrite: (line) => redact(line),
      },
    },
    destination({ fd: 2, sync: true }),
  )
  const options = optionsFrom(process.env)
  const { version } = manifest
  const plugin = await openPlugin(options, { log, version })
  const note = options.file.replace(/\.json$/, '.running.json')
  let isStopping = false

  async function stop(why: string): Promise<void> {
    if (isStopping) return
    isStopping = true
    log.info({ why }, 'stopping')
    setTimeout(() => process.exit(1), stopMs).unref()
    await plugin.close()
    await rm(note, { force: true })
    log.info({}, 'stopped')
    process.exit(0)
  }

  for (const name of ['SIGTERM', 'SIGINT'] as const) process.on(name, () => void stop(name))
  // The supervisor is gone.
  process.on('disconnect', () => void stop('no supervisor'))
  const { address } = plugin
  const startedAt = new Date().toISOString()
  // For the command line, which finds us by it.
  const content = { pid: process.pid, address, version, startedAt }
  await writeFile(note, `${JSON.stringify(content)}\n`, { mode: 0o600 })
  log.info({ address }, 'started')
  await tell({ kind: 'ready', address })
}

try {
  await run()
} catch (error) {
  const sentence = error instanceof Problem ? error.message : redact(String(error))
  // A sentence is for people; anything else is a crash, which the supervisor repeats.
  if (error instanceof Problem) {
    await tell({ kind: 'refused', sentence, exitCode: error.exitCode })
  }
  process.stderr.write(`${sentence}\n`)
  process.exit(error instanceof Problem ? error.exitCode : 1)
}
