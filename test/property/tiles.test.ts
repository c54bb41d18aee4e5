import { describe, expect, it } from '@jest/globals'
import { gridStep, planTiles } from '@suggestive/sidecar/domain/tiles'
import fc from 'fast-check'

const seed = 20170911
const plans = fc
  .record({
    width: fc.integer({ min: 1, max: 700 }),
    height: fc.integer({ min: 1, max: 700 }),
    side: fc.integer({ min: 2, max: 10 }),
    shared: fc.integer({ min: 0, max: 9 }),
  })
  .filter(({ side, shared }) => shared < side)
  .map(({ width, height, side, shared }) => {
    const size = { side: side * gridStep, overlap: shared * gridStep }
    return { width, height, size, tiles: planTiles(width, height, size) }
  })

describe('any plan of tiles', () => {
  it('gives every pixel to exactly one tile', () => {
    fc.assert(
      fc.property(plans, ({ width, height, tiles }) => {
        const owners = new Uint16Array(width * height)
        for (const { owned } of tiles) {
          expect(owned.width).toBeGreaterThan(0)
          expect(owned.height).toBeGreaterThan(0)
          expect(owned.x + owned.width).toBeLessThanOrEqual(width)
          for (let y = owned.y; y < owned.y + owned.height; y++) {
            const row = y * width + owned.x
            for (let i = row; i < row + owned.width; i++) owners[i] = (owners[i] ?? 0) + 1
          }
        }
        expect(owners.every((count) => count === 1)).toBe(true)
      }),
      { seed, numRuns: 60 },
    )
  })

  it('feeds the network multiples of 32 that start and meet at multiples of 32', () => {
    fc.assert(
      fc.property(plans, ({ size, tiles }) => {
        for (const { input, owned } of tiles) {
          const places = [input.x, input.y, input.width, input.height, owned.x, owned.y]
          expect(places.filter((place) => place % gridStep !== 0)).toEqual([])
          expect(Math.max(input.width, input.height)).toBeLessThanOrEqual(size.side)
        }
      }),
      { seed, numRuns: 200 },
    )
  })

  it('gives every owned pixel context: half of the overlap, less at most 16 px, or the border', () => {
    fc.assert(
      fc.property(plans, ({ width, height, size, tiles }) => {
        const least = size.overlap / 2 - gridStep / 2
        const isEnough = (start: number, from: number, to: number, end: number, all: number) =>
          (from === 0 ? start === 0 : from - start >= least && from >= start) &&
          (to === all ? end >= all : end - to >= least && end >= to)
        for (const { input: i, owned: o } of tiles) {
          expect(isEnough(i.x, o.x, o.x + o.width, i.x + i.width, width)).toBe(true)
          expect(isEnough(i.y, o.y, o.y + o.height, i.y + i.height, height)).toBe(true)
        }
      }),
      { seed, numRuns: 200 },
    )
  })
})
