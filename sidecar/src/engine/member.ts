/** Trains one member of the ensemble. DESIGN section 2, row training. */

import { Problem } from '@suggestive/shared/problem'
import type { InputFormat } from '../domain/normalisation.ts'
import type { Draws } from '../domain/random.ts'
import { draws } from '../domain/random.ts'
import { bootstrap } from '../domain/sampling.ts'
import type { Settings } from '../domain/settings.ts'
import type { Backend, TrainState, Weights } from './backend.ts'
import { buildNetwork } from './build.ts'
import { type Checkpoint, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import { type CropSource, type CropStream, cropBatch } from './crops.ts'
import { type Check, HeldOut, isBetter } from './held-out.ts'
import { initialParameters, initialStatistics } from './initialise.ts'
import type { Network } from './network.ts'
import { PieceReader, type PreparedImage } from './pieces.ts'
import { isCheckDue, isCheckpointDue, learningRate } from './schedule.ts'

/** Batches from which the statistics for prediction are estimated, and the first one's place in the stream of crops: beyond every iteration. */
const STATISTICS_BATCHES = 24
const FIRST_STATISTICS_BATCH = 1_000_000

export interface MemberTask {
  readonly settings: Settings
  readonly seed: number
  readonly round: number
  readonly member: number
  readonly classes: number
  readonly classWeights: readonly number[]
  readonly format: InputFormat
  /** Folder with the pieces. */
  readonly scratch: string
  /** In byte order of their digests. */
  readonly training: readonly PreparedImage[]
  readonly heldOut: readonly PreparedImage[]
  /** File of this member's checkpoint; absent: none are written. */
  readonly checkpoint?: string
}

export interface MemberResult {
  readonly weights: Weights
  /** Digests of the bootstrap sample. */
  readonly sample: readonly string[]
  readonly bestIteration: number
  readonly heldOutDice?: number
  readonly finalLoss: number
}

export interface MemberProgress {
  /** After every iteration; `iteration` counts from 1. */
  iteration(iteration: number, loss: number): void
  check(iteration: number, dice: number): void
  /** Rejects or throws to stop; awaited between two steps, so that others get their turn. */
  pause(): Promise<void>
}

/**
 * All iterations, or the rest of them when a checkpoint of the same task exists. The weights with the best held-out
 * Dice are returned; without held-out images the last ones.
 */
export async function trainMember(
  backend: Backend,
  task: MemberTask,
  progress: MemberProgress,
): Promise<MemberResult> {
  const { settings, seed, round, member, format, classes } = task
  const network = buildNetwork(settings.network, {
    width: settings.width,
    classes,
    channels: format.channels,
  })
  const stream = { seed, round, member }
  const sample = bootstrap(seed, round, member, task.training.length).map((i) => task.training[i])
  const images = sample
    .filter((image) => image !== undefined)
    .sort((a, b) => a.brightness - b.brightness)
  const reader = new PieceReader(task.scratch)
  const source = {
    images,
    reader,
    format,
    classWeights: task.classWeights,
    crop: settings.crop,
    batch: settings.batch,
  }
  const saved = task.checkpoint === undefined ? undefined : await readCheckpoint(task.checkpoint)
  const { engine } = backend.info
  if (saved !== undefined && saved.engine !== engine) {
    throw new Problem(
      'wrong-use',
      `The checkpoint ${task.checkpoint} was written by the ${saved.engine} engine: go on with --engine ${saved.engine}, or delete it to start again.`,
    )
  }
  const start: Checkpoint = saved ?? {
    engine,
    state: freshState(network, (name) => draws(seed, 'weights', round, member, name)),
    loss: Number.NaN,
  }
  const { crop, batch } = settings
  const shape = { batch, height: crop, width: crop }
  const session = await backend.train(network, shape, start.state, settings.batchNormMomentum)
  const heldOut = new HeldOut(backend, network, task.heldOut, reader, format)
  let best = start.best
  let { loss } = start
  try {
    for (let done = start.state.iteration; done < settings.iterations; ) {
      const { images, targets } = await cropBatch(source, stream, done)
      loss = await session.step(images, targets, learningRate(settings, done))
      done++
      progress.iteration(done, loss)
      await progress.pause()
      const isCheck = isCheckDue(settings, done)
      const isCheckpoint = isCheckpointDue(settings, done)
      if (!isCheck && !isCheckpoint) continue
      const state = await session.state()
      requireFinite(state, loss, member, done)
      if (isCheck && task.heldOut.length > 0) {
        const check = await heldOut.check(state)
        progress.check(done, check.dice)
        best = bestOf(best, check, state)
        await progress.pause()
      }
      if (isCheckpoint && task.checkpoint !== undefined) {
        await writeCheckpoint(task.checkpoint, { engine, state, loss, ...(best && { best }) })
      }
    }
    const last = await session.state()
    const { parameters } = best ?? last
    const statistics = await estimateStatistics(backend, network, parameters, source, stream)
    return {
      weights: { parameters, statistics },
      sample: images.map((image) => image.digest),
      bestIteration: best?.iteration ?? last.iteration,
      ...(best === undefined ? {} : { heldOutDice: best.check.dice }),
      finalLoss: loss,
    }
  } finally {
    await session.close()
    await heldOut.close()
  }
}

function freshState(network: Network, stream: (name: string) => Draws): TrainState {
  const parameters = initialParameters(network, stream)
  const zeros = () => new Float32Array(parameters.length)
  const statistics = initialStatistics(network)
  return { parameters, moment: zeros(), velocity: zeros(), statistics, iteration: 0 }
}

/**
 * Statistics of batch normalisation for prediction: the mean over many batches at the final weights. The running
 * ones lag behind the weights and remember few batches. (Mixed nuclei, one member: Dice 0.78 with, 0.81 without
 * the running ones.)
 */
async function estimateStatistics(
  backend: Backend,
  network: Network,
  parameters: Float32Array,
  source: CropSource,
  stream: CropStream,
): Promise<Float32Array> {
  const { crop, batch } = source
  const probe = await backend.statistics(network, { batch, height: crop, width: crop }, parameters)
  try {
    const sum: number[] = []
    for (let i = 0; i < STATISTICS_BATCHES; i++) {
      const { images } = await cropBatch(source, stream, FIRST_STATISTICS_BATCH + i)
      for (const [j, value] of (await probe.batch(images)).entries()) sum[j] = (sum[j] ?? 0) + value
    }
    return Float32Array.from(sum, (total) => total / STATISTICS_BATCHES)
  } finally {
    await probe.close()
  }
}

type Best = NonNullable<Checkpoint['best']>

function bestOf(best: Best | undefined, check: Check, state: TrainState): Best {
  if (best !== undefined && !isBetter(check, best.check)) return best
  const { parameters, statistics, iteration } = state
  return { parameters, statistics, iteration, check }
}

function requireFinite(state: TrainState, loss: number, member: number, iteration: number) {
  if (Number.isFinite(loss) && state.parameters.every(Number.isFinite)) return
  throw new Error(
    `the training of member ${member} left the finite numbers by iteration ${iteration}: use a lower learning rate`,
  )
}
