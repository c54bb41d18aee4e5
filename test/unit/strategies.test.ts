import { describe, expect, it } from '@jest/globals'
import { lowerDigest } from '@suggestive/sidecar/domain/ranking'
import { suggest } from '@suggestive/sidecar/domain/select'
import {
  type BatchRequest,
  chooseBatch,
  needsScores,
  strategyNames,
} from '@suggestive/sidecar/domain/strategies'
import { randomPool, reordered } from '../support/pools.ts'

const pool = randomPool(2, 60, 5)
const scores = {
  uncertainty: pool.uncertainty,
  foreground: Float64Array.from({ length: 60 }, (_, row) => ((row * 7) % 60) / 100),
  descriptors: pool.table,
}
const eligible = [...pool.uncertainty.keys()].filter((row) => row % 5 > 0)
const request: BatchRequest = { k: 6, candidates: 12, eligible, seed: 3, round: 1 }

describe('chooseBatch', () => {
  it.each(strategyNames)('%s: k different eligible rows, the same ones again', async (name) => {
    const rows = await chooseBatch(name, request, () => scores)
    expect(new Set(rows).size).toBe(6)
    for (const row of rows) expect(eligible).toContain(row)
    expect(await chooseBatch(name, request, () => scores)).toEqual(rows)
    const few = await chooseBatch(name, { ...request, eligible: [9, 4, 9] }, () => scores)
    expect(few.toSorted()).toEqual([4, 9])
    expect(await chooseBatch(name, { ...request, eligible: [] }, () => scores)).toEqual([])
  })

  it('suggestive is the suggestion', async () => {
    const { rows } = await suggest({ ...scores, k: 6, candidates: 12, eligible })
    expect(await chooseBatch('suggestive', request, () => scores)).toEqual(rows)
  })

  it('uncertainty takes the most uncertain, most uncertain first', async () => {
    const rows = await chooseBatch('uncertainty', request, () => scores)
    const { candidates } = await suggest({ ...scores, k: 6, candidates: 6, eligible })
    expect(rows).toEqual(candidates)
  })

  it('random needs no scores and differs by seed and round, not by strategy name alone', async () => {
    const never = () => {
      throw new Error('asked for scores')
    }
    const rows = await chooseBatch('random', request, never)
    expect(await chooseBatch('random', { ...request, seed: 4 }, never)).not.toEqual(rows)
    expect(await chooseBatch('random', { ...request, round: 2 }, never)).not.toEqual(rows)
    expect(needsScores('random')).toBe(false)
    expect(strategyNames.filter(needsScores)).toHaveLength(3)
  })

  it('random-foreground draws from the upper two thirds by predicted foreground', async () => {
    const upper = eligible
      .toSorted((a, b) => (scores.foreground[b] ?? 0) - (scores.foreground[a] ?? 0))
      .slice(0, 32) // of 48
    const drawn = new Set<number>()
    for (let round = 0; round < 60; round++) {
      const rows = await chooseBatch('random-foreground', { ...request, round }, () => scores)
      for (const row of rows) drawn.add(row)
    }
    expect([...drawn].sort()).toEqual(upper.toSorted())
  })

  it('random-foreground draws by digest: shares matter only for who is in the upper part', async () => {
    const rows = await chooseBatch('random-foreground', request, () => scores)
    const border =
      eligible.map((row) => scores.foreground[row] ?? 0).toSorted((a, b) => b - a)[31] ?? 0
    const foreground = scores.foreground.map((share) => (share >= border ? 0.9 : 0.1))
    const again = await chooseBatch('random-foreground', request, () => ({ ...scores, foreground }))
    expect(again).toEqual(rows)
  })

  it('random-foreground goes on with the lower third when a batch is larger', async () => {
    const all = { ...request, k: 48 }
    const rows = await chooseBatch('random-foreground', all, () => scores)
    expect(rows.toSorted()).toEqual(eligible.toSorted())
    const least = Math.min(...rows.slice(0, 32).map((row) => scores.foreground[row] ?? 0))
    const most = Math.max(...rows.slice(32).map((row) => scores.foreground[row] ?? 0))
    expect(least).toBeGreaterThanOrEqual(most)
  })

  it.each(strategyNames)(
    '%s does not depend on the order of the pool, only on digests',
    async (name) => {
      const digests = [...pool.uncertainty.keys()].map((row) =>
        `${(row * 41) % 60}`.padStart(2, '0'),
      )
      const order = [...pool.uncertainty.keys()].reverse()
      const turned = reordered(pool, order)
      const there = await chooseBatch(
        name,
        {
          ...request,
          eligible: eligible.map((row) => 59 - row),
          ties: lowerDigest(order.map((row) => digests[row] ?? '')),
        },
        () => ({
          uncertainty: turned.uncertainty,
          foreground: scores.foreground.toReversed(),
          descriptors: turned.table,
        }),
      )
      const here = await chooseBatch(name, { ...request, ties: lowerDigest(digests) }, () => scores)
      expect(there.map((row) => 59 - row)).toEqual(here)
    },
  )
})
