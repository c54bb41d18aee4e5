import { expect, it } from '@jest/globals'
import { mapLevels } from '@suggestive/sidecar/domain/map-levels'

it('keeps one half on its side, and has every step', () => {
  const data = Uint16Array.from({ length: 65_536 }, (_, value) => value)
  const { levels, lengths } = mapLevels(256, 256, data)
  expect(levels).toEqual(Array.from({ length: 16 }, (_, level) => level))
  expect(lengths.slice(0, 8).reduce((sum, length) => sum + length, 0)).toBe(32_768)
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(65_536)
})

it('joins equal neighbours over the ends of rows', () => {
  const data = Uint16Array.from([0, 65_535, 65_535, 65_535, 0, 100])
  const runs = { width: 2, height: 3, steps: 15, levels: [0, 15, 0], lengths: [1, 3, 2] }
  expect(mapLevels(2, 3, data)).toEqual(runs)
})
