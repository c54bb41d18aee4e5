/** What repeated runs say: bootstrap intervals of a mean or a paired difference, and the area under a curve. */
import { Problem } from '@suggestive/shared/problem'
import { mean } from './metrics.ts'
import type { Draws } from './random.ts'

/** A mean and its 95 % interval. */
export interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

function requireFinite(values: readonly number[]): void {
  const wrong = values.find((value) => !Number.isFinite(value))
  if (wrong === undefined) return
  throw new Problem(
    'wrong-use',
    `An interval was asked for values that include ${wrong}; give finite numbers only.`,
  )
}

/** Quantile with linear interpolation between order statistics (numpy's default); `sorted` ascends. */
function quantile(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1)
  const low = sorted[Math.floor(at)] ?? 0
  const high = sorted[Math.ceil(at)] ?? 0
  return low + (high - low) * (at - Math.floor(at))
}

/**
 * Mean with its 95 % bootstrap interval, percentile method (Efron 1979): the 2.5 and 97.5 percentiles of the means of
 * `resamples` samples drawn with replacement. A pure function of the values, their order and the stream. Of n values
 * the ends cannot lie beyond the smallest and largest, and with n <= 3 they always are these two.
 */
export function meanInterval(
  values: readonly number[],
  stream: Draws,
  resamples = 10_000,
): Interval {
  requireFinite(values)
  const n = values.length
  const centre = mean(values)
  const means = new Float64Array(resamples)
  for (let r = 0; r < resamples; r++) {
    let sum = 0
    for (let i = 0; i < n; i++) sum += values[stream.below(n, r * n + i)] ?? 0
    means[r] = sum / n
  }
  means.sort()
  return { mean: centre, low: quantile(means, 0.025), high: quantile(means, 0.975) }
}

/**
 * Mean of `a - b` with its 95 % bootstrap interval, where both map a seed to the value of that seed's run: what the
 * runs of a seed have in common cancels out. A claim that a beats b needs `low > 0`.
 * @throws Problem when the two do not cover the same seeds.
 */
export function pairedInterval(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
  stream: Draws,
  resamples = 10_000,
): Interval {
  const seeds = [...a.keys()].sort((s, t) => s - t)
  const lonely = seeds.find((seed) => !b.has(seed)) ?? [...b.keys()].find((seed) => !a.has(seed))
  if (lonely !== undefined) {
    throw new Problem(
      'wrong-use',
      `Seed ${lonely} was run with only one of the two strategies; compare runs of the same seeds.`,
    )
  }
  const differences = seeds.map((seed) => (a.get(seed) ?? 0) - (b.get(seed) ?? 0))
  return meanInterval(differences, stream, resamples)
}

/**
 * Area under the polyline through (x, y) by the trapezoid rule, divided by the range of x: the curve's mean height.
 * A single point counts as its height.
 * @throws Problem when there is no point, the lengths differ, or x does not ascend strictly.
 */
export function curveArea(x: readonly number[], y: readonly number[]): number {
  const first = x[0]
  const last = x[x.length - 1]
  if (first === undefined || last === undefined || x.length !== y.length) {
    throw new Problem(
      'wrong-use',
      `A curve of ${x.length} x values and ${y.length} y values has no area; give the same number of both, at least one.`,
    )
  }
  let area = 0
  for (let i = 1; i < x.length; i++) {
    const step = (x[i] ?? 0) - (x[i - 1] ?? 0)
    if (!(step > 0)) {
      throw new Problem(
        'wrong-use',
        `The x values of a curve must ascend, but value ${i} (${x[i]}) follows ${x[i - 1]}; sort the points first.`,
      )
    }
    area += (step * ((y[i] ?? 0) + (y[i - 1] ?? 0))) / 2
  }
  return x.length === 1 ? (y[0] ?? 0) : area / (last - first)
}
