/** What is revealed when, and what it costs. */
import { describe, expect, it } from '@jest/globals'
import {
  costsOf,
  cutBatch,
  expectedRounds,
  initialRows,
  isReached,
} from '@suggestive/sidecar/app/replay/protocol'
import {
  type ReplaySource,
  sortedSets,
  splitEveryFifth,
} from '@suggestive/sidecar/app/replay/source'
import { problemOf } from '../support/problems.ts'
import { squares } from '../support/replay.ts'

describe('cutBatch', () => {
  const costs = costsOf([10, 20, 30, 40])

  it('ends with the image that reaches the next budget', () => {
    expect(cutBatch([1, 2, 3], [0], [0.3, 0.9], costs)).toEqual([1])
    expect(cutBatch([2, 1, 3], [0], [0.5], costs)).toEqual([2, 1])
    expect(cutBatch([1, 2, 3], [0], [0.31, 0.9], costs)).toEqual([1, 2])
  })

  it('leaves a batch whole that stays below the next budget', () => {
    expect(cutBatch([1, 2], [0], [0.1, 0.9], costs)).toEqual([1, 2])
  })

  it('buys nothing once the largest budget is spent', () => {
    expect(cutBatch([3], [0, 1, 2], [0.1, 0.6], costs)).toEqual([])
  })
})

describe('isReached', () => {
  it('forgives the rounding of decimal fractions', () => {
    // 0.07 * 100 = 7.000000000000001 in floating point.
    expect(isReached(0.07, 7, { total: 100 })).toBe(true)
    expect(isReached(0.07, 6, { total: 100 })).toBe(false)
    expect(isReached(1, 99, { total: 100 })).toBe(false)
  })
})

describe('initialRows', () => {
  it('is one of the seeds, and every row is drawn about equally often', () => {
    expect(initialRows(20, 5, 1)).toEqual(initialRows(20, 5, 1))
    expect(initialRows(20, 5, 1)).not.toEqual(initialRows(20, 5, 2))
    const counts = Array<number>(10).fill(0)
    for (let seed = 1; seed <= 1000; seed++) {
      const rows = initialRows(10, 3, seed)
      expect(new Set(rows).size).toBe(3)
      for (const row of rows) counts[row] = (counts[row] ?? 0) + 1
    }
    // 300 expected, standard deviation 14.5.
    for (const count of counts) expect(Math.abs(count - 300)).toBeLessThan(70)
  })

  it('starts smaller sets of a seed with the same images', () => {
    expect(initialRows(20, 8, 3).slice(0, 4)).toEqual(initialRows(20, 4, 3))
  })
})

describe('expectedRounds', () => {
  it('counts the rounds with a cut at every budget', () => {
    expect(expectedRounds(160, { initial: 8, k: 8, budgets: [0.1] })).toBe(1)
    expect(expectedRounds(160, { initial: 8, k: 8, budgets: [0.1, 0.3] })).toBe(5)
    expect(expectedRounds(100, { initial: 8, k: 8, budgets: [0.05, 0.1, 0.3] })).toBe(1 + 3)
  })
})

describe('the sets', () => {
  const named = (name: string, digest = name): ReplaySource => ({
    digest,
    name,
    readPicture: () => Promise.reject(new Error('not needed')),
    readMask: () => Promise.reject(new Error('not needed')),
  })

  it('take the 1st, 6th, 11th, ... in name order as test images', () => {
    const names = ['f', 'c', 'a', 'e', 'b', 'd', 'k', 'g', 'h', 'j', 'i']
    const { pool, test } = splitEveryFifth(names.map((name) => named(name)))
    expect(test.map(({ name }) => name)).toEqual(['a', 'f', 'k'])
    expect(pool.map(({ name }) => name)).toEqual(['b', 'c', 'd', 'e', 'g', 'h', 'i', 'j'])
  })

  it('leave out what would be learned twice or tested on what was learned, and say so', () => {
    const pool = [named('z', '3'), named('y', '1'), named('x', '2'), named('w', '1')]
    const { pool: kept, warnings } = sortedSets({ pool, test: [named('t', '3')] })
    expect(kept.map(({ name }) => name)).toEqual(['y', 'x'])
    expect(warnings).toEqual([
      'z is left out of the pool: it is the same image as t in the test set.',
      'w is left out of the pool: it is the same image as y.',
    ])
  })

  it('refuse to be empty', async () => {
    const [first] = squares(0, 1)
    const pool = first ? [first] : []
    expect(await problemOf('wrong-use', () => sortedSets({ pool, test: [] }))).toMatch(/test set/)
    expect(await problemOf('wrong-use', () => sortedSets({ pool, test: pool }))).toMatch(/pool/)
  })
})
