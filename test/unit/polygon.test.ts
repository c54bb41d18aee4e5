import { describe, expect, it } from '@jest/globals'
import { fillEllipse } from '@suggestive/shared/ellipse'
import { runsOf } from '@suggestive/shared/mask'
import { fillPolygon, type Point, type Span } from '@suggestive/shared/polygon'
import { goldenJson } from '../support/golden.ts'
import { problemOf } from '../support/problems.ts'

interface Golden {
  readonly polygons: readonly {
    readonly width: number
    readonly height: number
    readonly points: readonly Point[]
    readonly runs: readonly number[]
  }[]
  readonly ellipses: readonly {
    readonly width: number
    readonly height: number
    readonly ellipse: readonly [number, number, number, number, number]
    readonly runs: readonly number[]
  }[]
}

const golden = goldenJson<Golden>('label-studio/geometry.json')

/** The spans as a picture; each must be new, not empty and within one row. */
function draw(width: number, height: number, fill: (span: Span) => void): Uint8Array {
  const data = new Uint8Array(width * height)
  let last = 0
  fill((start, end) => {
    expect(end).toBeGreaterThan(start)
    expect(start).toBeGreaterThanOrEqual(last)
    expect(Math.floor(start / width)).toBe(Math.floor((end - 1) / width))
    data.fill(1, start, end)
    last = end
  })
  return data
}

const polygon = (points: readonly Point[], width: number, height: number) =>
  draw(width, height, (span) => fillPolygon(points, width, height, span))

const rows = (data: Uint8Array, width: number) =>
  Array.from({ length: data.length / width }, (_, y) =>
    [...data.subarray(y * width, (y + 1) * width)].map((value) => '.#'[value]).join(''),
  )

describe('polygons', () => {
  it.each(golden.polygons)('are filled as by numpy ($width x $height)', (one) => {
    const data = polygon(one.points, one.width, one.height)
    expect(runsOf({ ...one, data }).layers[0]?.runs).toEqual(one.runs)
  })

  it('hold exactly the pixels between whole coordinates', () => {
    const square: Point[] = [
      [1, 1],
      [4, 1],
      [4, 3],
      [1, 3],
    ]
    expect(rows(polygon(square, 6, 4), 6)).toEqual(['......', '.###..', '.###..', '......'])
    expect(polygon([...square].reverse(), 6, 4)).toEqual(polygon(square, 6, 4))
  })

  it('that share an edge through pixel centres share no pixel and leave no gap', () => {
    // The common edge runs through the centres of the pixels 2, 10, 18 and 26.
    const edge: readonly Point[] = [
      [2.5, 0],
      [2.5, 4],
    ]
    const left = polygon([[0, 4], [0, 0], ...edge], 8, 4)
    const right = polygon([[8, 0], [8, 4], ...[...edge].reverse()], 8, 4)
    expect(rows(left, 8)).toEqual(Array.from({ length: 4 }, () => '##......'))
    expect(left.map((value, i) => value + (right[i] ?? 0))).toEqual(new Uint8Array(32).fill(1))
  })

  it('are even-odd, and a bridge there and back changes nothing', () => {
    const outer: Point[] = [[0, 0], [7, 0], [7, 5], [0, 5]] // biome-ignore format: a picture
    const hole: Point[] = [[2, 1], [2, 4], [5, 4], [5, 1]] // biome-ignore format: a picture
    const ring = [...outer, outer[0] ?? [0, 0], ...hole, hole[0] ?? [0, 0]] as const
    expect(rows(polygon(ring, 7, 5), 7)).toEqual([
      '#######',
      '##...##',
      '##...##',
      '##...##',
      '#######',
    ])
  })

  it('may lie outside, have no area or no points', () => {
    expect(rows(polygon([[-9, -9], [99, -9], [99, 1], [-9, 1]], 3, 2), 3)).toEqual(['###', '...']) // biome-ignore format: a picture
    for (const points of [
      [],
      [[1, 1]],
      [[1, 1], [2, 2]], // biome-ignore format: a picture
      [[-5, -5], [-1, -5], [-3, -1]], // biome-ignore format: a picture
    ] satisfies Point[][])
      expect(polygon(points, 4, 4)).toEqual(new Uint8Array(16))
  })

  it('that would take minutes are a problem', async () => {
    const zigzag = Array.from({ length: 100_000 }, (_, i): Point => [i, i % 2 === 0 ? 0 : 1e4])
    const start = performance.now()
    const fill = () => fillPolygon(zigzag, 10_000, 10_000, () => undefined)
    expect(await problemOf('unreadable-input', fill)).toContain('100000 points')
    expect(performance.now() - start).toBeLessThan(3000)
  })
})

describe('ellipses', () => {
  it.each(golden.ellipses)('are filled as by numpy ($ellipse)', ({ width, height, ...one }) => {
    const [x, y, radiusX, radiusY, degrees] = one.ellipse
    const ellipse = { x, y, radiusX, radiusY, degrees }
    const data = draw(width, height, (span) => fillEllipse(ellipse, width, height, span))
    expect(runsOf({ width, height, data }).layers[0]?.runs).toEqual(one.runs)
  })

  it('without an axis have no pixel', () => {
    const flat = { x: 2, y: 2, radiusX: 2, radiusY: 0, degrees: 0 }
    expect(draw(4, 4, (span) => fillEllipse(flat, 4, 4, span))).toEqual(new Uint8Array(16))
  })
})
