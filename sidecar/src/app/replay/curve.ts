/** Learning curves: which rounds belong to one strategy and seed, and the same as a table. */
import type { StrategyName } from '../../domain/strategies.ts'
import { isReached } from './protocol.ts'
import type { RoundRecord } from './record.ts'

/** The rounds of one strategy with one seed, the shared initial round first, by ascending cost. */
export interface Curve {
  readonly strategy: StrategyName
  readonly seed: number
  readonly rounds: readonly RoundRecord[]
}

/** All curves in the order strategies x seeds. */
export function curvesOf(
  records: readonly RoundRecord[],
  strategies: readonly StrategyName[],
  seeds: readonly number[],
): Curve[] {
  return strategies.flatMap((strategy) =>
    seeds.map((seed) => ({
      strategy,
      seed,
      rounds: records
        .filter((record) => record.seed === seed)
        .filter(({ stage }) => stage === 'initial' || stage === strategy)
        .sort((a, b) => a.round - b.round),
    })),
  )
}

/** The first round that reached a budget. @throws RangeError for a curve that ends before. */
export function roundAt({ rounds, strategy, seed }: Curve, budget: number): RoundRecord {
  const found = rounds.find(({ fraction }) => isReached(budget, fraction, { total: 1 }))
  if (!found) throw new RangeError(`${strategy}, seed ${seed}, did not reach ${budget}`)
  return found
}

/** Rows of the pool revealed up to and with a round of the curve. */
export function revealedAt({ rounds }: Curve, at: RoundRecord): number[] {
  return rounds.filter(({ round }) => round <= at.round).flatMap(({ added }) => added)
}

const columns =
  'strategy,seed,round,images,pixels,fraction,dice,meanIou,f1,objectF1,objectDice,objectHausdorff,seconds'

/** `curve.csv`: means over the test images; the reference is the strategy `all`. */
export function curveTable(curves: readonly Curve[], records: readonly RoundRecord[]): string {
  const references = records.filter(({ stage }) => stage === 'reference')
  const lines = [
    ...curves.flatMap(({ strategy, rounds }) => rounds.map((record) => line(strategy, record))),
    ...references.map((record) => line('all', record)),
  ]
  return `${[columns, ...lines].join('\n')}\n`
}

function line(strategy: string, record: RoundRecord): string {
  const { seed, round, images, pixels, fraction, seconds } = record
  const { dice, meanIou, f1, objectF1, objectDice, objectHausdorff } = record.figures.perImage
  const figures = [fraction, dice, meanIou, f1, objectF1, objectDice, objectHausdorff]
  return [
    strategy,
    seed,
    round,
    images,
    pixels,
    ...figures.map((value) => value.toFixed(6)),
    seconds.toFixed(1),
  ].join(',')
}
