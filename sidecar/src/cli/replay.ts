/** `suggest replay`: the whole annotation process again on a labelled data set, with several strategies. */
import { join, resolve } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import type { ReplayEvent } from '../app/replay/events.ts'
import { checkedOptions, type ReplayOptions, usualReplay } from '../app/replay/options.ts'
import { writeReplay } from '../app/replay/output.ts'
import type { ReplayResult } from '../app/replay/result.ts'
import { type ReplayRequest, replay } from '../app/replay.ts'
import type { ProfileName } from '../domain/settings.ts'
import type { Engine } from '../ports.ts'
import { type EngineChoice, engineOf, type Flags, flagsOf, requiredText, textOf } from './flags.ts'
import { replayFlags, replayFlagsHelp, replayOptionsOf } from './replay-arguments.ts'
import { folderArchive, folderSets, type ReplayFolders } from './replay-folder.ts'
import { threadsOf } from './settings-flags.ts'

/** Help of the command. */
const replayHelp = `suggest replay --images DIR --masks DIR --out DIR [options]

Pretends that the images are not annotated yet, lets every strategy ask for annotations batch by
batch, trains after each batch, and measures on test images that nobody may ask for: what would the
suggestions have saved? Writes curve.csv, result.json and report.html (readable offline).

  --images       annotated images
  --masks        their masks, PNG by name, 0 = background
  --test-images  test images, and --test-masks theirs; without them every fifth image (1st, 6th, ...)
  --test-masks
  --test-objects object ids of the test images, 16-bit PNG; without it objects are components
  --kinds        a CSV file with the columns name and kind, for tables by kind
${replayFlagsHelp}
Examples:
  suggest replay --images images --masks masks --out replay
  suggest replay --images images --masks masks --out replay --seeds 5 --strategies suggestive,random --budgets 0.1,0.2
`

/** What the command line provides. */
export interface ReplayContext {
  /** The engine to use; opened once and closed by the command. */
  openEngine(choice: EngineChoice, threads?: number): Promise<Engine>
  /** The profile that suits the engine's device. */
  usualProfile(engine: Engine): Promise<ProfileName>
  readonly on: (event: ReplayEvent) => void
  /** Writes to standard output. */
  readonly print: (text: string) => void
  readonly signal: AbortSignal
  /** Version of the product. */
  readonly version: string
}

/** Runs the command. @throws Problem for everything that is wrong. */
export async function replayCommand(args: string[], context: ReplayContext): Promise<void> {
  const flags = flagsOf('replay', args, {
    ...replayFlags,
    images: { type: 'string' },
    masks: { type: 'string' },
    'test-images': { type: 'string' },
    'test-masks': { type: 'string' },
    'test-objects': { type: 'string' },
    kinds: { type: 'string' },
  })
  if (flags['help'] === true) return context.print(replayHelp)
  const folders = foldersOf(flags)
  const out = requiredText(flags, 'out', 'the folder for the results')
  refuseEarly(replayOptionsOf(flags, usualReplay, 'quick'))
  const { pool, test, classValues, warnings } = await folderSets(folders)
  for (const sentence of warnings) context.on({ kind: 'warning', sentence })
  await withEngine(context, flags, async (engine) => {
    const options = replayOptionsOf(flags, usualReplay, await context.usualProfile(engine))
    await runReplay({ pool, test, classValues, options }, out, engine, context)
  })
}

/** Before anything slow: options that are wrong whatever the images are. */
export function refuseEarly(options: ReplayOptions): void {
  checkedOptions(options, Number.POSITIVE_INFINITY)
}

/** Opens the engine that was asked for, for as long as `use` takes. */
export async function withEngine(
  context: ReplayContext,
  flags: Flags,
  use: (engine: Engine) => Promise<void>,
): Promise<void> {
  const engine = await context.openEngine(engineOf(flags), threadsOf(flags))
  try {
    await use(engine)
  } finally {
    await engine.close()
  }
}

/** Replays into a folder and prints what came out. */
export async function runReplay(
  request: ReplayRequest,
  out: string,
  engine: Engine,
  context: ReplayContext,
): Promise<ReplayResult> {
  const archive = folderArchive(out)
  const ports = {
    engine,
    archive,
    checkpoints: resolve(out, 'state', 'checkpoints'),
    now: () => performance.now(),
  }
  const replayed = await replay(request, ports, context.on, context.signal)
  const versions = { product: context.version, node: process.versions.node }
  const result = await writeReplay(replayed, versions, archive, context.on)
  context.print(`${result.conclusions.join('\n')}\nReport: ${join(out, 'report.html')}\n`)
  return result
}

function foldersOf(flags: Flags): ReplayFolders {
  const testImages = textOf(flags, 'test-images')
  const testMasks = textOf(flags, 'test-masks')
  if ((testImages === undefined) !== (testMasks === undefined)) {
    const missing = testImages === undefined ? '--test-images' : '--test-masks'
    throw new Problem(
      'wrong-use',
      `${missing} is missing: a test set needs both its images and its masks, or leave both out.`,
    )
  }
  const objects = textOf(flags, 'test-objects')
  const kinds = textOf(flags, 'kinds')
  return {
    images: requiredText(flags, 'images', 'the folder of the annotated images'),
    masks: requiredText(flags, 'masks', 'the folder of their masks'),
    ...(testImages !== undefined && testMasks !== undefined
      ? { test: { images: testImages, masks: testMasks } }
      : {}),
    ...(objects === undefined ? {} : { objects }),
    ...(kinds === undefined ? {} : { kinds }),
  }
}
