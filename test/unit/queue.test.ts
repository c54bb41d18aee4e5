import { describe, expect, it } from '@jest/globals'
import { publishDepth, queue } from '@suggestive/sidecar/domain/queue'
import { lowerDigest } from '@suggestive/sidecar/domain/ranking'
import { suggest } from '@suggestive/sidecar/domain/select'
import { randomPool } from '../support/pools.ts'

const pool = randomPool(1, 120, 6)
const request = {
  uncertainty: pool.uncertainty,
  descriptors: pool.table,
  k: 4,
  candidates: 10,
}
const byUncertainty = (rows: Iterable<number>) =>
  [...rows].sort((a, b) => (pool.uncertainty[b] ?? 0) - (pool.uncertainty[a] ?? 0) || a - b)

describe('queue', () => {
  it('is the rule applied batch after batch, earlier batches and work in progress already chosen', async () => {
    const inProgress = [7, 50, 51]
    const { batches } = await queue({ ...request, inProgress, depth: 5 })
    const chosen = [...inProgress]
    for (const batch of batches) {
      expect(batch).toEqual(await suggest({ ...request, chosen }))
      chosen.push(...batch.rows)
    }
    expect(batches).toHaveLength(5)
  })

  it('goes on by uncertainty, then by the order of equals, and holds every image once', async () => {
    const { batches, rows } = await queue({ ...request, depth: 3 })
    const published = batches.flatMap((batch) => batch.rows)
    expect(published).toHaveLength(12)
    expect(rows.slice(0, 12)).toEqual(published)
    const rest = [...pool.uncertainty.keys()].filter((row) => !published.includes(row))
    expect(rows.slice(12)).toEqual(byUncertainty(rest))

    const digests = [...pool.uncertainty.keys()].map((row) =>
      `${(row * 37) % 120}`.padStart(3, '0'),
    )
    const other = await queue({ ...request, depth: 1, ties: lowerDigest(digests) })
    const tail = other.rows.slice(4)
    tail.forEach((row, i) => {
      const next = tail[i + 1]
      if (next === undefined || pool.uncertainty[row] !== pool.uncertainty[next]) return
      expect((digests[row] ?? '') < (digests[next] ?? '')).toBe(true)
    })
  })

  it('leaves out what is in progress or not eligible', async () => {
    const eligible = [...pool.uncertainty.keys()].filter((row) => row % 2 === 0)
    const { rows } = await queue({ ...request, eligible, inProgress: [2, 3], depth: 2 })
    expect(rows.toSorted((a, b) => a - b)).toEqual(eligible.filter((row) => row !== 2))
  })

  it('is published 8 batches deep unless told otherwise, and ends with the pool', async () => {
    expect((await queue(request)).batches).toHaveLength(publishDepth)
    expect(publishDepth).toBe(8)
    const few = await queue({ ...request, eligible: [5, 6, 7, 8, 9] })
    expect(few.batches.map((batch) => batch.rows.length)).toEqual([4, 1])
    expect(few.rows.toSorted()).toEqual([5, 6, 7, 8, 9])
    expect(await queue({ ...request, eligible: [] })).toEqual({ batches: [], rows: [] })
  })

  it('moves on from what is in progress', async () => {
    const alone = await queue(request)
    const [first = 0] = alone.rows
    const busy = await queue({ ...request, inProgress: [first] })
    expect(busy.rows).toHaveLength(119)
    expect(busy.batches[0]?.gains[0]).toBeLessThan(alone.batches[0]?.gains[0] ?? 0)
  })

  it('refuses a depth of 0', async () => {
    await expect(queue({ ...request, depth: 0 })).rejects.toThrow(/depth is 0/)
  })
})
