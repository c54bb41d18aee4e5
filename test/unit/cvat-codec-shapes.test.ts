import { describe, expect, it } from '@jest/globals'
import { digestOfShape } from '@suggestive/plugin-cvat/codec/digest'
import { fillShape } from '@suggestive/plugin-cvat/codec/geometry'
import { decodeMask } from '@suggestive/plugin-cvat/codec/mask-decode'
import { type ShapeOptions, shapesFor } from '@suggestive/plugin-cvat/codec/shapes'
import { runsOf } from '@suggestive/shared/mask'
import { readLabels } from '../support/cvat-codec.ts'
import { recorded } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const size = { width: 40, height: 30 }
const { labels } = readLabels('mask', 'any', 'polygon', 'ellipse')
const options: ShapeOptions = { labels, frame: 3, size, shape: 'mask' }
const scores = new Map([
  [1, 0.876_54],
  [2, 0.5],
  [3, 1],
])

/** Boxes `[class, left, top, right, bottom]`, the ends not included, later ones on top. */
function maskOf(...boxes: readonly (readonly [number, number, number, number, number])[]) {
  const data = new Uint8Array(size.width * size.height)
  for (const [value, left, top, right, bottom] of boxes) {
    for (let y = top; y < bottom; y++)
      data.fill(value, y * size.width + left, y * size.width + right)
  }
  return { mask: runsOf({ ...size, data }), data }
}

describe('shapes of a suggestion', () => {
  it('are written as they were recorded', () => {
    const [shape] = Object(recorded('annotations_create').sent).shapes
    const { mask } = maskOf(
      [1, 2, 1, 6, 4],
      [0, 2, 1, 3, 2],
      [0, 5, 1, 6, 2],
      [0, 2, 3, 3, 4],
      [0, 5, 3, 6, 4],
    )
    const { shapes } = shapesFor({ mask, scores: new Map([[1, 0.87]]) }, { ...options, frame: 0 })
    expect(shapes).toEqual([{ ...shape, label_id: 11 }])
  })

  it('have one mask for each class and its score to four digits', () => {
    const { mask } = maskOf([1, 0, 0, 3, 3], [2, 5, 5, 8, 8])
    const { shapes, notes } = shapesFor({ mask, scores }, options)
    expect(notes).toEqual([])
    expect(
      shapes.map(({ type, label_id, frame, score }) => [type, label_id, frame, score]),
    ).toEqual([
      ['mask', 11, 3, 0.8765],
      ['mask', 12, 3, 0.5],
    ])
    expect(shapes.map(({ source, z_order }) => [source, z_order])).toEqual([
      ['auto', 0],
      ['auto', 0],
    ])
    for (const [index, { points }] of shapes.entries()) {
      expect(decodeMask(points, size)).toEqual(mask.layers[index]?.runs)
    }
  })

  it('have the score that CVAT takes where there is none', () => {
    const { mask } = maskOf([1, 0, 0, 3, 3])
    expect(shapesFor({ mask, scores: new Map() }, options).shapes[0]?.score).toBe(1)
  })

  it('have no shape without a pixel', () => {
    const empty = { ...size, layers: [{ classId: 1, runs: [1200] }] }
    expect(shapesFor({ mask: empty, scores }, options)).toEqual({ shapes: [], notes: [] })
    const polygon = { ...size, layers: [{ classId: 3, runs: [1200] }] }
    expect(shapesFor({ mask: polygon, scores }, options)).toEqual({ shapes: [], notes: [] })
  })

  it('are polygons for labels of polygons, one for each part, the largest first', () => {
    const { mask, data } = maskOf([3, 1, 1, 4, 4], [3, 10, 5, 30, 25])
    const { shapes, notes } = shapesFor({ mask, scores }, options)
    expect(notes).toEqual([])
    expect(shapes.map(({ type, label_id }) => [type, label_id])).toEqual([
      ['polygon', 13],
      ['polygon', 13],
    ])
    expect(shapes[0]?.points.length).toBe(8)
    expect(painted(shapes)).toEqual(data.map((value) => Number(value === 3)))
  })

  it('keep the holes of polygons by a bridge, whichever rule fills them', () => {
    const { mask, data } = maskOf([3, 5, 5, 35, 25], [0, 12, 10, 20, 18], [0, 24, 10, 30, 18])
    const { shapes } = shapesFor({ mask, scores }, options)
    expect(shapes.length).toBe(1)
    expect(painted(shapes)).toEqual(data.map((value) => Number(value === 3)))
    // Non-zero: the hole is gone round the other way, so the windings cancel.
    expect(winding(shapes[0]?.points ?? [], 16.5, 14.5)).toBe(0)
    expect(winding(shapes[0]?.points ?? [], 27.5, 14.5)).toBe(0)
    expect(Math.abs(winding(shapes[0]?.points ?? [], 8.5, 8.5))).toBe(1)
  })

  it('are polygons for labels of any type only where that is wished', () => {
    const { mask } = maskOf([1, 0, 0, 3, 3], [2, 5, 5, 8, 8])
    const { shapes } = shapesFor({ mask, scores }, { ...options, shape: 'polygon' })
    expect(shapes.map(({ type }) => type)).toEqual(['mask', 'polygon'])
  })

  it('leave out what cannot be drawn, and say so', () => {
    const { mask } = maskOf([4, 0, 0, 3, 3], [9, 5, 5, 8, 8])
    const { shapes, notes } = shapesFor({ mask, scores }, options)
    expect(shapes).toEqual([])
    expect(notes.join(' ')).toContain('"ellipse 4" draws with the type "ellipse"')
    expect(notes.join(' ')).toContain('The class 9 has no label in CVAT any more')
  })

  it('say when there are more polygons than an editor can bear', () => {
    const { mask } = maskOf(
      ...Array.from({ length: 130 }, (_, i): [number, number, number, number, number] => {
        const [x, y] = [3 * (i % 13), 3 * Math.floor(i / 13)]
        return [3, x, y, x + 2, y + 2]
      }),
    )
    const { shapes, notes } = shapesFor({ mask, scores }, options)
    expect(shapes.length).toBe(100)
    expect(notes[0]).toContain('the 100 largest of 130 parts are shown')
  })

  it('pitfall 26: are refused for an image of another size than CVAT serves', async () => {
    const { mask } = maskOf([1, 0, 0, 3, 3])
    const turned = { ...options, size: { width: 30, height: 40 } }
    const sentence = await problemOf('wrong-use', () => shapesFor({ mask, scores }, turned))
    expect(sentence).toContain('40 x 30 pixels, but the frame has 30 x 40')
  })
})

