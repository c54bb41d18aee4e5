/** Which images train and which are held out, and the members' bootstrap samples. DESIGN section 2, rows ensemble and training. */
import { draws } from './random.ts'

/** From this many labelled images on some are held out. */
export const FEWEST_FOR_HELD_OUT = 5

const byteOrder = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0)

export interface Division {
  /** Digests in byte order. */
  readonly training: readonly string[]
  /** Digests in byte order; empty below 5 labelled images. */
  readonly heldOut: readonly string[]
}

/**
 * max(1, round(5 %)) of the labelled images are held out, those with the lowest digests: the choice does not depend
 * on order, time or task ids, and a new image moves at most one other to the other side. Equal digests count once.
 */
export function divide(digests: readonly string[]): Division {
  const sorted = [...new Set(digests)].sort(byteOrder)
  if (sorted.length < FEWEST_FOR_HELD_OUT) return { training: sorted, heldOut: [] }
  const count = Math.max(1, Math.round(0.05 * sorted.length))
  return { training: sorted.slice(count), heldOut: sorted.slice(0, count) }
}

/** As many draws with replacement as there are training images: indices into `Division.training`. */
export function bootstrap(seed: number, round: number, member: number, count: number): number[] {
  const stream = draws(seed, 'bootstrap', round, member)
  return Array.from({ length: count }, (_, i) => stream.below(count, i))
}
