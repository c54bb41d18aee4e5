/** `suggest demo`: a replay on generated images, for people without data at hand. */
import { type ReplayChoices, usualReplay } from '../app/replay/options.ts'
import { phantomSets } from '../app/replay/phantoms.ts'
import { flagsOf, textOf, wholeNumberOf } from './flags.ts'
import { type ReplayContext, refuseEarly, runReplay, withEngine } from './replay.ts'
import { replayFlags, replayFlagsHelp, replayOptionsOf } from './replay-arguments.ts'

/** Small enough to wait for; every other question can be asked with the options. */
const usualDemo: ReplayChoices = {
  ...usualReplay,
  strategies: ['suggestive', 'uncertainty', 'random'],
  budgets: [0.1],
}
const usualImages = 160
const usualSize = 128
const usualOut = 'suggestive-demo'

/** Which of the endless series of generated images; the same for everybody. */
const phantomSeed = 1

/** Help of the command. */
const demoHelp = `suggest demo [--images ${usualImages}] [--size ${usualSize}] [options]

Generates tissue-like images of ten kinds, two of them rare, and replays their annotation: how much
does it help to annotate the suggested images first? Says first how long it takes, writes
curve.csv, result.json and report.html, and goes on where it was when it was interrupted.

  --images       generated images to annotate (${usualImages}); 32 others are the test set
  --size         their width and height in pixels (${usualSize})
${replayFlagsHelp}
The demo compares ${usualDemo.strategies.join(', ')} at the budget ${usualDemo.budgets.join(', ')}, with one seed, in
the folder ${usualOut}.

Examples:
  suggest demo
  suggest demo --seeds 5 --budgets 0.1,0.3 --out demo-5
`

/** Runs the command. @throws Problem for everything that is wrong. */
export async function demoCommand(args: string[], context: ReplayContext): Promise<void> {
  const flags = flagsOf('demo', args, {
    ...replayFlags,
    images: { type: 'string' },
    size: { type: 'string' },
  })
  if (flags['help'] === true) return context.print(demoHelp)
  refuseEarly(replayOptionsOf(flags, usualDemo, 'quick'))
  const images = wholeNumberOf(flags, 'images', usualImages, 2)
  const size = wholeNumberOf(flags, 'size', usualSize, 32)
  const sets = phantomSets(phantomSeed, images, size)
  await withEngine(context, flags, async (engine) => {
    const options = replayOptionsOf(flags, usualDemo, await context.usualProfile(engine))
    const out = textOf(flags, 'out') ?? usualOut
    await runReplay({ ...sets, options }, out, engine, context)
  })
}
