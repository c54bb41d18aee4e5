/** From values to places on paper: axis ranges, ticks and number formats. */

export interface Scale {
  readonly min: number
  readonly max: number
  readonly ticks: readonly number[]
  /** Decimals that tell the ticks apart. */
  readonly decimals: number
}

/** A range with round ends that holds all values, with about `count` round ticks. */
export function niceScale(values: readonly number[], count: number): Scale {
  const finite = values.filter(Number.isFinite)
  const low = Math.min(...finite)
  const high = Math.max(...finite)
  if (finite.length === 0) return { min: 0, max: 1, ticks: [0, 1], decimals: 0 }
  const span = high > low ? high - low : Math.max(Math.abs(high), 1) / 10
  const step = roundStep(span / Math.max(1, count))
  const first = Math.floor(low / step + 1e-9)
  const last = Math.max(first + 1, Math.ceil(high / step - 1e-9))
  const decimals = Math.max(0, Math.ceil(-Math.log10(step) - 1e-9))
  const ticks = Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toFixed(decimals + 2)),
  )
  return { min: first * step, max: last * step, ticks, decimals }
}

/** A range that ends with the largest value, so that lines end at the border; ticks are round. */
export function tightScale(values: readonly number[], count: number): Scale {
  const scale = niceScale(values, count)
  const largest = Math.max(...values)
  const max = largest > scale.min ? largest : scale.max
  return { ...scale, max, ticks: scale.ticks.filter((tick) => tick <= max) }
}

/** 1, 2 or 5 times a power of ten, not below `step`. */
function roundStep(step: number): number {
  const power = 10 ** Math.floor(Math.log10(step))
  const factor = [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9)) ?? 10
  return factor * power
}
