import { describe, expect, it } from '@jest/globals'
import { scoringPlan } from '@suggestive/sidecar/domain/scoring-plan'

const pool = (count: number, scoredRound: (i: number) => number, busy: readonly number[] = []) =>
  Array.from({ length: count }, (_, i) => ({
    imageDigest: String(i).padStart(6, '0'),
    scoredRound: scoredRound(i),
    inProgress: busy.includes(i),
  }))

describe('the order in which a pool is scored', () => {
  it('names every image once', () => {
    for (const count of [0, 1, 3, 4, 5, 100]) {
      const plan = [
        ...scoringPlan(
          pool(count, (i) => i % 3),
          1,
          1,
        ),
      ]
      expect(new Set(plan.map(({ imageDigest }) => imageDigest)).size).toBe(count)
      expect(plan).toHaveLength(count)
    }
  })

  it('begins with what is being worked on, then missing and old scores, a quarter by chance', () => {
    // The newer half comes first by digest.
    const plan = [
      ...scoringPlan(
        pool(4000, (i) => (i < 2000 ? 5 : i % 2), [10, 20]),
        1,
        6,
      ),
    ]
    expect(plan.slice(0, 2).map(({ imageDigest }) => Number(imageDigest))).toEqual([10, 20])
    const head = plan.slice(2, 802)
    const missing = head.filter(({ scoredRound }) => scoredRound === 0).length
    const newest = head.filter(({ scoredRound }) => scoredRound === 5).length
    expect(missing).toBeGreaterThan(600)
    expect(newest).toBeGreaterThan(60)
    expect(newest).toBeLessThan(140)
  })

  it('depends on seed and round, and on nothing else', () => {
    const digests = (seed: number, round: number) =>
      Array.from(
        scoringPlan(
          pool(200, () => 0),
          seed,
          round,
        ),
        ({ imageDigest }) => imageDigest,
      )
    expect(digests(1, 1)).toEqual(digests(1, 1))
    expect(digests(1, 2)).not.toEqual(digests(1, 1))
    expect(digests(2, 1)).not.toEqual(digests(1, 1))
  })
})
