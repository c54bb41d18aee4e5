import { describe, expect, it } from '@jest/globals'
import { type Component, componentsOf } from '@suggestive/shared/components'
import { contourOf } from '@suggestive/shared/contour'
import { fillEllipse } from '@suggestive/shared/ellipse'
import { runsOf } from '@suggestive/shared/mask'
import { outlinesOf } from '@suggestive/shared/outline'
import { fillPolygon, type Point } from '@suggestive/shared/polygon'
import fc from 'fast-check'

const parameters = { seed: 2017, numRuns: 150 }

/** Blobs with holes and frayed edges: ellipses set and cleared one over the other, and single wrong pixels. */
const masks = fc
  .record({
    width: fc.integer({ min: 3, max: 90 }),
    height: fc.integer({ min: 3, max: 70 }),
    blobs: fc.array(
      fc.tuple(...[0, 1, 2, 3].map(() => fc.float({ min: 0, max: 1, noNaN: true })), fc.boolean()),
      { minLength: 1, maxLength: 9 },
    ),
    noise: fc.array(fc.nat(10_000), { maxLength: 25 }),
  })
  .map(({ width, height, blobs, noise }) => {
    const data = new Uint8Array(width * height)
    for (const [x = 0, y = 0, rx = 0, ry = 0, isSet] of blobs) {
      const ellipse = {
        x: Number(x) * width,
        y: Number(y) * height,
        radiusX: (Number(rx) * width) / 2,
        radiusY: (Number(ry) * height) / 2,
        degrees: 100 * Number(x),
      }
      fillEllipse(ellipse, width, height, (a, b) => data.fill(Number(isSet), a, b))
    }
    for (const at of noise) data[at % data.length] = 1 - (data[at % data.length] ?? 0)
    const runs = runsOf({ width, height, data }).layers[0]?.runs ?? [data.length]
    return { width, height, data, components: componentsOf(runs, width) }
  })

/** By recursion over pixels: the definition. */
function flood(data: Uint8Array, width: number): Set<number>[] {
  const left = new Set([...data.keys()].filter((i) => data[i] === 1))
  return [...left].flatMap((start) => {
    if (!left.delete(start)) return []
    const found = [start]
    for (const at of found) {
      const x = at % width
      const near = [
        at - width,
        at + width,
        ...(x > 0 ? [at - 1] : []),
        ...(x < width - 1 ? [at + 1] : []),
      ]
      for (const next of near) if (left.delete(next)) found.push(next)
    }
    return [new Set(found)]
  })
}

const pixelsOf = ({ starts, ends }: Component) =>
  new Set(
    starts.flatMap((start, i) =>
      Array.from({ length: (ends[i] ?? 0) - start }, (_, j) => start + j),
    ),
  )

describe('components', () => {
  it('are those of a flood fill, in the same order', () => {
    fc.assert(
      fc.property(masks, ({ data, width, components }) => {
        expect(components.map(pixelsOf)).toEqual(flood(data, width))
        expect(components.every((one) => one.pixels === pixelsOf(one).size)).toBe(true)
      }),
      parameters,
    )
  })
})

describe('contours', () => {
  it('agree with the mask as asked, and exactly when that is asked', () => {
    fc.assert(
      fc.property(
        masks,
        fc.constantFrom(0.98, 1),
        ({ width, height, data, components }, agreement) => {
          const drawn = new Uint8Array(width * height)
          const outlines = outlinesOf(components, width, height)
          for (const [i, component] of components.entries()) {
            const outline = outlines[i] ?? { outer: { points: [], pixels: 0 }, holes: [] }
            const holes = outline.holes.reduce((sum, hole) => sum + hole.pixels, 0)
            expect(outline.outer.pixels - holes).toBe(component.pixels)
            const limits = { agreement, points: 10_000 }
            const contour = contourOf(component, outline, width, height, limits)
            expect(contour.agreement).toBeGreaterThanOrEqual(agreement)
            fillPolygon(contour.points, width, height, (a, b) => drawn.fill(1, a, b))
          }
          const shared = data.reduce((sum, value, at) => sum + (value & (drawn[at] ?? 0)), 0)
          const either = data.reduce((sum, value, at) => sum + (value | (drawn[at] ?? 0)), 0)
          expect(shared).toBeGreaterThanOrEqual(agreement * either)
        },
      ),
      parameters,
    )
  })

  it('never have more points than asked', () => {
    fc.assert(
      fc.property(
        masks,
        fc.integer({ min: 16, max: 60 }),
        ({ width, height, components }, points) => {
          const outlines = outlinesOf(components, width, height)
          for (const [i, component] of components.entries()) {
            const outline = outlines[i] ?? { outer: { points: [], pixels: 0 }, holes: [] }
            const contour = contourOf(component, outline, width, height, {
              agreement: 0.98,
              points,
            })
            expect(contour.points.length).toBeLessThanOrEqual(points)
            expect(contour.points.length).toBeGreaterThanOrEqual(3)
          }
        },
      ),
      parameters,
    )
  })
})

describe('polygons', () => {
  it('are what a ray from each centre says', () => {
    const corner = fc.float({ min: -5, max: 25, noNaN: true })
    fc.assert(
      fc.property(fc.array(fc.tuple(corner, corner), { maxLength: 12 }), (points) => {
        const drawn = new Uint8Array(400)
        fillPolygon(points, 20, 20, (a, b) => drawn.fill(1, a, b))
        const expected = drawn.map((_, at) =>
          Number(isInside(points, (at % 20) + 0.5, Math.floor(at / 20) + 0.5)),
        )
        expect(drawn).toEqual(expected)
      }),
      parameters,
    )
  })
})

/** Crossings to the left; an edge holds its upper end, a centre on an edge is right of it. */
function isInside(points: readonly Point[], x: number, y: number): boolean {
  let crossings = 0
  for (const [i, b] of points.entries()) {
    const a = points.at(i - 1) ?? b
    if (a[1] > y === b[1] > y) continue
    const [upper, lower] = a[1] <= b[1] ? [a, b] : [b, a]
    const at = upper[0] + (y - upper[1]) * ((lower[0] - upper[0]) / (lower[1] - upper[1]))
    crossings += Number(at <= x)
  }
  return crossings % 2 === 1
}
