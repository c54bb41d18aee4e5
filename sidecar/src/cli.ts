/** The command line `suggest`: which command, which signals, which exit code. */
import { readFile } from 'node:fs/promises'
import { Problem } from '@suggestive/shared/problem'
import { backupCommand } from './cli/backup.ts'
import { connectCommand } from './cli/connect.ts'
import type { CommandContext } from './cli/context.ts'
import { demoCommand } from './cli/demo.ts'
import { demoLabelStudioCommand } from './cli/demo-label-studio.ts'
import { disconnectCommand } from './cli/disconnect.ts'
import { doctorCommand } from './cli/doctor.ts'
import { engineCommand } from './cli/engine.ts'
import { chooseEngine, usualProfile, usualThreads } from './cli/engine-choice.ts'
import { failureOf } from './cli/failure.ts'
import { linksCommand } from './cli/links.ts'
import { predictCommand } from './cli/predict.ts'
import { createProgress } from './cli/progress.ts'
import { replayCommand } from './cli/replay.ts'
import { restoreCommand } from './cli/restore.ts'
import { selectCommand } from './cli/select.ts'
import { serveCommand } from './cli/serve.ts'
import { tokenCommand } from './cli/token.ts'
import { trainCommand } from './cli/train.ts'

const help = `suggest COMMAND [options]

Which images should be annotated next? Trains an ensemble of networks on annotated images, and suggests
the images on which it is unsure and which represent many others.

  serve       the server that Label Studio and CVAT talk to, with its page
  connect     a project of Label Studio or CVAT, while the server runs
  disconnect  puts that project back as it was
  links       personal links of annotators to their next job in CVAT
  token       a new token for a person or a plugin
  backup      a copy of what the server remembers
  restore     puts a backup in its place
  train       an ensemble from images and masks
  predict     maps, scores and descriptors of images by an ensemble
  select      the next images to annotate, from scores and descriptors
  replay      what suggestions would have saved on a data set that is annotated already
  demo        the same on generated images, for people without data at hand
  demo-label-studio  installs Label Studio, connects it and shows what annotators get
  doctor      what was found on this machine, and why
  engine      install the tensorflow engine

suggest COMMAND --help explains a command and gives examples; suggest --version prints the version.
Results go to standard output, everything else to standard error. Ctrl-C leaves everything resumable.
Exit codes: 0 done, 1 failed, 2 wrong use, 130 stopped.
`

type Command = (args: string[], context: CommandContext) => Promise<void>

const commands = new Map<string, Command>([
  ['serve', serveCommand],
  ['connect', connectCommand],
  ['disconnect', disconnectCommand],
  ['links', linksCommand],
  ['token', tokenCommand],
  ['backup', backupCommand],
  ['restore', restoreCommand],
  ['train', trainCommand],
  ['predict', predictCommand],
  ['select', (args, { print }) => selectCommand(args, print)],
  ['replay', replayCommand],
  ['demo', demoCommand],
  ['demo-label-studio', demoLabelStudioCommand],
  ['doctor', doctorCommand],
  ['engine', engineCommand],
])

/** Those that stop in their own time when asked to, and how long that may take, ms; the others end at once. */
const patience: Readonly<Record<string, number>> = {
  serve: 15_000,
  train: 3000,
  predict: 3000,
  replay: 3000,
  demo: 3000,
  'demo-label-studio': 25_000,
}

const SIGNAL_DELAY_MS = 20

const stop = new AbortController()
const progress = createProgress(process.stderr, {
  isTerminal: process.stderr.isTTY === true && process.env['TERM'] !== 'dumb',
  now: () => performance.now(),
})

const manifest: unknown = JSON.parse(
  await readFile(new URL('../package.json', import.meta.url), 'utf8'),
)
const version =
  typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : ''

const context: CommandContext = {
  async openEngine(choice, threads = usualThreads()) {
    const { engine, info, why, warning } = await chooseEngine(choice, threads)
    if (warning !== undefined) progress.on({ kind: 'warning', sentence: warning })
    progress.on({ kind: 'engine', ...info, why })
    return engine
  },
  usualProfile: async (engine) => usualProfile(await engine.info()),
  on: progress.on,
  print: (text) => {
    progress.close()
    process.stdout.write(text)
  },
  signal: stop.signal,
  version,
}

async function run([name, ...args]: readonly string[]): Promise<void> {
  if (name === '--version' || name === '-v') return context.print(`${version}\n`)
  if (name === 'help' && args[0] !== undefined) return run([args[0], '--help'])
  if (name === '--help' || name === '-h' || name === 'help') return context.print(help)
  const command = commands.get(name ?? '')
  if (name !== undefined && command !== undefined) {
    const patienceMs = patience[name]
    if (patienceMs !== undefined) stopOnSignals(patienceMs)
    return await command(args, context)
  }
  const known = [...commands.keys()].join(', ')
  throw new Problem(
    'wrong-use',
    name === undefined
      ? `A command is missing: choose ${known}, or see suggest --help.`
      : `There is no ${name.startsWith('-') ? 'option' : 'command'} ${name}: choose ${known}, or see suggest --help.`,
  )
}

/** The first signal asks, the second one ends at once. */
function stopOnSignals(patienceMs: number): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(130)
      stop.abort()
      setTimeout(() => finish(undefined, true), patienceMs).unref()
    })
  }
}

/** Says what went wrong and ends the process: a child that hangs must not keep it. */
function finish(error: unknown, isStopped: boolean): void {
  progress.close()
  const { sentence, exitCode } = failureOf(error, isStopped)
  const trace = error instanceof Error && process.env['SUGGEST_DEBUG'] ? `\n${error.stack}` : ''
  process.stderr.write(`${sentence}${trace}\n`, () => process.exit(exitCode))
}

// Whoever reads may leave before the end, as head does: the work is finished all the same.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

try {
  await run(process.argv.slice(2))
  progress.close()
} catch (error) {
  // Ctrl-C reaches the engine as well, and the news of its death may come before the signal.
  await new Promise((resolve) => setTimeout(resolve, SIGNAL_DELAY_MS))
  finish(error, stop.signal.aborted)
}
