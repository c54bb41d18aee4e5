import { describe, expect, it } from '@jest/globals'
import { labelOfFrame } from '@suggestive/plugin-cvat/codec'
import { decodeMask } from '@suggestive/plugin-cvat/codec/mask-decode'
import { encodeMask, encodeRuns } from '@suggestive/plugin-cvat/codec/mask-encode'
import { microsecondsOf } from '@suggestive/plugin-cvat/codec/moment'
import { shapesFor } from '@suggestive/plugin-cvat/codec/shapes'
import { runsOf } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import fc from 'fast-check'
import { readLabels, readShape, someJob } from '../support/cvat-codec.ts'
import { referenceDecode, referenceEncode } from '../support/cvat-mask.ts'

const parameters = { seed: 2017, numRuns: 300 }

/** Masks from alternating runs of classes, so that long and short ones come. */
const masks = (classes: number) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 90 }),
      fc.array(
        fc.tuple(
          fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 2000 })),
          fc.integer({ min: 0, max: classes }),
        ),
        { minLength: 1, maxLength: 30 },
      ),
    )
    .map(([width, runs]) => {
      const sum = runs.reduce((all, [length]) => all + length, 0)
      const height = Math.ceil(sum / width)
      const data = new Uint8Array(width * height)
      let at = 0
      for (const [length, value] of runs) {
        data.fill(value, at, at + length)
        at += length
      }
      return { width, height, data }
    })

describe('masks', () => {
  it('are the numbers of the reference, and come back', () => {
    fc.assert(
      fc.property(masks(1), (mask) => {
        const { width, height, data } = mask
        const expected = referenceEncode(data, width, height)
        const [layer] = runsOf(mask).layers
        expect(encodeMask(data, width, height)).toEqual(expected)
        expect(encodeRuns(layer?.runs ?? [width * height], width)).toEqual(expected)
        if (expected === null) return
        expect(decodeMask(expected, mask)).toEqual(layer?.runs)
      }),
      parameters,
    )
  })

  it('of any numbers end in the runs of the reference or in one clear problem', () => {
    const number = fc.oneof(
      { weight: 8, arbitrary: fc.integer({ min: 0, max: 9 }) },
      fc.constantFrom(-1, 0.5, Number.NaN, 1e300, 4_000_000_000),
    )
    const points = fc.oneof(
      fc.array(number, { maxLength: 12 }),
      // A sound box and runs that often fill it.
      fc
        .array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 6 })
        .map((runs) => [...runs, 0, 0, Math.max(0, runs.reduce((a, b) => a + b, 0) - 1), 0]),
    )
    const size = { width: 12, height: 9 }
    let read = 0
    fc.assert(
      fc.property(points, (one) => {
        try {
          const runs = decodeMask(one, size)
          const data = referenceDecode(one, size.width, size.height)
          expect(runs).toEqual(runsOf({ ...size, data }).layers[0]?.runs ?? [108])
          read++
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          expect(error.kind).toBe('unreadable-input')
        }
      }),
      { seed: 2017, numRuns: 5000 },
    )
    expect(read).toBeGreaterThan(100)
  })

  it('of several classes come back whole as the label of a finished job', () => {
    const { labels } = readLabels('mask', 'any', 'mask')
    fc.assert(
      fc.property(masks(3), (mask) => {
        const runs = runsOf(mask)
        const { width, height } = mask
        const size = { width, height }
        const options = { labels, frame: 4, size, shape: 'mask' } as const
        const { shapes } = shapesFor({ mask: runs, scores: new Map() }, options)
        const stored = shapes.map((shape, id) => readShape({ ...shape, id }))
        const { label, faults } = labelOfFrame({
          job: someJob({ start_frame: 4, stop_frame: 4 }),
          ...{ frame: 4, size, shapes: stored, tracks: [], classes: { labels }, taskKey: '1-4' },
          tellsStrays: true,
        })
        expect(faults).toEqual([])
        expect(label?.outcome).toBe(runs.layers.length === 0 ? 'empty' : 'labelled')
        expect(label?.mask ?? { ...size, layers: [] }).toEqual(runs)
      }),
      parameters,
    )
  })
})

describe('dates', () => {
  it('may have fewer digits', () => {
    expect(microsecondsOf('1970-01-01T00:00:01.5Z')).toBe(1_500_000)
    expect(microsecondsOf('1970-01-01T01:00:01.000020+01:00')).toBe(1_000_020)
  })

  it('keep their microseconds and their order', () => {
    const moment = fc.tuple(
      fc.integer({ min: 0, max: 4_000_000_000 }),
      fc.integer({ min: 0, max: 999_999 }),
    )
    fc.assert(
      fc.property(moment, ([seconds, micros]) => {
        const whole = new Date(seconds * 1000).toISOString().slice(0, 19)
        const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0')}`
        expect(microsecondsOf(`${whole}${fraction}Z`)).toBe(seconds * 1_000_000 + micros)
      }),
      parameters,
    )
  })
})
