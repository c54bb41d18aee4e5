/** Masks as AI tools of CVAT answer them, and whose address is whose. */
import { describe, expect, it } from '@jest/globals'
import { peerTest } from '@suggestive/plugin-cvat/nuclio/admission'
import { questionOf } from '@suggestive/plugin-cvat/nuclio/answers'
import { detectionsOf } from '@suggestive/plugin-cvat/nuclio/detections'
import { maskText } from '@suggestive/plugin-cvat/nuclio/mask-text'
import { maskOf, runsOf } from '@suggestive/shared/mask'
import { fillPolygon } from '@suggestive/shared/polygon'
import fc from 'fast-check'

const mask = fc
  .record({ width: fc.integer({ min: 1, max: 12 }), height: fc.integer({ min: 1, max: 12 }) })
  .chain(({ width, height }) =>
    fc
      .uint8Array({ minLength: width * height, maxLength: width * height, max: 2 })
      .map((data) => ({ width, height, data })),
  )
const names = new Map([
  [1, 'gland'],
  [2, 'vessel'],
])

describe('detections', () => {
  it('are crops that put together give the mask again, one for each connected part', () => {
    fc.assert(
      fc.property(mask, ({ width, height, data }) => {
        const found = detectionsOf(runsOf({ width, height, data }), new Map(), names, 0)
        const drawn = new Uint8Array(width * height)
        for (const { label, mask: points } of found) {
          const [left = 0, top = 0, right = 0, bottom = 0] = points.slice(-4)
          const crop = points.slice(0, -4)
          const across = right - left + 1
          expect(crop).toHaveLength(across * (bottom - top + 1))
          for (const [at, bit] of crop.entries()) {
            const pixel = (top + Math.floor(at / across)) * width + left + (at % across)
            if (bit === 1) drawn[pixel] = label === 'gland' ? 1 : 2
          }
          // The box touches the part on all four sides.
          const rows = [crop.slice(0, across), crop.slice(-across)]
          for (const row of rows) expect(row).toContain(1)
        }
        expect([...drawn]).toEqual([...data])
      }),
    )
  })

  it('have polygons that agree with the part, holes included', () => {
    const rows = [
      '..........',
      '.########.',
      '.#......#.',
      '.########.',
      '..........',
      '......##..',
    ]
    const [width, height] = [10, rows.length]
    const data = Uint8Array.from(rows.join(''), (one) => (one === '#' ? 1 : 0))
    const found = detectionsOf(runsOf({ width, height, data }), new Map([[1, 0.876543]]), names, 0)
    expect(found.map(({ confidence }) => confidence)).toEqual(['0.8765', '0.8765'])
    const drawn = new Uint8Array(width * height)
    for (const { points } of found) {
      const corners = Array.from({ length: points.length / 2 }, (_, i) => {
        return [points[2 * i] ?? 0, points[2 * i + 1] ?? 0] as const
      })
      fillPolygon(corners, width, height, (from, to) => drawn.fill(1, from, to))
    }
    expect([...drawn]).toEqual([...data])
  })

  it('leave out what is below the threshold, and classes without a label', () => {
    const runs = {
      width: 2,
      height: 1,
      layers: [
        { classId: 1, runs: [0, 1, 1] },
        { classId: 9, runs: [1, 1] },
      ],
    }
    const scores = new Map([[1, 0.5]])
    expect(detectionsOf(runs, scores, names, 0.5)).toHaveLength(1)
    expect(detectionsOf(runs, scores, names, 0.51)).toEqual([])
  })
})

describe('the mask of an interactor', () => {
  it('is JSON with a row for each row of the image', () => {
    fc.assert(
      fc.property(mask, (one) => {
        const runs = runsOf(one)
        const { data } = maskOf(runs)
        const rows = Array.from({ length: one.height }, (_, y) =>
          [...data.subarray(y * one.width, (y + 1) * one.width)].map((value) => Number(value > 0)),
        )
        expect(JSON.parse(maskText(runs).toString('utf8'))).toEqual({ mask: rows })
      }),
    )
  })

  it('of a large image is its two bytes a pixel', () => {
    const [width, height] = [4000, 3000]
    const text = maskText({ width, height, layers: [] })
    expect(text.length).toBeLessThan(2.001 * width * height)
  })
})

describe('a question', () => {
  it('is nothing without a positive point and a box; corners come in any order', () => {
    const none = { image: 'x', pos_points: [], neg_points: [] }
    expect(questionOf(none)).toBeUndefined()
    expect(questionOf({ ...none, neg_points: [[1, 2]] })).toBeUndefined()
    expect(questionOf({ ...none, pos_points: [[3, 4]], neg_points: [[1, 2]] })).toEqual({
      points: [
        { x: 3, y: 4, positive: true },
        { x: 1, y: 2, positive: false },
      ],
    })
    expect(
      questionOf({
        ...none,
        obj_bbox: [
          [5, 1],
          [2, 7],
        ],
      }),
    ).toEqual({
      points: [],
      box: { x: 2, y: 1, width: 3, height: 6 },
    })
  })
})

describe('peers', () => {
  it('are addresses and networks of both families', () => {
    const isPeer = peerTest(['172.18.0.0/16', '10.0.0.7', 'fd00::/8', '::1'])
    const [yes, no] = [
      ['172.18.255.1', '::ffff:172.18.0.5', '10.0.0.7', '::ffff:10.0.0.7', 'fd12::9', '::1'],
      ['172.19.0.1', '10.0.0.8', '127.0.0.1', 'fe80::1', '::ffff:127.0.0.1', '', 'localhost'],
    ]
    for (const one of yes ?? []) expect([one, isPeer(one)]).toEqual([one, true])
    for (const one of no ?? []) expect([one, isPeer(one)]).toEqual([one, false])
  })
})
