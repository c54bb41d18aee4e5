/** Replays the annotation of a labelled data set with several strategies and measures what each budget buys. */

import type { StrategyName } from '../domain/strategies.ts'
import type { EngineInfo } from '../ports.ts'
import type { ReplayEvent } from './replay/events.ts'
import { checkedOptions, type ReplayOptions } from './replay/options.ts'
import { createPace } from './replay/pace.ts'
import {
  costsOf,
  cutBatch,
  expectedRounds,
  initialRows,
  isReached,
  pixelsOf,
} from './replay/protocol.ts'
import { claimArchive, type RoundRecord } from './replay/record.ts'
import { type ReplaySets, type ReplaySource, sortedSets } from './replay/source.ts'
import { type ReplayPorts, type Run, runStage } from './replay/stage.ts'

export interface ReplayRequest extends ReplaySets {
  readonly options: ReplayOptions
  /** Mask value of every class, background first. */
  readonly classValues: readonly number[]
}

/** All rounds of a finished replay, with the images that their rows refer to. */
export interface Replayed {
  readonly options: ReplayOptions
  readonly engine: EngineInfo
  readonly classValues: readonly number[]
  /** In digest order. */
  readonly pool: readonly ReplaySource[]
  readonly test: readonly ReplaySource[]
  /** Pixels of every image of the pool. */
  readonly pixels: readonly number[]
  readonly records: readonly RoundRecord[]
}

/**
 * The paper's protocol (section 3): an annotation is revealed when its image is suggested, all its pixels are the
 * cost, and every budget is measured by an ensemble trained at it. A finished round is kept at once; called again
 * with the same arguments it goes on from there and ends with the same figures.
 * @throws Problem 'wrong-use' for options that make no sense or differ from those of the kept rounds.
 */
export async function replay(
  request: ReplayRequest,
  ports: ReplayPorts,
  on: (event: ReplayEvent) => void,
  signal: AbortSignal,
): Promise<Replayed> {
  const { pool, test, warnings } = sortedSets(request)
  for (const sentence of warnings) on({ kind: 'warning', sentence })
  const options = checkedOptions(request.options, pool.length)
  const { classValues } = request
  const engine = await ports.engine.info()
  await claimArchive(ports.archive, {
    options,
    classValues,
    engine: engine.engine,
    pool: pool.map((source) => source.digest),
    test: test.map((source) => source.digest),
  })
  const pixels = await pixelsPerImage(pool)
  const costs = costsOf(pixels)
  const trainings = plannedTrainings(options, pool.length)
  on({ kind: 'plan', pool: pool.length, test: test.length, pixels: costs.total, trainings })
  const pace = createPace(trainings)
  const run: Run = { options, classValues, pool, test, costs, ports, pace, on, signal }
  const records: RoundRecord[] = []
  for (let seed = 1; seed <= options.seeds; seed++) records.push(...(await replaySeed(run, seed)))
  return { options, engine, classValues, pool, test, pixels, records }
}

/** Ensembles to train when all images have the mean size. */
function plannedTrainings(options: ReplayOptions, pool: number): number {
  const rounds = expectedRounds(pool, options)
  const perSeed = 1 + options.strategies.length * rounds + (options.reference ? 1 : 0)
  return options.seeds * perSeed
}

async function replaySeed(run: Run, seed: number): Promise<RoundRecord[]> {
  const { strategies, initial, reference } = run.options
  const added = initialRows(run.pool.length, initial, seed)
  const asked = isFinished(run, added) ? [] : strategies
  const first = await runStage(run, { stage: 'initial', seed, round: 0, before: [], added, asked })
  const records = [first]
  for (const strategy of asked) records.push(...(await replayStrategy(run, strategy, first)))
  if (reference) {
    const everything = { stage: 'reference', seed, round: 0, before: [], asked: [] } as const
    records.push(await runStage(run, { ...everything, added: [...run.pool.keys()] }))
  }
  return records
}

async function replayStrategy(
  run: Run,
  strategy: StrategyName,
  first: RoundRecord,
): Promise<RoundRecord[]> {
  const records: RoundRecord[] = []
  let revealed = first.added
  let wanted = first.next[strategy] ?? []
  while (!isFinished(run, revealed)) {
    const added = cutBatch(wanted, revealed, run.options.budgets, run.costs)
    if (added.length === 0) throw new RangeError(`${strategy} suggested nothing`)
    const after = [...revealed, ...added]
    const record = await runStage(run, {
      stage: strategy,
      seed: first.seed,
      round: records.length + 1,
      before: revealed,
      added,
      asked: isFinished(run, after) ? [] : [strategy],
    })
    records.push(record)
    revealed = after
    wanted = record.next[strategy] ?? []
  }
  return records
}

/** Whether the largest budget is spent. */
function isFinished({ options, costs }: Run, revealed: readonly number[]): boolean {
  return isReached(options.budgets.at(-1) ?? 0, pixelsOf(revealed, costs), costs)
}

async function pixelsPerImage(pool: readonly ReplaySource[]): Promise<number[]> {
  const pixels: number[] = []
  for (const source of pool) {
    const { width, height } = await source.readMask()
    pixels.push(width * height)
  }
  return pixels
}