describe('the digest of a shape', () => {
  const shape = { label_id: 1, type: 'polygon', frame: 3, points: [1.004, 2, 3, 4, -0.001, 6] }

  it('is the same after the server and the editor have rounded', () => {
    const rounded = { ...shape, points: [1, 2, 3, 4, 0, 6], id: 7, z_order: 2, source: 'file' }
    expect(digestOfShape(rounded)).toBe(digestOfShape(shape))
    expect(digestOfShape(shape)).toMatch(/^[0-9a-f]{64}$/)
  })

  it.each([
    ['label', { label_id: 2 }],
    ['type', { type: 'mask' }],
    ['frame', { frame: 4 }],
    ['point', { points: [1.02, 2, 3, 4, 0, 6] }],
    ['number of points', { points: [1, 2, 3, 4, 0] }],
  ])('tells another %s', (_, change) => {
    expect(digestOfShape({ ...shape, ...change })).not.toBe(digestOfShape(shape))
  })
})

function painted(shapes: readonly { readonly points: readonly number[] }[]): Uint8Array {
  const data = new Uint8Array(size.width * size.height)
  for (const { points } of shapes) {
    const shape = { type: 'polygon', points: [...points] }
    fillShape('polygon', shape, size, (start, end) => data.fill(1, start, end))
  }
  return data
}

/** How often a contour goes round a point, clockwise counted positive. */
function winding(points: readonly number[], x: number, y: number): number {
  let turns = 0
  for (let i = 0; i < points.length; i += 2) {
    const next = (i + 2) % points.length
    const [ax = 0, ay = 0] = points.slice(i, i + 2)
    const [bx = 0, by = 0] = points.slice(next, next + 2)
    const side = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
    if (ay <= y && by > y && side > 0) turns++
    if (ay > y && by <= y && side < 0) turns--
  }
  return turns
}
