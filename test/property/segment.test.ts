import { describe, expect, it } from '@jest/globals'
import { type ProbabilityField, segment } from '@suggestive/sidecar/domain/segment'
import fc from 'fast-check'

/** Small maps with few levels, so that ties and plateaus are common. */
const field = fc
  .tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 9 }))
  .chain(([width, height]) =>
    fc
      .array(fc.constantFrom(0, 9000, 20_000, 32_767, 32_768, 50_000, 65_535), {
        minLength: width * height,
        maxLength: width * height,
      })
      .map((values): ProbabilityField => ({ width, height, data: Uint16Array.from(values) })),
  )
const point = fc.record({
  x: fc.double({ min: 0, max: 0.999, noNaN: true }),
  y: fc.double({ min: 0, max: 0.999, noNaN: true }),
  positive: fc.boolean(),
})
const scaled = (
  { width, height }: ProbabilityField,
  list: readonly { x: number; y: number; positive: boolean }[],
) => list.map(({ x, y, positive }) => ({ x: x * width, y: y * height, positive }))
const at = ({ width }: ProbabilityField, { x, y }: { x: number; y: number }) =>
  Math.floor(y) * width + Math.floor(x)

/** Brute force: the pixels of at least `level` that are joined with a pixel, by repeated growth. */
function around(
  { width, height, data }: ProbabilityField,
  start: number,
  level: number,
): Uint8Array {
  const mask = new Uint8Array(data.length)
  if ((data[start] ?? 0) < level) return mask
  mask[start] = 1
  for (let grew = true; grew; ) {
    grew = false
    for (let i = 0; i < data.length; i++) {
      if (mask[i] === 1 || (data[i] ?? 0) < level) continue
      const [x, y] = [i % width, Math.floor(i / width)]
      const touches = mask.some((own, j) => {
        const [a, b] = [j % width, Math.floor(j / width)]
        return own === 1 && Math.abs(a - x) <= 1 && Math.abs(b - y) <= 1
      })
      if (!touches) continue
      mask[i] = 1
      grew = true
    }
    if (height === 0) break
  }
  return mask
}

describe('segments', () => {
  it('by positive points are what trying every threshold finds', () => {
    fc.assert(
      fc.property(field, fc.array(point, { minLength: 1, maxLength: 3 }), (map, list) => {
        const points = scaled(map, list).map((one) => ({ ...one, positive: true }))
        const places = points.map((one) => at(map, one))
        const levels = [32_768, ...new Set(map.data)].filter(
          (level) => level > 0 && level <= 32_768,
        )
        const found = levels
          .sort((a, b) => b - a)
          .map((level) => around(map, places[0] ?? 0, level))
          .find((mask) => places.every((place) => mask[place] === 1))
        expect(segment(map, points)).toEqual(found ?? new Uint8Array(map.data.length))
      }),
      { seed: 5, numRuns: 300 },
    )
  })

  it('are cut by negative points to a part that keeps the positive ones, connected to them', () => {
    fc.assert(
      fc.property(field, fc.array(point, { minLength: 2, maxLength: 4 }), (map, list) => {
        const points = scaled(map, list)
        const positive = points.filter((one) => one.positive)
        const negative = points.filter((one) => !one.positive)
        const isDistinct = new Set(points.map((one) => at(map, one))).size === points.length
        if (positive.length === 0 || !isDistinct) return
        const whole = segment(map, positive)
        const cut = segment(map, points)
        expect(cut.every((value, i) => value <= (whole[i] ?? 0))).toBe(true)
        if (whole.some((value) => value === 1)) {
          expect(positive.every((one) => cut[at(map, one)] === 1)).toBe(true)
        }
        expect(negative.every((one) => cut[at(map, one)] === 0)).toBe(true)
        const inner = { ...map, data: Uint16Array.from(cut, (value) => value * 65_535) }
        const reached = new Uint8Array(cut.length)
        for (const one of positive) {
          for (const [i, value] of around(inner, at(map, one), 1).entries()) {
            if (value === 1) reached[i] = 1
          }
        }
        expect(reached).toEqual(cut)
      }),
      { seed: 6, numRuns: 300 },
    )
  })

  it('by a box are one component that touches it', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(field, share, share, share, share, (map, x, y, width, height) => {
        const box = {
          x: x * (map.width - 0.01),
          y: y * (map.height - 0.01),
          width: 0.01 + width * map.width,
          height: 0.01 + height * map.height,
        }
        const mask = segment(map, [], box)
        const inside = [...mask.keys()].filter((i) => {
          const [column, row] = [i % map.width, Math.floor(i / map.width)]
          return (
            column + 1 > box.x &&
            column < box.x + box.width &&
            row + 1 > box.y &&
            row < box.y + box.height
          )
        })
        const isAny = inside.some((i) => (map.data[i] ?? 0) > 0)
        expect(inside.some((i) => mask[i] === 1)).toBe(isAny)
        const first = inside.find((i) => mask[i] === 1)
        if (first === undefined) return
        const level = Math.min(
          32_768,
          inside.reduce((most, i) => Math.max(most, map.data[i] ?? 0), 0),
        )
        expect(mask).toEqual(around(map, first, level))
      }),
      { seed: 7, numRuns: 300 },
    )
  })
})
