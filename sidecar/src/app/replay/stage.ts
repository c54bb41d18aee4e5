/** One training of a replay: train, measure on the test set, let the strategies choose, keep the result. */

import type { Model } from '../../domain/model.ts'
import { chooseBatch, needsScores, type StrategyName } from '../../domain/strategies.ts'
import type { Engine } from '../../ports.ts'
import type { ReplayEvent } from './events.ts'
import { measure, type Predictor, scorePool } from './measure.ts'
import type { ReplayOptions } from './options.ts'
import type { Pace } from './pace.ts'
import { type Costs, pixelsOf } from './protocol.ts'
import { type Archive, keepRecord, keptRecord, type RoundRecord, type StageName } from './record.ts'
import type { ReplaySource } from './source.ts'

export interface ReplayPorts {
  readonly engine: Engine
  /** The output folder. */
  readonly archive: Archive
  /** Folder for the engine's checkpoints; without it an interrupted training starts from its beginning. */
  readonly checkpoints?: string
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

/** What the trainings of one replay have in common. */
export interface Run {
  readonly options: ReplayOptions
  readonly classValues: readonly number[]
  /** In digest order. */
  readonly pool: readonly ReplaySource[]
  readonly test: readonly ReplaySource[]
  readonly costs: Costs
  readonly ports: ReplayPorts
  readonly pace: Pace
  readonly on: (event: ReplayEvent) => void
  readonly signal: AbortSignal
}

export interface Stage {
  readonly stage: StageName
  readonly seed: number
  readonly round: number
  /** Rows of the pool annotated before this round. */
  readonly before: readonly number[]
  /** Rows that this round reveals. */
  readonly added: readonly number[]
  /** Strategies that choose their next batch after this round. */
  readonly asked: readonly StrategyName[]
}

/** The kept record of a stage, otherwise that of a new training, which is then kept. */
export async function runStage(run: Run, stage: Stage): Promise<RoundRecord> {
  const { archive } = run.ports
  const kept = await keptRecord(archive, stage)
  const { seed, round, before, added } = stage
  run.on({
    kind: 'stage',
    stage: stage.stage,
    seed,
    round,
    images: before.length + added.length,
    fraction: pixelsOf([...before, ...added], run.costs) / run.costs.total,
    training: run.pace.begin(),
    trainings: run.pace.trainings(),
    resumed: kept !== undefined,
  })
  if (kept !== undefined) return kept
  const record = await newRecord(run, stage)
  await keepRecord(archive, record)
  const { fraction, seconds, figures } = record
  const { dice } = figures.perImage
  run.on({ kind: 'measured', stage: stage.stage, seed, round, fraction, dice, seconds })
  run.pace.finish(seconds)
  run.on({ kind: 'time', secondsLeft: run.pace.secondsLeft() ?? 0 })
  return record
}

async function newRecord(run: Run, stage: Stage): Promise<RoundRecord> {
  const start = run.ports.now()
  const seconds = () => (run.ports.now() - start) / 1000
  const revealed = [...stage.before, ...stage.added]
  const model = await train(run, stage, revealed, seconds)
  const { figures, calibration, neighbours } = await measure(model, run.test, predictorOf(run))
  const next = await choices(run, stage, revealed, model)
  const pixels = pixelsOf(revealed, run.costs)
  return {
    stage: stage.stage,
    seed: stage.seed,
    round: stage.round,
    added: stage.added,
    images: revealed.length,
    pixels,
    fraction: pixels / run.costs.total,
    seconds: seconds(),
    model: model.digest,
    figures,
    calibration,
    neighbours,
    next,
  }
}

const predictorOf = ({ ports, on, signal }: Run): Predictor => ({
  engine: ports.engine,
  on,
  signal,
})

/** Iterations after which the pace of the very first training says how long the whole replay takes. */
const foresightIteration = 20

async function train(
  run: Run,
  { seed, round }: Stage,
  rows: readonly number[],
  elapsed: () => number,
): Promise<Model> {
  const { engine, checkpoints } = run.ports
  let isForeseen = run.pace.secondsLeft() !== undefined
  return await engine.train(
    {
      images: rows.flatMap((row) => run.pool[row] ?? []),
      settings: run.options.settings,
      classValues: run.classValues,
      seed,
      round,
      ...(checkpoints === undefined ? {} : { checkpoints }),
    },
    (event) => {
      run.on(event)
      if (isForeseen || event.kind !== 'iteration' || event.iteration < foresightIteration) return
      isForeseen = true
      const secondsLeft = run.pace.secondsLeft(elapsed() + event.secondsLeft)
      if (secondsLeft !== undefined) run.on({ kind: 'time', secondsLeft })
    },
    run.signal,
  )
}

/** What every asked strategy wants next; the pool is predicted once for all of them, if any needs it. */
async function choices(
  run: Run,
  { seed, round, asked }: Stage,
  revealed: readonly number[],
  model: Model,
): Promise<RoundRecord['next']> {
  const known = new Set(revealed)
  const eligible = [...run.pool.keys()].filter((row) => !known.has(row))
  const scores = asked.some(needsScores)
    ? await scorePool(model, run.pool, eligible, predictorOf(run))
    : undefined
  const { k, candidates } = run.options
  const next: Partial<Record<StrategyName, readonly number[]>> = {}
  for (const name of asked) {
    // The pool is in digest order, so that the lower row is the lower digest.
    next[name] = await chooseBatch(name, { k, candidates, eligible, seed, round }, () => {
      if (scores === undefined) throw new RangeError(`${name} was not expected to need scores`)
      return scores
    })
  }
  return next
}
