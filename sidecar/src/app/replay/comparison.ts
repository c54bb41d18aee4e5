/** What repeated replays say about strategies: means with intervals, and which difference is more than chance. */
import { type Interval, meanInterval, pairedInterval } from '../../domain/interval.ts'
import { draws } from '../../domain/random.ts'
import type { StrategyName } from '../../domain/strategies.ts'

/** Fewer repetitions than this support no claim: with 4 seeds all differences agree by chance in 1 of 8 cases. */
export const fewestSeeds = 5

/** A mean over seeds; the ends of its 95 % interval are null for a single seed, which says nothing about others. */
export interface Estimate {
  readonly mean: number
  readonly low: number | null
  readonly high: number | null
  /** Seeds. */
  readonly n: number
}

type Verdict = 'better' | 'worse' | 'no difference shown'

/** Paired by seed: strategy minus `against`. */
export interface Difference extends Estimate {
  readonly verdict: Verdict
}

/** A value per strategy and seed, as it is compared. */
export type BySeed = ReadonlyMap<StrategyName, ReadonlyMap<number, number>>

export interface Comparison {
  readonly strategy: StrategyName
  readonly against: StrategyName
  readonly difference: Difference
}

/** What strategies are measured against, where they take part. */
const yardsticks: readonly StrategyName[] = ['random', 'uncertainty']

/** Mean over seeds with its interval; `name` addresses the random draws of the bootstrap. */
export function estimate(values: readonly number[], name: string): Estimate {
  const [only] = values
  if (values.length === 1 && only !== undefined) return { mean: only, low: null, high: null, n: 1 }
  return published(meanInterval(values, draws(0, 'replay', 'interval', name)), values.length)
}

function published({ mean, low, high }: Interval, n: number): Estimate {
  return n > 1 ? { mean, low, high, n } : { mean, low: null, high: null, n }
}

/**
 * Every strategy against random and against the uncertainty query. A verdict other than 'no difference shown' needs
 * a 95 % interval without 0 and at least `fewestSeeds` seeds.
 */
export function compare(values: BySeed, name: string, lowerIsBetter = false): Comparison[] {
  const present = yardsticks.filter((against) => values.has(against))
  const pairs = present.flatMap((against, index) =>
    [...values.keys()]
      // Random against uncertainty says the same as uncertainty against random.
      .filter((strategy) => !present.slice(0, index + 1).includes(strategy))
      .map((strategy) => ({ strategy, against })),
  )
  return pairs.map(({ strategy, against }) => {
    const a = values.get(strategy) ?? new Map<number, number>()
    const b = values.get(against) ?? new Map<number, number>()
    const stream = draws(0, 'replay', 'difference', name, strategy, against)
    const interval = pairedInterval(a, b, stream)
    const verdict = verdictOn(interval, a.size, lowerIsBetter)
    return { strategy, against, difference: { ...published(interval, a.size), verdict } }
  })
}

function verdictOn({ low, high }: Interval, n: number, lowerIsBetter: boolean): Verdict {
  if (n < fewestSeeds || (low <= 0 && high >= 0)) return 'no difference shown'
  return low > 0 !== lowerIsBetter ? 'better' : 'worse'
}
