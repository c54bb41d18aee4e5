import { describe, expect, it } from '@jest/globals'
import { decodeMask } from '@suggestive/plugin-cvat/codec/mask-decode'
import { encodeMask, encodeRuns } from '@suggestive/plugin-cvat/codec/mask-encode'
import { runsOf } from '@suggestive/shared/mask'
import { referenceDecode, referenceEncode } from '../support/cvat-mask.ts'
import { goldenJson } from '../support/golden.ts'
import { problemOf } from '../support/problems.ts'

interface Vector {
  readonly name: string
  readonly width: number
  readonly height: number
  readonly points: readonly number[]
}

interface Good extends Vector {
  readonly rows: readonly string[]
}

/** Made by CVAT's own Python client. */
const vectors = goldenJson<{ good: readonly Good[]; bad: readonly Vector[] }>(
  'cvat/mask_vectors.json',
)
const good = vectors.good.map((vector) => [vector.name, vector] as const)

const bitsOf = ({ rows }: Good) => Uint8Array.from(rows.join(''), Number)

describe('the vectors of the official client', () => {
  it('are all there', () => {
    expect([vectors.good.length, vectors.bad.length]).toEqual([15, 6])
  })

  it.each(good)('are what the reference makes: %s', (_, vector) => {
    const { width, height, points } = vector
    expect(referenceDecode(points, width, height)).toEqual(bitsOf(vector))
    const expected = vector.name === 'empty_mask' ? null : points
    expect(referenceEncode(bitsOf(vector), width, height)).toEqual(expected)
  })

  it.each(good)('are encoded from pixels and from runs: %s', (_, vector) => {
    const { width, height, points } = vector
    const data = bitsOf(vector)
    // The official client has numbers for an empty mask; it is not to be sent at all.
    const expected = vector.name === 'empty_mask' ? null : points
    expect(encodeMask(data, width, height)).toEqual(expected)
    const [layer] = runsOf({ width, height, data }).layers
    expect(encodeRuns(layer?.runs ?? [width * height], width)).toEqual(expected)
  })

  it.each(good)('are decoded: %s', (_, vector) => {
    const { width, height, points } = vector
    const [layer] = runsOf({ width, height, data: bitsOf(vector) }).layers
    expect(decodeMask(points, { width, height })).toEqual(layer?.runs ?? [width * height])
  })

  it.each([
    ['too_short', 'it has 3 numbers, but a run and the four of its box are the least'],
    [
      'overrun',
      'its runs sum to 201, but its box (left 2, top 1, right 5, bottom 3) has 12 pixels',
    ],
    ['underrun', 'its runs sum to 3, but its box (left 2, top 1, right 5, bottom 3) has 12 pixels'],
    ['box_outside', 'bottom 32) lies outside the image of 32 x 24 pixels'],
    ['non_integer', 'number 1 is 0.5, which is not whole'],
    ['box_inverted', 'its box (left 5, top 3, right 2, bottom 1) ends before it begins'],
  ])('are refused in words: %s', async (name, reason) => {
    const vector = vectors.bad.find((one) => one.name === name)
    if (vector === undefined) throw new Error(name)
    const sentence = await problemOf('unreadable-input', () => decodeMask(vector.points, vector))
    expect(sentence).toContain(reason)
    expect(sentence).toContain('Open the job in CVAT')
  })
})

describe('masks', () => {
  const size = { width: 32, height: 24 }

  it('pitfall 10: begin with zeros, and their box is inclusive', () => {
    const bits = new Uint8Array(32 * 24)
    bits.fill(1, 5 * 32 + 7, 5 * 32 + 9)
    expect(encodeMask(bits, 32, 24)).toEqual([0, 2, 7, 5, 8, 5])
    bits[6 * 32 + 8] = 1
    expect(encodeMask(bits, 32, 24)).toEqual([0, 2, 1, 1, 7, 5, 8, 6])
  })

  it('pitfall 11: may come with floats that are whole', () => {
    const points: unknown = JSON.parse('[1.0, 2.0, 1.0, 4.0, 1.0, 2.0, 1.0, 2.0, 1.0, 5.0, 3.0]')
    if (!Array.isArray(points)) throw new Error('points')
    expect(encodeRuns(decodeMask(points, size), 32)).toEqual(points)
  })

  it('with runs of 0 in the middle are read', () => {
    expect(decodeMask([0, 2, 0, 2, 0, 0, 3, 0], size)).toEqual([0, 4, 32 * 24 - 4])
  })

  it.each([
    ['a negative run', [-1, 13, 2, 1, 5, 3], 'number 1 is -1, which is negative'],
    ['a negative corner', [0, 12, -1, 1, 5, 3], 'number 3 is -1, which is negative'],
    ['no number', [0, Number.NaN, 2, 1, 5, 3], 'number 2 is NaN, which is not whole'],
    ['a box one pixel too wide', [0, 1, 32, 0, 32, 0], 'outside the image of 32 x 24'],
    ['a box one pixel too high', [0, 1, 0, 24, 0, 24], 'outside the image of 32 x 24'],
    ['a huge run', [0, 1e300, 2, 1, 5, 3], 'which is not whole'],
    ['no run', [2, 1, 5, 3], 'it has 4 numbers'],
    ['nothing', [], 'it has 0 numbers'],
  ])('with %s are refused', async (_, points, reason) => {
    expect(await problemOf('unreadable-input', () => decodeMask(points, size))).toContain(reason)
  })
})
