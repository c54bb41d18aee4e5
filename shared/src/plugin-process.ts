/** A plugin as a process: started by the supervisor, or alone. */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { destination, type Logger, pino } from 'pino'
import { z } from 'zod'
import { Problem } from './problem.ts'
import { redact } from './redact.ts'

export interface PluginProgram<Options extends { readonly file: string }> {
  /** As the configuration names it, e.g. `cvat`. */
  readonly name: string
  /** `package.json` of the plugin, for its version. */
  readonly manifest: URL
  readonly environment: Readonly<Record<string, string | undefined>>
  /** @throws Problem `wrong-use` that names the setting */
  optionsFrom(environment: Readonly<Record<string, string | undefined>>): Options
  /** @throws Problem for everything that a person has to change first */
  open(
    options: Options,
    own: { readonly log: Logger; readonly version: string },
  ): Promise<{ readonly address: string; close(): Promise<void> }>
}

const manifestForm = z.looseObject({ version: z.string() })

/** From the signal to the end of the process at the latest. */
const stopMs = 9000

/** To the supervisor, if there is one. */
const tell = (message: object) =>
  new Promise<void>((resolve) => {
    if (process.send === undefined) return resolve()
    process.send(message, undefined, undefined, () => resolve())
  })

/** Resolves when it has started; ends the process with an exit code when it cannot. */
export async function runPlugin<Options extends { readonly file: string }>(
  program: PluginProgram<Options>,
): Promise<void> {
  try {
    await run(program)
  } catch (error) {
    const sentence = error instanceof Problem ? error.message : redact(String(error))
    // A sentence is for people; anything else is a crash, which the supervisor repeats.
    if (error instanceof Problem) {
      await tell({ kind: 'refused', sentence, exitCode: error.exitCode })
    }
    process.stderr.write(`${sentence}\n`)
    process.exit(error instanceof Problem ? error.exitCode : 1)
  }
}

async function run<Options extends { readonly file: string }>({
  name,
  manifest,
  environment,
  optionsFrom,
  open,
}: PluginProgram<Options>): Promise<void> {
  const log = logOf(name, environment['SUGGEST_LOG_LEVEL'] ?? 'info')
  const options = optionsFrom(environment)
  const { version } = manifestForm.parse(JSON.parse(await readFile(manifest, 'utf8')))
  const plugin = await open(options, { log, version })
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

  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void stop(signal))
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

function logOf(plugin: string, level: string): Logger {
  return pino(
    {
      level,
      base: { plugin },
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      hooks: {
        // Sentences of others may quote what they were sent.
        streamWrite: (line) => redact(line),
      },
    },
    destination({ fd: 2, sync: true }),
  )
}
