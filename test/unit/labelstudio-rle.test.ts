import { describe, expect, it } from '@jest/globals'
import { encodeGraded } from '@suggestive/plugin-labelstudio/codec/graded'
import { decodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-decode'
import { encodeBrush, packRuns } from '@suggestive/plugin-labelstudio/codec/rle-encode'
import { runsOf } from '@suggestive/shared/mask'
import { goldenJson } from '../support/golden.ts'
import { problemOf } from '../support/problems.ts'
import { referenceDecode, referenceEncode } from '../support/rle-reference.ts'

interface Vector {
  readonly width: number
  readonly height: number
  readonly alpha: readonly number[] | null
  readonly rle: readonly number[]
}

const { cases } = goldenJson<{ cases: Record<string, Vector> }>('label-studio/rle.json')
const vectors = Object.entries(cases)
const hard = vectors.filter(([name]) => !name.startsWith('soft'))

const bits = (value: number, count: number) => value.toString(2).padStart(count, '0')

/** Canonical runs of the pixels above 127. */
function runsOfAlpha(alpha: readonly number[], width: number, height: number): readonly number[] {
  const data = Uint8Array.from(alpha, (value) => Number(value > 127))
  return runsOf({ width, height, data }).layers[0]?.runs ?? [width * height]
}

describe('the golden vectors of the editor', () => {
  it('has vectors with and without their pixels', () => {
    expect(vectors.length).toBe(7)
    expect(hard.length).toBe(6)
  })

  it.each(vectors)('are understood by the reference: %s', (_, { alpha, rle }) => {
    const decoded = referenceDecode(rle)
    if (alpha !== null) expect(decoded).toEqual(alpha)
    expect(referenceEncode(decoded)).toEqual(rle)
  })

  it.each(vectors)('are decoded: %s', (_, { width, height, rle }) => {
    const expected = runsOfAlpha(referenceDecode(rle), width, height)
    expect(decodeBrush(rle, width, height)).toEqual(expected)
    expect(decodeBrush(Uint8Array.from(rle), width, height)).toEqual(expected)
  })

  it.each(hard)('are encoded byte for byte: %s', (_, { width, height, rle }) => {
    expect([...encodeBrush(runsOfAlpha(referenceDecode(rle), width, height))]).toEqual(rle)
  })

  it('has the graded one byte for byte', () => {
    const vector = cases['soft_ramp_16x4']
    const map = { width: 16, height: 4, data: Uint8Array.from(vector?.alpha ?? []) }
    expect([...encodeGraded(map)]).toEqual(vector?.rle)
  })
})

describe('brush masks', () => {
  it('cut runs at 65,536 values, the rest with the smallest counter', () => {
    for (const pixels of [16_383, 16_384, 16_385, 16_388, 16_400, 32_768, 32_770]) {
      const alpha = Array.from({ length: pixels }, () => 255)
      expect([...encodeBrush([0, pixels])]).toEqual(referenceEncode(alpha))
      expect(decodeBrush(encodeBrush([0, pixels]), pixels, 1)).toEqual([0, pixels])
    }
  })

  it('are read at alpha above 127', () => {
    const bytes = packRuns([1, 1, 1, 1], (index) => [127, 128, 255, 0][index] ?? 0)
    expect(decodeBrush(bytes, 2, 2)).toEqual([1, 2, 1])
  })

  it('are read from single values and from runs that end within a pixel', () => {
    // Three single values 0, two of 255 as a run, three single values 0.
    const three = `0${bits(0, 2)}${bits(2, 3)}${bits(0, 24)}`
    const run = `1${bits(0, 2)}${bits(1, 3)}${bits(255, 8)}`
    const text = `${bits(8, 32)}${bits(7, 5)}0010001101111111${three}${run}${three}`
    const bytes = (text.padEnd(152, '0').match(/.{8}/g) ?? []).map((byte) =>
      Number.parseInt(byte, 2),
    )
    expect(referenceDecode(bytes)).toEqual([255, 0])
    expect(decodeBrush(bytes, 2, 1)).toEqual([0, 1, 1])
  })

  it('may have a byte of padding', () => {
    const { rle = [], width = 0, height = 0 } = cases['square_8x6'] ?? {}
    expect(decodeBrush([...rle, 0], width, height)).toEqual(decodeBrush(rle, width, height))
  })

  it.each([
    ['nothing', undefined, 'it is not a list of bytes'],
    ['text', 'AAAA', 'it is not a list of bytes'],
    ['an empty list', [], 'it is shorter than its header'],
    ['the recorded placeholder', [0, 0, 0, 1, 0], 'it is shorter than its header'],
    ['no byte', [0, 0, 0, 192, 57, 27, 256], 'entry 6 is 256 instead of a byte'],
    ['a fraction', [0, 0, 0, 1.5, 57, 27, 255], 'entry 3 is 1.5 instead of a byte'],
    ['null', [null, 0, 0, 1, 57, 27, 255], 'entry 0 is null instead of a byte'],
    ['another size', [0, 0, 0, 4, 57, 27, 255, 9], 'it holds 4 values, but 8 x 6 pixels have 192'],
    ['a huge size', [255, 255, 255, 255, 57, 27, 255, 9], 'it holds 4294967295 values'],
    ['other words', [0, 0, 0, 192, 129, 27, 255, 9], 'its values have 17 bits instead of 8'],
    ['a break', [0, 0, 0, 192, 57, 27, 254, 71, 0], 'it breaks off at x 2, y 2'],
    ['a break in single values', [0, 0, 0, 192, 57, 27, 248, 224, 0, 0], 'off at x 0, y 0'],
    ['too much', [0, 0, 0, 192, 57, 27, 254, 255, 0], 'a run at pixel 0 ends outside the image'],
  ])('say what is wrong with %s', async (_, rle, reason) => {
    const sentence = await problemOf('unreadable-input', () => decodeBrush(rle, 8, 6))
    expect(sentence).toContain(reason)
    expect(sentence).toContain('redraw the region')
  })
})

describe('graded masks', () => {
  it('keep the threshold of one half for every value of both types', () => {
    for (const data of [
      Uint8Array.from({ length: 256 }, (_, i) => i),
      Uint16Array.from({ length: 65_536 }, (_, i) => i),
    ]) {
      const decoded = referenceDecode([...encodeGraded({ width: data.length, height: 1, data })])
      expect(new Set(decoded)).toEqual(new Set(Array.from({ length: 16 }, (_, i) => 17 * i)))
      const half = data.length / 2
      expect(decoded.every((alpha, i) => alpha > 127 === i >= half)).toBe(true)
    }
  })
})
