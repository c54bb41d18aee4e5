/** What is reported of repeated measurements: the median and how far they spread. */

export interface Spread {
  readonly count: number
  readonly min: number
  readonly lowerQuartile: number
  readonly median: number
  readonly upperQuartile: number
}

/** The quantile `q` (0..1) of sorted numbers, linear between neighbours. */
function quantile(sorted: readonly number[], q: number): number {
  const position = (sorted.length - 1) * q
  const below = sorted[Math.floor(position)] ?? Number.NaN
  const above = sorted[Math.ceil(position)] ?? Number.NaN
  return below + (above - below) * (position - Math.floor(position))
}

/** At least one number is needed; otherwise every figure is NaN. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b)
  return {
    count: sorted.length,
    min: sorted[0] ?? Number.NaN,
    lowerQuartile: quantile(sorted, 0.25),
    median: quantile(sorted, 0.5),
    upperQuartile: quantile(sorted, 0.75),
  }
}

/** Medians of wall-clock figures, as text: `123.4 ms (min 120.1, quartiles 121.9 to 125.0)`. */
export function milliseconds(s: Spread): string {
  const n = (value: number) => value.toFixed(value < 10 ? 2 : value < 1000 ? 1 : 0)
  return `${n(s.median)} ms (min ${n(s.min)}, quartiles ${n(s.lowerQuartile)} to ${n(s.upperQuartile)})`
}
