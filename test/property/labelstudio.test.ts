import { describe, expect, it } from '@jest/globals'
import { encodeGraded } from '@suggestive/plugin-labelstudio/codec/graded'
import { decodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-decode'
import { encodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { runsOf } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import fc from 'fast-check'
import { referenceDecode, referenceEncode } from '../support/rle-reference.ts'

const parameters = { seed: 2017, numRuns: 200 }

/** Masks from alternating runs, so that long and short ones come. */
const masks = fc
  .tuple(
    fc.integer({ min: 1, max: 90 }),
    fc.array(fc.oneof(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 3000 })), {
      minLength: 1,
      maxLength: 30,
    }),
    fc.boolean(),
  )
  .map(([width, lengths, isFirstSet]) => {
    const sum = lengths.reduce((all, length) => all + length, 0)
    const height = Math.ceil(sum / width)
    const data = new Uint8Array(width * height)
    let at = 0
    for (const [i, length] of lengths.entries()) {
      data.fill(Number((i % 2 === 0) === isFirstSet), at, at + length)
      at += length
    }
    const runs = runsOf({ width, height, data }).layers[0]?.runs ?? [width * height]
    return { width, height, data, runs }
  })

describe('brush masks', () => {
  it('are the bytes of the reference, and come back', () => {
    fc.assert(
      fc.property(masks, ({ width, height, data, runs }) => {
        const bytes = encodeBrush(runs)
        expect([...bytes]).toEqual(referenceEncode([...data].map((value) => 255 * value)))
        expect(decodeBrush([...bytes], width, height)).toEqual(runs)
      }),
      parameters,
    )
  })

  it('are graded within half a step', () => {
    const maps = fc.uint8Array({ minLength: 1, maxLength: 400 })
    fc.assert(
      fc.property(maps, (data) => {
        const bytes = [...encodeGraded({ width: data.length, height: 1, data })]
        const decoded = referenceDecode(bytes)
        expect(referenceEncode(decoded)).toEqual(bytes)
        expect(decoded.every((level, i) => Math.abs(level - (data[i] ?? 0)) <= 8.5)).toBe(true)
      }),
      parameters,
    )
  })

  it('of any bytes end in runs that fill the image or in one clear problem, at once', () => {
    const header = fc.constantFrom([0, 0, 0, 192, 57, 27, 254], [], [0, 0, 0, 192, 56, 0, 7])
    const bytes = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 120 })
    let read = 0
    const start = performance.now()
    fc.assert(
      fc.property(header, bytes, ([...head], tail) => {
        try {
          const runs = decodeBrush([...head, ...tail], 8, 6)
          expect(runs.reduce((sum, run) => sum + run, 0)).toBe(48)
          expect(runs.slice(1).every((run) => run > 0)).toBe(true)
          read++
        } catch (error) {
          if (!(error instanceof Problem)) throw error
          expect(error.kind).toBe('unreadable-input')
        }
      }),
      { seed: 2017, numRuns: 5000 },
    )
    expect(read).toBeGreaterThan(0)
    expect(performance.now() - start).toBeLessThan(20_000)
  })

  it('with one wrong bit are a problem or another mask of the same size', () => {
    fc.assert(
      fc.property(masks, fc.nat(1e6), ({ width, height, runs }, random) => {
        const bytes = encodeBrush(runs)
        const at = random % bytes.length
        bytes[at] = (bytes[at] ?? 0) ^ (1 << (random % 8))
        try {
          const sum = decodeBrush(bytes, width, height).reduce((all, run) => all + run, 0)
          expect(sum).toBe(width * height)
        } catch (error) {
          expect(error).toBeInstanceOf(Problem)
        }
      }),
      parameters,
    )
  })
})
