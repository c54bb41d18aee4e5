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

/** Draws that may hit images that have their place already; after that the next one by age is taken. */
const mostTries = 16

/**
 * Images that are being worked on first, because the others are compared with them; then those with a missing or the
 * oldest score, every fourth one being drawn from the whole pool instead, so that no part of it is always last. Comes
 * image by image, because a large pool takes longer than others may be held up.
 *
 * @param pool in the order of digests
 */
export function* scoringPlan<Image extends Scorable>(
  pool: readonly Image[],
  seed: number,
  round: number,
): Generator<Image, void, undefined> {
  const { busy, groups } = byAge(pool)
  const chances = draws(seed, 'scoring', round)
  const taken = new Set<Image>()
  let drawn = 0
  const drawOne = (): Image | undefined => {
    for (let tries = 0; tries < mostTries; tries++) {
      const image = pool[chances.below(pool.length, drawn++)]
      if (image !== undefined && !taken.has(image)) return image
    }
    return undefined
  }
  for (const image of busy) {
    taken.add(image)
    yield image
  }
  for (const group of groups) {
    for (const oldest of group) {
      while (taken.size % randomEvery === randomEvery - 1) {
        const image = drawOne()
        if (image === undefined) break
        taken.add(image)
        yield image
      }
      if (taken.has(oldest)) continue
      taken.add(oldest)
      yield oldest
    }
  }
}

/** Each group in the order of digests, the one with the oldest scores first. */
function byAge<Image extends Scorable>(pool: readonly Image[]) {
  const busy: Image[] = []
  const groups = new Map<number, Image[]>()
  for (const image of pool) {
    if (image.inProgress) {
      busy.push(image)
      continue
    }
    const group = groups.get(image.scoredRound)
    if (group === undefined) groups.set(image.scoredRound, [image])
    else group.push(image)
  }
  const rounds = [...groups.keys()].sort((a, b) => a - b)
  return { busy, groups: rounds.map((round) => groups.get(round) ?? []) }
}
