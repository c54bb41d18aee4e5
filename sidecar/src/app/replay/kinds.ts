/** What is known about kinds of images: how many are among the annotated ones, and how well each is segmented. */
import { mean } from '../../domain/metrics.ts'
import { type OtsuScore, otsuScore } from '../../domain/otsu.ts'
import type { StrategyName } from '../../domain/strategies.ts'
import { type Comparison, compare, type Estimate, estimate } from './comparison.ts'
import { type Curve, revealedAt, roundAt } from './curve.ts'
import type { RoundRecord } from './record.ts'
import type { ReplaySource } from './source.ts'
import { bySeed } from './standing.ts'

/** Distinct kinds among these rows of the pool. */
export function countKinds(rows: readonly number[], pool: readonly ReplaySource[]): number {
  return new Set(rows.flatMap((row) => pool[row]?.kind ?? [])).size
}

/** Kinds that the annotated images cover at a budget. */
export interface Coverage {
  readonly strategies: Readonly<Partial<Record<StrategyName, Estimate>>>
  readonly comparisons: readonly Comparison[]
}

export function coverageAt(
  curves: readonly Curve[],
  pool: readonly ReplaySource[],
  budget: number,
): Coverage {
  const counts = bySeed(curves, (curve) =>
    countKinds(revealedAt(curve, roundAt(curve, budget)), pool),
  )
  const strategies: Partial<Record<StrategyName, Estimate>> = {}
  for (const [strategy, seeds] of counts) {
    strategies[strategy] = estimate([...seeds.values()], `kinds ${budget} ${strategy}`)
  }
  return { strategies, comparisons: compare(counts, `kinds ${budget}`) }
}

/** Scores of the test images of one kind, mean over images and seeds. */
export interface KindScores {
  readonly kind: string
  /** Test images. */
  readonly images: number
  /** Dice of a per-image Otsu threshold, with the polarity that suits the kind better; null with several classes. */
  readonly otsu: { readonly dice: number; readonly polarity: 'bright' | 'dark' } | null
  /** Dice at the largest budget. */
  readonly strategies: Readonly<Partial<Record<StrategyName, number>>>
  /** Dice of the ensemble trained on the whole pool. */
  readonly reference: number | null
}

/** A line per kind of the test set and one for all of it (`kind: 'all'`). */
export function kindScores(
  test: readonly ReplaySource[],
  otsu: readonly OtsuScore[] | undefined,
  finals: ReadonlyMap<StrategyName, readonly RoundRecord[]>,
  references: readonly RoundRecord[],
): KindScores[] {
  const kinds = [...new Set(test.flatMap((source) => source.kind ?? []))].sort()
  const rows = (wanted: (source: ReplaySource) => boolean) =>
    [...test.keys()].filter((row) => {
      const source = test[row]
      return source !== undefined && wanted(source)
    })
  const line = (kind: string, images: readonly number[]): KindScores => {
    const dice = (records: readonly RoundRecord[]) =>
      mean(records.flatMap(({ figures }) => images.map((row) => figures.imageDice[row] ?? 0)))
    const strategies: Partial<Record<StrategyName, number>> = {}
    for (const [strategy, records] of finals) strategies[strategy] = dice(records)
    return {
      kind,
      images: images.length,
      otsu: otsu === undefined ? null : betterPolarity(images.flatMap((row) => otsu[row] ?? [])),
      strategies,
      reference: references.length === 0 ? null : dice(references),
    }
  }
  return [
    ...kinds.map((kind) =>
      line(
        kind,
        rows((source) => source.kind === kind),
      ),
    ),
    line('all', [...test.keys()]),
  ]
}

/** One polarity for all images of a kind, because without labels nobody could choose it image by image. */
function betterPolarity(scores: readonly OtsuScore[]) {
  const bright = mean(scores.map((score) => score.bright))
  const dark = mean(scores.map((score) => score.dark))
  return bright >= dark
    ? ({ dice: bright, polarity: 'bright' } as const)
    : ({ dice: dark, polarity: 'dark' } as const)
}

/** Otsu scores of the test images. */
export async function otsuScores(test: readonly ReplaySource[]): Promise<OtsuScore[]> {
  const scores: OtsuScore[] = []
  for (const source of test) {
    scores.push(otsuScore(await source.readPicture(), await source.readMask()))
  }
  return scores
}
