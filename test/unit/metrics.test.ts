import { describe, expect, it } from '@jest/globals'
import {
  type ClassCounts,
  countPixels,
  dice,
  intersectionOverUnion,
  mean,
  meanForegroundDice,
  meanIu,
  poolCounts,
} from '@suggestive/sidecar/domain/metrics'
import { countsOf, golden, maskOf, type PixelNumbers } from '../support/metrics.ts'

function expectPixels(counts: readonly ClassCounts[], expected: PixelNumbers): void {
  expect(countsOf(counts)).toEqual(expected.counts)
  counts.forEach((each, c) => {
    expect(dice(each)).toBeCloseTo(expected.dice[c] ?? Number.NaN, 9)
    expect(intersectionOverUnion(each)).toBeCloseTo(expected.iu[c] ?? Number.NaN, 9)
  })
  expect(meanIu(counts)).toBeCloseTo(expected.meanIu, 9)
  expect(meanForegroundDice(counts)).toBeCloseTo(expected.foregroundDice, 9)
}

describe('pixel scores', () => {
  it.each(golden.cases)('equal the reference: $name', (pair) => {
    const counts = countPixels(maskOf(pair, pair.predicted), maskOf(pair, pair.truth), pair.classes)
    expectPixels(counts, pair.pixels)
  })

  it.each(golden.sets)('pooled equal the reference: $name', (set) => {
    const pairs = golden.cases.filter(({ name }) => set.cases.includes(name))
    expect(pairs).toHaveLength(set.cases.length)
    const counts = pairs.map((pair) =>
      countPixels(maskOf(pair, pair.predicted), maskOf(pair, pair.truth), pair.classes),
    )
    expectPixels(poolCounts(counts), set.pixels)
  })

  it('refuse masks of different sizes, classes that are not scored, and nothing to average', () => {
    const small = { width: 2, height: 2, data: Uint8Array.of(0, 1, 2, 0) }
    const wide = { width: 4, height: 1, data: Uint8Array.of(0, 1, 2, 0) }
    expect(() => countPixels(small, wide, 3)).toThrow('2 x 2 pixels and the truth 4 x 1')
    expect(() => countPixels(small, small, 2)).toThrow('class 2, but only classes 0 to 1')
    expect(() => poolCounts([[], countPixels(small, small, 3)])).toThrow('cannot be pooled')
    expect(() => mean([])).toThrow('mean of no values')
  })
})
