/** Images in order of uncertainty, and the order of equals. */
import { Problem } from '@suggestive/shared/problem'

/** Negative when row `a` comes first among equals. */
export type Ties = (a: number, b: number) => number

/** Equal images: the lower row first. */
export const lowerRow: Ties = (a, b) => a - b

/** Equal images: the lower digest first, then the lower task id. Digests of one length, lower-case hex. */
export function lowerDigest(digests: readonly string[], tasks: readonly number[] = []): Ties {
  return (a, b) => {
    const [left, right] = [digests[a] ?? '', digests[b] ?? '']
    if (left !== right) return left < right ? -1 : 1
    return (tasks[a] ?? a) - (tasks[b] ?? b)
  }
}

/** The given rows, each once; rows 0..count-1 when none are given. */
export function distinctRows(rows: Iterable<number> | undefined, count: number): Uint32Array {
  return rows ? Uint32Array.from(new Set(rows)) : Uint32Array.from({ length: count }, (_, i) => i)
}

/**
 * The `count` rows with the largest scores, largest first: the uncertainty query. Throws an unreadable-input
 * `Problem` for a score that is not finite.
 */
export function highest(
  scores: ArrayLike<number>,
  rows: Uint32Array,
  count: number,
  ties: Ties = lowerRow,
): number[] {
  const sorted = Float64Array.from(rows, (row) => {
    const score = scores[row]
    if (score === undefined || !Number.isFinite(score)) {
      throw new Problem(
        'unreadable-input',
        `The score of row ${row} is ${score ?? 'absent'}, not a finite number: compute the scores again.`,
      )
    }
    return score
  }).sort()
  // Only rows that reach the threshold are sorted with the slow comparison.
  const threshold = sorted[Math.max(0, sorted.length - count)] ?? 0
  return Array.from(rows.filter((row) => (scores[row] ?? 0) >= threshold))
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || ties(a, b))
    .slice(0, count)
}
