/** Everything that a replay found out, as one JSON document: `result.json`. */
import type { OtsuScore } from '../../domain/otsu.ts'
import type { StrategyName } from '../../domain/strategies.ts'
import type { EngineInfo } from '../../ports.ts'
import type { Replayed } from '../replay.ts'
import { type Calibration, meanCalibration } from './calibration.ts'
import { type Estimate, estimate } from './comparison.ts'
import { conclusionsOf, percent } from './conclusions.ts'
import { type Curve, curvesOf, roundAt } from './curve.ts'
import type { ClassFigures, Figures } from './figures.ts'
import { type Coverage, countKinds, coverageAt, type KindScores, kindScores } from './kinds.ts'
import { type Neighbours, type SameKind, sameKindShare } from './neighbours.ts'
import type { ReplayOptions } from './options.ts'
import type { RoundRecord, StageName } from './record.ts'
import type { ReplaySource } from './source.ts'
import {
  bySeed,
  referenceStanding,
  type Standing,
  type StrategyStanding,
  standingAt,
  standingByArea,
} from './standing.ts'

export interface Versions {
  readonly product: string
  readonly node: string
}

export interface ImageRecord {
  readonly name: string
  readonly digest: string
  readonly kind: string | null
}

export interface RoundResult {
  readonly stage: StageName
  readonly seed: number
  readonly round: number
  /** Names of the images revealed in this round, in the order chosen. */
  readonly added: readonly string[]
  readonly images: number
  readonly pixels: number
  readonly fraction: number
  readonly seconds: number
  readonly model: string
  readonly perImage: Figures
  readonly pooled: Figures
  readonly classes: readonly ClassFigures[]
  /** Dice of every test image, in the order of `test.images`. */
  readonly imageDice: readonly number[]
}

/** Annotated images and share of the pool's pixels. */
export interface Spent {
  readonly images: Estimate
  readonly fraction: Estimate
}

interface BudgetResult extends Standing {
  readonly budget: number
  /** Images and share of the pixels that were bought, because a budget ends with a whole image. */
  readonly spent: Readonly<Partial<Record<StrategyName, Spent>>>
  /** Null where kinds are not known. */
  readonly kinds: Coverage | null
}

interface NeighbourResult {
  /** The ensemble whose descriptors these are, seed 1. */
  readonly stage: StageName
  /** Per test image. */
  readonly images: readonly Neighbours[]
  /** Null where kinds are not known. */
  readonly sameKind: SameKind | null
}

export interface ReplayResult {
  readonly format: 1
  readonly versions: Versions & { readonly engine: EngineInfo }
  readonly settings: ReplayOptions
  readonly classValues: readonly number[]
  readonly seeds: readonly number[]
  readonly pool: {
    readonly pixels: number
    readonly kinds: number
    readonly images: readonly ImageRecord[]
  }
  readonly test: { readonly images: readonly ImageRecord[] }
  readonly conclusions: readonly string[]
  readonly budgets: readonly BudgetResult[]
  readonly area: Standing
  /** The ensembles trained on the whole pool; null when there are none. */
  readonly reference: StrategyStanding | null
  readonly kindScores: readonly KindScores[]
  /** Mean over seeds, of the first strategy at the largest budget. */
  readonly calibration: Calibration & { readonly strategy: StrategyName }
  readonly neighbours: NeighbourResult
  readonly rounds: readonly RoundResult[]
}

/** Summarises a finished replay; `otsu`: scores of the test images, where there are only two classes. */
export function resultOf(
  replayed: Replayed,
  otsu: readonly OtsuScore[] | undefined,
  versions: Versions,
): ReplayResult {
  const { options, pool, test, records, classValues, pixels } = replayed
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1)
  const curves = curvesOf(records, options.strategies, seeds)
  const references = records.filter(({ stage }) => stage === 'reference')
  const largest = options.budgets.at(-1) ?? 0
  const finals = new Map(
    options.strategies.map((name) => [name, roundsAt(curves, name, largest)] as const),
  )
  const [first = 'suggestive'] = options.strategies
  const finalsOfFirst = finals.get(first) ?? []
  const knowsKinds = pool.some(({ kind }) => kind !== undefined)
  const budgets = options.budgets.map((budget) => ({
    budget,
    spent: spentAt(curves, budget),
    ...standingAt(curves, budget),
    kinds: knowsKinds ? coverageAt(curves, pool, budget) : null,
  }))
  const area = standingByArea(curves)
  const described = references[0] ?? finalsOfFirst[0]
  if (!described) throw new RangeError('a replay without rounds')
  return {
    format: 1,
    versions: { ...versions, engine: replayed.engine },
    settings: options,
    classValues,
    seeds,
    pool: {
      pixels: pixels.reduce((sum, n) => sum + n, 0),
      kinds: countKinds([...pool.keys()], pool),
      images: pool.map(imageRecord),
    },
    test: { images: test.map(imageRecord) },
    conclusions: conclusions(budgets, area),
    budgets,
    area,
    reference: referenceStanding(records) ?? null,
    kindScores: kindScores(test, otsu, finals, references),
    calibration: {
      strategy: first,
      ...meanCalibration(finalsOfFirst.map(({ calibration }) => calibration)),
    },
    neighbours: {
      stage: described.stage,
      images: described.neighbours,
      sameKind: sameKindShare(
        described.neighbours,
        test.map(({ kind }) => kind),
      ),
    },
    rounds: records.map((record) => roundResult(record, pool)),
  }
}

function roundsAt(curves: readonly Curve[], name: StrategyName, budget: number): RoundRecord[] {
  return curves.filter(({ strategy }) => strategy === name).map((curve) => roundAt(curve, budget))
}

function imageRecord({ name, digest, kind }: ReplaySource): ImageRecord {
  return { name, digest, kind: kind ?? null }
}

function spentAt(curves: readonly Curve[], budget: number): BudgetResult['spent'] {
  const spent: Partial<Record<StrategyName, Spent>> = {}
  const images = bySeed(curves, (curve) => roundAt(curve, budget).images)
  const fractions = bySeed(curves, (curve) => roundAt(curve, budget).fraction)
  for (const [strategy, seeds] of images) {
    spent[strategy] = {
      images: estimate([...seeds.values()], `images ${budget} ${strategy}`),
      fraction: estimate(
        [...(fractions.get(strategy)?.values() ?? [])],
        `fraction ${budget} ${strategy}`,
      ),
    }
  }
  return spent
}

/** Dice and, where kinds are known, their number; everything else can be looked up in `budgets` and `area`. */
function conclusions(budgets: readonly BudgetResult[], area: Standing): string[] {
  return conclusionsOf([
    ...budgets.flatMap(({ budget, comparisons, kinds }) => {
      const place = `at ${percent(budget)} of the pool's pixels`
      return [
        [{ name: 'Dice', place, decimals: 3 }, comparisons.dice] as const,
        [
          { name: 'Kinds of images covered', place, decimals: 1 },
          kinds?.comparisons ?? [],
        ] as const,
      ]
    }),
    [{ name: 'Dice', place: 'over the whole curve', decimals: 3 }, area.comparisons.dice] as const,
  ])
}

function roundResult(record: RoundRecord, pool: readonly ReplaySource[]): RoundResult {
  const { stage, seed, round, images, pixels, fraction, seconds, model, figures } = record
  const added = record.added.map((row) => pool[row]?.name ?? '')
  return { stage, seed, round, added, images, pixels, fraction, seconds, model, ...figures }
}
