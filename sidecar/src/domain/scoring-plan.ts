/** In which order a pool is scored when there may be no time for all of it. DESIGN section 2, Depth of the queue. */
import { draws } from './random.ts'

export interface Scorable {
  readonly imageDigest: string
  readonly inProgress: boolean
  /** Round of its newest score; 0 for none. */
  readonly scoredRound: number
}

/** Of this many images in a row one is drawn at random. */
const randomEvery = 4

/**
 * Images that are being worked on first, because the others are compared with them; then those with a missing or the
 * oldest score, every fourth one being drawn from the whole pool instead, so that no part of it is always last.
 *
 * @param pool in the order of digests
 */
export function scoringPlan<Image extends Scorable>(
  pool: readonly Image[],
  seed: number,
  round: number,
): Image[] {
  const byAge = [...pool].sort(
    (a, b) =>
      Number(b.inProgress) - Number(a.inProgress) ||
      a.scoredRound - b.scoredRound ||
      (a.imageDigest < b.imageDigest ? -1 : 1),
  )
  const order = draws(seed, 'scoring', round).permutation(pool.length)
  const byChance = Array.from(order, (i) => pool[i]).filter((image) => image !== undefined)
  const busy = pool.reduce((count, { inProgress }) => count + (inProgress ? 1 : 0), 0)
  const plan = new Set<Image>()
  const ages = byAge.values()
  const chances = byChance.values()
  while (plan.size < pool.length) {
    const isChance = plan.size >= busy && plan.size % randomEvery === randomEvery - 1
    for (const image of isChance ? chances : ages) {
      if (plan.has(image)) continue
      plan.add(image)
      break
    }
  }
  return [...plan]
}
