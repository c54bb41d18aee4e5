/** The comparison of strategies in plain sentences; a claim needs an interval. */
import { type Comparison, fewestSeeds } from './replay-comparison.ts'

export interface Subject {
  /** What is compared, e.g. `Dice`. */
  readonly name: string
  /** Where, e.g. `at 10 % of the pool's pixels`. */
  readonly place: string
  readonly decimals: number
}

/** One sentence about one comparison. */
export function conclusion(
  { strategy, against, difference }: Comparison,
  subject: Subject,
): string {
  const { mean, low, high, n, verdict } = difference
  const number = (value: number) => signed(value, subject.decimals)
  const interval =
    low === null || high === null ? '' : `, 95 % interval ${number(low)} to ${number(high)}`
  const evidence = `${number(mean)}${interval}, n = ${n}`
  const { name, place } = subject
  if (verdict !== 'no difference shown') {
    return `${name} ${place}: ${strategy} is ${verdict} than ${against} (${evidence}).`
  }
  const doubt = n < fewestSeeds ? `; a claim needs at least ${fewestSeeds} seeds` : ''
  return `${name} ${place}: no difference shown between ${strategy} and ${against} (${evidence}${doubt}).`
}

/** With a sign and a true minus, so that differences are read as such. */
export function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals)
  if (Number(text) === 0) return text
  return value < 0 ? `−${text}` : `+${text}`
}

/** `0.1` as `10 %`, `0.125` as `12.5 %`. */
export function percent(fraction: number): string {
  return `${Number((100 * fraction).toFixed(1))} %`
}
