import { describe, expect, it } from '@jest/globals'
import {
  type LabelRaster,
  labelComponents,
  type ObjectMap,
  objectsFromIds,
} from '@suggestive/sidecar/domain/components'
import { distanceMaps } from '@suggestive/sidecar/domain/distance'
import { hausdorffDistance, nearestHausdorff } from '@suggestive/sidecar/domain/hausdorff'
import { meanInterval } from '@suggestive/sidecar/domain/interval'
import { countPixels, dice, intersectionOverUnion } from '@suggestive/sidecar/domain/metrics'
import { objectScores, poolObjects } from '@suggestive/sidecar/domain/object-metrics'
import { outlinesOf } from '@suggestive/sidecar/domain/outline'
import { draws } from '@suggestive/sidecar/domain/random'
import fc from 'fast-check'

const options = { seed: 20170911, numRuns: 150 }

/** Two rasters of one size with values 0..classes-1, of any density. */
const pairs = (classes: number) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 14 }),
      fc.integer({ min: 1, max: 14 }),
      fc.integer(),
      fc.integer(),
    )
    .chain(([width, height, seed, level]) => {
      const source = draws(seed >>> 0, 'raster', level)
      const density = source.uniform(0)
      const raster = (offset: number) => ({
        width,
        height,
        data: Uint8Array.from({ length: width * height }, (_, i) =>
          source.uniform(2 * i + offset) < density
            ? 1 + source.below(classes - 1, 2 * i + offset)
            : 0,
        ),
      })
      return fc.constant([raster(1000), raster(2001)] as const)
    })

/** Pixel indices of every object. */
function pixelsOf(map: ObjectMap): number[][] {
  const pixels = Array.from({ length: map.count }, (): number[] => [])
  map.ids.forEach((id, i) => {
    pixels[id - 1]?.push(i)
  })
  return pixels
}

function hausdorffByAllPixels(a: readonly number[], b: readonly number[], width: number): number {
  const distance = (p: number, q: number) =>
    Math.hypot((p % width) - (q % width), Math.floor(p / width) - Math.floor(q / width))
  const directed = (from: readonly number[], to: readonly number[]) =>
    Math.max(...from.map((p) => Math.min(...to.map((q) => distance(p, q)))))
  return Math.max(directed(a, b), directed(b, a))
}

const neighbours = [-1, 0, 1].flatMap((x) => [-1, 0, 1].map((y) => ({ x, y })))

/** Components by flood fill: for each pixel the index of the first pixel of its component, -1 for none. */
function floodFill({ width, height, data }: LabelRaster): number[] {
  const first = Array.from(data, () => -1)
  for (let i = 0; i < data.length; i++) {
    const stack = data[i] === 0 || first[i] !== -1 ? [] : [i]
    for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
      first[at] = i
      for (const step of neighbours) {
        const x: number = (at % width) + step.x
        const y: number = Math.floor(at / width) + step.y
        const next = y * width + x
        if (x < 0 || y < 0 || x >= width || y >= height) continue
        if (data[next] === data[i] && first[next] === -1) stack.push(next)
      }
    }
  }
  return first
}

function flipped({ width, height, data }: LabelRaster): LabelRaster {
  return { width, height, data: Uint8Array.from(data).reverse() }
}

describe('labelling', () => {
  it('equals a flood fill', () => {
    fc.assert(
      fc.property(pairs(3), ([raster]) => {
        const map = labelComponents(raster)
        const first = floodFill(raster)
        const roots = [...new Set(first.filter((i) => i >= 0))].sort((a, b) => a - b)
        expect([...map.ids]).toEqual(first.map((i) => roots.indexOf(i) + 1))
        expect(map.count).toBe(roots.length)
        expect([...map.areas].slice(1)).toEqual(pixelsOf(map).map((pixels) => pixels.length))
      }),
      options,
    )
  })
})

