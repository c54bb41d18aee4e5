/** `suggest train`: an ensemble from images and masks, as one file. */
import { dirname, resolve } from 'node:path'
import type { Model } from '../domain/model.ts'
import { writeModel } from '../domain/model-file.ts'
import { divide } from '../domain/sampling.ts'
import type { Settings } from '../domain/settings.ts'
import { chooseWorkingScale, objectDiameters } from '../domain/working-scale.ts'
import { buildNetwork } from '../engine/build.ts'
import { createPictureCache, type LabelledFolder, labelledSources } from '../folder.ts'
import type { Engine } from '../ports.ts'
import { writeAtomically } from '../store/files.ts'
import { claimCheckpoints, digestsOf, leaveCheckpoints, removeCheckpoints } from './checkpoints.ts'
import type { CommandContext } from './context.ts'
import { explanation } from './explain.ts'
import { type Flags, flagsOf, requiredText } from './flags.ts'
import { requireRoom, requireWritableFile } from './output-file.ts'
import { settingsHelp, settingsOf } from './settings-flags.ts'
import { type TrainOptions, trainFlags, trainOptionsOf } from './train-options.ts'

/** Help of the command. */
const trainHelp = `suggest train --images DIR --masks DIR --out FILE.safetensors [options]

Trains an ensemble of networks on annotated images and writes it as one file. Interrupted, the same
command goes on from FILE.safetensors.checkpoints/, if images, masks and options are the same.

  --images       annotated images: PNG, JPEG, TIFF or WebP
  --masks        their masks: NAME.png or NAME.mask.png, 0 = background, other values = classes
  --out          file for the ensemble
  --seed         decides every random draw (1)
  --explain      print every setting with a word why, and do not train
${settingsHelp}
Examples:
  suggest train --images images --masks masks --out cells.safetensors
  suggest train --images images --masks masks --out cells.safetensors --profile balanced --seed 2
  suggest train --images images --masks masks --explain
`

/** Runs the command. @throws Problem for everything that is wrong. */
export async function trainCommand(args: string[], context: CommandContext): Promise<void> {
  const flags = flagsOf('train', args, trainFlags)
  if (flags['help'] === true) return context.print(trainHelp)
  const options = trainOptionsOf(flags)
  // Before anything slow: options that are wrong whatever the engine is.
  settingsOf(flags, 'quick')
  const out = options.explain ? '' : requiredText(flags, 'out', 'the file for the ensemble')
  if (!options.explain) await requireWritableFile(out)
  const cache = createPictureCache()
  const labelled = await labelledSources(options.images, options.masks, { cache })
  for (const sentence of labelled.warnings) context.on({ kind: 'warning', sentence })
  const { sources, classValues } = labelled
  const sentence = `${sources.length} annotated images; mask values ${classValues.join(', ')}`
  context.on({ kind: 'note', sentence })
  const engine = await context.openEngine(options.engine, options.threads)
  try {
    const settings = settingsOf(flags, await context.usualProfile(engine))
    if (options.explain) {
      context.print(await explained(flags, options, labelled, settings, engine))
    } else {
      await train(out, options, labelled, settings, engine, context)
    }
  } finally {
    await engine.close()
  }
}

async function train(
  out: string,
  { seed }: TrainOptions,
  { sources, classValues }: LabelledFolder,
  settings: Settings,
  engine: Engine,
  { on, print, signal, version }: CommandContext,
): Promise<void> {
  const started = performance.now()
  const checkpoints = `${resolve(out)}.checkpoints`
  const { engine: name } = await engine.info()
  const data = await digestsOf(sources)
  await requireRoom(
    dirname(checkpoints),
    checkpointBytes(settings, classValues.length),
    'checkpoints and ensemble',
  )
  const task = { version, engine: name, seed, classValues, settings, ...data }
  const claim = await claimCheckpoints(checkpoints, task)
  if (claim.discarded !== undefined) on({ kind: 'warning', sentence: claim.discarded })
  if (claim.goesOn) on({ kind: 'note', sentence: `goes on from ${checkpoints}` })
  const request = { images: sources, settings, classValues, seed, round: 0, checkpoints }
  const model = await engine.train(request, on, signal).catch(async (error: unknown) => {
    await leaveCheckpoints(checkpoints)
    throw error
  })
  await writeAtomically(out, writeModel(model))
  await removeCheckpoints(checkpoints)
  print(`${summary(out, model, (performance.now() - started) / 1000)}\n`)
}

/** Weights, two moments, best weights of every member, and the ensemble itself; float32. */
function checkpointBytes({ network, width, members }: Settings, classes: number): number {
  const { parameters } = buildNetwork(network, { width, classes, channels: 3 })
  const numbers = parameters.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0)
  return members * 5 * 4 * numbers
}

function summary(out: string, { header }: Model, seconds: number): string {
  const dices = header.members.flatMap(({ heldOutDice }) => heldOutDice?.toFixed(3) ?? [])
  const members = `${header.members.length} ${header.members.length === 1 ? 'member' : 'members'}`
  const dice = dices.length === 0 ? 'no images held out' : `held-out Dice ${dices.join(' ')}`
  return `${out}: ${members}, ${dice}, ${seconds.toFixed(0)} s`
}

async function explained(
  flags: Flags,
  { seed, engine: choice }: TrainOptions,
  { sources, classValues }: LabelledFolder,
  settings: Settings,
  engine: Engine,
): Promise<string> {
  const diameters: number[] = []
  for (const source of sources) {
    for (const diameter of objectDiameters(await source.readMask())) diameters.push(diameter)
  }
  const { heldOut } = divide(sources.map(({ digest }) => digest))
  return explanation({
    settings,
    seed,
    isProfileAsked: flags['profile'] !== undefined,
    isEngineAsked: choice !== 'auto',
    engine: await engine.info(),
    images: sources.length,
    heldOut: heldOut.flatMap((held) => sources.find(({ digest }) => digest === held)?.name ?? []),
    classValues,
    scale: chooseWorkingScale(diameters),
  })
}
