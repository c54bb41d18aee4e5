/** The rules of the simulated annotation: what is revealed when, and what it costs. DESIGN section 2. */
import { draws } from '../../domain/random.ts'

/** Pixels per image, which are the cost of its annotation. */
export interface Costs {
  readonly pixels: readonly number[]
  readonly total: number
}

export function costsOf(pixels: readonly number[]): Costs {
  return { pixels, total: pixels.reduce((sum, count) => sum + count, 0) }
}

/** Pixels revealed with these rows of the pool. */
export function pixelsOf(rows: readonly number[], costs: Costs): number {
  return rows.reduce((sum, row) => sum + (costs.pixels[row] ?? 0), 0)
}

/**
 * Rows of the random initial set, in the order drawn: the same for all strategies of a seed. The pool must be in
 * digest order.
 */
export function initialRows(pool: number, initial: number, seed: number): number[] {
  return [...draws(seed, 'replay', 'initial').permutation(pool).subarray(0, initial)]
}

/** Whether a budget (fraction of the pool's pixels) is reached; forgives the rounding of decimal fractions. */
export function isReached(budget: number, pixels: number, costs: Pick<Costs, 'total'>): boolean {
  return pixels >= budget * costs.total - 1e-9 * costs.total
}

/** A batch up to and with the image that reaches the next budget, so that a round ends there. */
export function cutBatch(
  batch: readonly number[],
  revealed: readonly number[],
  budgets: readonly number[],
  costs: Costs,
): number[] {
  let pixels = pixelsOf(revealed, costs)
  const next = budgets.find((budget) => !isReached(budget, pixels, costs))
  const cut: number[] = []
  for (const row of batch) {
    if (next === undefined || isReached(next, pixels, costs)) break
    cut.push(row)
    pixels += costs.pixels[row] ?? 0
  }
  return cut
}

/** Rounds after the first that a strategy needs for the largest budget, if all images have the mean size. */
export function expectedRounds(
  pool: number,
  choices: { readonly initial: number; readonly k: number; readonly budgets: readonly number[] },
): number {
  let rounds = 0
  let images = choices.initial
  for (const budget of choices.budgets) {
    const needed = Math.ceil(budget * pool - 1e-9)
    if (needed <= images) continue
    rounds += Math.ceil((needed - images) / choices.k)
    images = needed
  }
  return rounds
}
