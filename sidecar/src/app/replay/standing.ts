/** Where the strategies stand at a budget, and over the whole curve. */
import { curveArea } from '../../domain/interval.ts'
import type { StrategyName } from '../../domain/strategies.ts'
import { type BySeed, type Comparison, compare, type Estimate, estimate } from './comparison.ts'
import { type Curve, roundAt } from './curve.ts'
import { type FigureName, isLowerBetter, perFigure } from './figures.ts'
import type { RoundRecord } from './record.ts'

type Estimates = Readonly<Record<FigureName, Estimate>>

/** The value that each curve gives, by strategy and seed. */
export function bySeed(curves: readonly Curve[], read: (curve: Curve) => number): BySeed {
  const values = new Map<StrategyName, Map<number, number>>()
  for (const curve of curves) {
    const seeds = values.get(curve.strategy) ?? new Map<number, number>()
    values.set(curve.strategy, seeds.set(curve.seed, read(curve)))
  }
  return values
}

/** Everything about one budget, or about the area under the curves. */
export interface Standing {
  readonly strategies: Readonly<Partial<Record<StrategyName, StrategyStanding>>>
  /** Of the means over images, one list per figure. */
  readonly comparisons: Readonly<Record<FigureName, readonly Comparison[]>>
}

export interface StrategyStanding {
  readonly perImage: Estimates
  readonly pooled: Estimates
}

type Level = keyof StrategyStanding
type Reading = (curve: Curve, level: Level, figure: FigureName) => number

/** The strategies at one budget. */
export function standingAt(curves: readonly Curve[], budget: number): Standing {
  return standing(curves, `budget ${budget}`, (curve, level, figure) => {
    return roundAt(curve, budget).figures[level][figure]
  })
}

/** The strategies by the area under the curve from the initial set to the largest budget: its mean height. */
export function standingByArea(curves: readonly Curve[]): Standing {
  return standing(curves, 'area', ({ rounds }, level, figure) =>
    curveArea(
      rounds.map(({ fraction }) => fraction),
      rounds.map(({ figures }) => figures[level][figure]),
    ),
  )
}

function standing(curves: readonly Curve[], name: string, read: Reading): Standing {
  const values = (level: Level, figure: FigureName) =>
    bySeed(curves, (curve) => read(curve, level, figure))
  const estimates = (strategy: StrategyName, level: Level) =>
    perFigure((figure) => {
      const seeds = values(level, figure).get(strategy)?.values() ?? []
      return estimate([...seeds], `${name} ${strategy} ${level} ${figure}`)
    })
  const strategies: Partial<Record<StrategyName, StrategyStanding>> = {}
  for (const { strategy } of curves) {
    strategies[strategy] ??= {
      perImage: estimates(strategy, 'perImage'),
      pooled: estimates(strategy, 'pooled'),
    }
  }
  return {
    strategies,
    comparisons: perFigure((figure) =>
      compare(values('perImage', figure), `${name} ${figure}`, isLowerBetter(figure)),
    ),
  }
}

/** The ensembles trained on the whole pool, if there are any. */
export function referenceStanding(records: readonly RoundRecord[]): StrategyStanding | undefined {
  const references = records.filter(({ stage }) => stage === 'reference')
  if (references.length === 0) return undefined
  const of = (level: Level) =>
    perFigure((figure) =>
      estimate(
        references.map(({ figures }) => figures[level][figure]),
        `reference ${level} ${figure}`,
      ),
    )
  return { perImage: of('perImage'), pooled: of('pooled') }
}
