/** Greedy maximisation of F(Sa, Su) = sum over x in Su of max over i in Sa of sim(i, x). Paper section 2.3. */
import { unit } from './similarity.ts'

/** What has been chosen so far, seen from every image of Su: its largest similarity to a chosen one. */
export interface Coverage {
  /** False while nothing is chosen: F of the empty set is 0, whatever the similarities' signs. */
  readonly started: boolean
  /** F(Sa + candidate) - F(Sa), in units of 2^-30; exact, see `unit`. */
  gain(similar: Int32Array): number
  /** Adds a candidate to Sa. */
  add(similar: Int32Array): void
}

/** `covered`: per image the largest similarity to what is chosen already; it is copied. */
export function createCoverage(images: number, covered?: Int32Array): Coverage {
  const best = covered ? covered.slice() : new Int32Array(images)
  let started = covered !== undefined
  return {
    get started() {
      return started
    },
    gain(similar) {
      let sum = 0
      if (started) {
        for (let x = 0; x < best.length; x++) {
          const more = (similar[x] ?? 0) - (best[x] ?? 0)
          if (more > 0) sum += more
        }
      } else {
        for (let x = 0; x < best.length; x++) sum += similar[x] ?? 0
      }
      return sum
    },
    add(similar) {
      for (let x = 0; x < best.length; x++) {
        const value = similar[x] ?? 0
        if (!started || value > (best[x] ?? 0)) best[x] = value
      }
      started = true
    },
  }
}

export interface Pick {
  /** Position in the list of candidates. */
  readonly index: number
  /** Gain in F when it was added, in units of similarity. */
  readonly gain: number
}

/**
 * Adds min(count, candidates) candidates to `coverage`, each time the one with the largest gain; equal gains: the
 * one that comes `before`. Lazy: a gain can only shrink while Sa grows, so the old one bounds the new one and only
 * the leaders are computed again (Minoux 1978). The result is that of computing all gains every time.
 */
export function greedy(
  coverage: Coverage,
  candidates: readonly Int32Array[],
  count: number,
  before: (a: number, b: number) => boolean = (a, b) => a < b,
): Pick[] {
  const bounds = candidates.map(() => Number.POSITIVE_INFINITY)
  const computedFor = candidates.map(() => -1)
  const left = new Set(candidates.keys())
  const picks: Pick[] = []
  while (picks.length < count && left.size > 0) {
    let leader = -1
    for (const c of left) {
      const [mine, theirs] = [bounds[c] ?? 0, bounds[leader] ?? Number.NEGATIVE_INFINITY]
      if (leader < 0 || mine > theirs || (mine === theirs && before(c, leader))) leader = c
    }
    const similar = candidates[leader]
    if (!similar) break
    if (computedFor[leader] !== picks.length) {
      bounds[leader] = coverage.gain(similar)
      computedFor[leader] = picks.length
      continue
    }
    picks.push({ index: leader, gain: (bounds[leader] ?? 0) / unit })
    left.delete(leader)
    // Signed similarities: only gains over a set that is not empty bound the later ones.
    if (!coverage.started) bounds.fill(Number.POSITIVE_INFINITY)
    coverage.add(similar)
  }
  return picks
}