describe('Hausdorff distance', () => {
  it('equals the comparison of all pixels, for connected and scattered objects', () => {
    fc.assert(
      fc.property(pairs(4), fc.boolean(), ([one, two], isById) => {
        const [a, b] = [one, two].map(isById ? objectsFromIds : (mask) => labelComponents(mask))
        if (a === undefined || b === undefined) return
        const maps = distanceMaps()
        const others = pixelsOf(b)
        const byLeft = outlinesOf(b).sort((p, q) => p.left - q.left)
        outlinesOf(a).forEach((object, i) => {
          const pixels = pixelsOf(a)[i] ?? []
          const expected = others.map((other) => hausdorffByAllPixels(pixels, other, one.width))
          const actual = outlinesOf(b).map((other) => hausdorffDistance(object, other, maps))
          expected.forEach((distance, j) => {
            expect(actual[j]).toBeCloseTo(distance, 12)
          })
          expect(nearestHausdorff(object, byLeft, maps)).toBeCloseTo(Math.min(...expected), 12)
        })
      }),
      { ...options, numRuns: 60 },
    )
  })
})

describe('object scores', () => {
  it('stay in range; Dice and Hausdorff do not depend on the side', () => {
    fc.assert(
      fc.property(pairs(2), ([one, two]) => {
        const [a, b] = [labelComponents(one), labelComponents(two)]
        const scores = objectScores(a, b)
        const swapped = objectScores(b, a)
        for (const share of [scores.f1, scores.dice]) {
          expect(share).toBeGreaterThanOrEqual(0)
          expect(share).toBeLessThanOrEqual(1)
        }
        expect(scores.falseNegative).toBeGreaterThanOrEqual(0)
        expect(scores.hausdorff).toBeLessThanOrEqual(Math.hypot(one.width, one.height))
        expect(scores.dice).toBeCloseTo(swapped.dice, 12)
        expect(scores.hausdorff).toBeCloseTo(swapped.hausdorff, 12)
        expect(objectScores(a, a)).toMatchObject({ f1: 1, hausdorff: 0, falsePositive: 0 })
      }),
      options,
    )
  })

  it('pooled with themselves or with empty images stay what they are', () => {
    fc.assert(
      fc.property(pairs(2), ([one, two]) => {
        const scores = objectScores(labelComponents(one), labelComponents(two))
        const empty = labelComponents({ width: 1, height: 1, data: Uint8Array.of(0) })
        for (const set of [
          [scores, scores],
          [scores, objectScores(empty, empty)],
        ]) {
          const pooled = poolObjects(set)
          expect(pooled.f1).toBeCloseTo(scores.f1, 12)
          expect(pooled.dice).toBeCloseTo(scores.dice, 12)
          expect(pooled.hausdorff).toBeCloseTo(scores.hausdorff, 12)
        }
      }),
      options,
    )
  })
})

describe('pixel scores', () => {
  it('obey their identities and do not move when both masks are turned', () => {
    fc.assert(
      fc.property(pairs(4), ([one, two]) => {
        const counts = countPixels(one, two, 4)
        expect(counts.reduce((sum, c) => sum + c.truePositive + c.falseNegative, 0)).toBe(
          one.data.length,
        )
        for (const each of counts) {
          const d = dice(each)
          expect(intersectionOverUnion(each)).toBeCloseTo(d / (2 - d), 12)
        }
        const turned = [one, two].map(flipped).map(({ width, height, data }) => {
          return { width, height, data: Uint8Array.from(data) }
        })
        const [first, second] = turned
        if (first && second) expect(countPixels(first, second, 4)).toEqual(counts)
      }),
      options,
    )
  })
})

describe('bootstrap interval', () => {
  it('moves and stretches with its values and lies within them', () => {
    const values = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(values, fc.integer({ min: 0 }), (list, seed) => {
        const at = (numbers: number[]) => meanInterval(numbers, draws(seed, 'p'), 200)
        const interval = at(list)
        const moved = at(list.map((v) => 3 * v + 2))
        for (const end of ['low', 'mean', 'high'] as const) {
          expect(moved[end]).toBeCloseTo(3 * interval[end] + 2, 9)
        }
        expect(interval.low).toBeGreaterThanOrEqual(Math.min(...list) - 1e-12)
        expect(interval.high).toBeLessThanOrEqual(Math.max(...list) + 1e-12)
        expect(interval.low).toBeLessThanOrEqual(interval.high)
      }),
      options,
    )
  })
})
