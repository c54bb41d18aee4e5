/** The suggestion: uncertain candidates, then the representative ones among them. Paper section 2.3, DESIGN section 2. */
import { Problem } from '@suggestive/shared/problem'
import type { DescriptorTable } from './descriptor-table.ts'
import { createCoverage, greedy } from './facility-location.ts'
import { distinctRows, highest, lowerRow, type Ties } from './ranking.ts'
import { cosine, type Measure, similarities } from './similarity.ts'

export interface SuggestionRequest {
  /** Image uncertainty `[rows]`; must be finite for eligible rows. */
  readonly uncertainty: Float32Array | Float64Array
  /** Descriptors `[rows, width]`. */
  readonly descriptors: DescriptorTable
  /** Images of a batch, 1..candidates. */
  readonly k: number
  /** K of the paper: how many of the most uncertain images are considered. */
  readonly candidates: number
  /** Rows that may be suggested; all when absent. */
  readonly eligible?: Iterable<number>
  /** Rows treated as already chosen: part of Su and of Sa, never suggested. */
  readonly chosen?: Iterable<number>
  /** Order of equals; lower row when absent. */
  readonly ties?: Ties
  /** Cosine when absent; `meanCosine` for descriptors of an ensemble as `descriptor.ts` makes them. */
  readonly measure?: Measure
  /** What to call a row in a message. */
  readonly label?: (row: number) => string
}

export interface Suggestion {
  /** min(k, candidates) rows in the order chosen. */
  readonly rows: readonly number[]
  /** Gain in F of each, in the same order. */
  readonly gains: readonly number[]
  /** min(K, pool) rows, most uncertain first. */
  readonly candidates: readonly number[]
}

/** The next batch. K = k gives the images of the uncertainty query, in greedy order. */
export async function suggest(request: SuggestionRequest): Promise<Suggestion> {
  const [first] = await suggestBatches(request, 1)
  return first ?? { rows: [], gains: [], candidates: [] }
}

/**
 * Batch after batch, each treating the earlier ones as already chosen; ends early when the pool is empty.
 * Every candidate of every batch is among the first K + (batches - 1) * k of the uncertainty query, so one pass
 * over the descriptors is enough. Memory: 4 bytes x that number x images.
 */
export async function suggestBatches(
  request: SuggestionRequest,
  batches: number,
): Promise<Suggestion[]> {
  const { uncertainty, descriptors, k, candidates: K, ties = lowerRow } = request
  checkSettings(k, K, batches)
  const { rows } = descriptors
  if (uncertainty.length !== rows) {
    throw new Problem(
      'wrong-use',
      `There are ${uncertainty.length} uncertainties but ${rows} descriptors: give one of each per image, in the same order.`,
    )
  }
  const chosen = [...new Set(request.chosen)]
  const taken = new Set(chosen)
  const eligible = distinctRows(request.eligible, rows).filter((row) => !taken.has(row))
  const pool = new Uint32Array(eligible.length + chosen.length)
  pool.set(eligible)
  pool.set(chosen, eligible.length)
  pool.sort()
  const last = pool.at(-1) ?? -1
  if (last >= rows) throw new RangeError(`row ${last} of ${rows}`)

  let left = highest(uncertainty, eligible, K + (batches - 1) * k, ties)
  checkMemory(left.length, pool.length)
  const centres = left
  const { measure = cosine, label } = request
  const similar = await similarities({
    table: descriptors,
    measure,
    centres,
    covering: chosen,
    targets: pool,
    ...(label ? { label } : {}),
  })
  const similarTo = new Map(centres.map((row, i) => [row, similar.centres[i] ?? new Int32Array()]))

  const coverage = createCoverage(pool.length, similar.covered)
  const suggestions: Suggestion[] = []
  while (suggestions.length < batches && left.length > 0) {
    const candidates = left.slice(0, K)
    const at = (index: number) => candidates[index] ?? 0
    const picks = greedy(
      coverage,
      candidates.map((row) => similarTo.get(row) ?? new Int32Array()),
      k,
      (a, b) => ties(at(a), at(b)) < 0,
    )
    const batch = picks.map(({ index }) => at(index))
    suggestions.push({ rows: batch, gains: picks.map(({ gain }) => gain), candidates })
    const picked = new Set(batch)
    left = left.filter((row) => !picked.has(row))
  }
  return suggestions
}

function checkSettings(k: number, K: number, batches: number): void {
  for (const [name, value] of Object.entries({ k, candidates: K, depth: batches })) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new Problem('wrong-use', `${name} is ${value}: give a whole number of at least 1.`)
    }
  }
  if (k > K) {
    throw new Problem(
      'wrong-use',
      `k is ${k} but there are only ${K} candidates: give k <= candidates.`,
    )
  }
}

const mostBytes = 2 ** 32

function checkMemory(centres: number, images: number): void {
  if (4 * centres * images > mostBytes) {
    throw new Problem(
      'wrong-use',
      `${centres} candidates x ${images} images need more than 4 GB of memory: ask for fewer candidates.`,
    )
  }
}
