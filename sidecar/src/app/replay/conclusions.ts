/** The comparison of strategies in plain sentences; a claim needs an interval. */
import { type Comparison, type Difference, fewestSeeds } from './comparison.ts'

export interface Subject {
  /** What is compared, e.g. `Dice`. */
  readonly name: string
  /** Where, e.g. `at 10 % of the pool's pixels`. */
  readonly place: string
  readonly decimals: number
}

/**
 * A sentence for every difference that is shown, and one for all others: it names the pairs of which nothing is
 * shown at all.
 */
export function conclusionsOf(
  subjects: readonly (readonly [Subject, readonly Comparison[]])[],
): string[] {
  const claims = subjects.flatMap(([subject, comparisons]) =>
    comparisons.filter(isShown).map((comparison) => claim(comparison, subject)),
  )
  const all = subjects.flatMap(([, comparisons]) => comparisons)
  const n = all[0]?.difference.n
  if (n === undefined || all.every(isShown)) return claims
  const doubt = n < fewestSeeds ? `; a claim needs at least ${fewestSeeds} seeds` : ''
  return [
    ...claims,
    `No ${claims.length > 0 ? 'other ' : ''}difference between the strategies is shown (n = ${n}${doubt}).`,
  ]
}

export function isShown({ difference }: Comparison): boolean {
  return difference.verdict !== 'no difference shown'
}

function claim({ strategy, against, difference }: Comparison, subject: Subject): string {
  const { verdict, n } = difference
  const evidence = differenceText(difference, subject.decimals)
  return `${subject.name} ${subject.place}: ${strategy} is ${verdict} than ${against} (${evidence}, n = ${n}).`
}

/** `+0.031, 95 % interval +0.012 to +0.050`. */
function differenceText({ mean, low, high }: Difference, decimals: number): string {
  if (low === null || high === null) return signed(mean, decimals)
  return `${signed(mean, decimals)}, 95 % interval ${end(low, decimals)} to ${end(high, decimals)}`
}

/** An end of an interval that is not 0 must not look like 0: more decimals where they are needed. */
export function end(value: number, decimals: number): string {
  const isHidden = value !== 0 && Number(value.toFixed(decimals)) === 0
  return isHidden && decimals < 6 ? end(value, decimals + 1) : signed(value, decimals)
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
