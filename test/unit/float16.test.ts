import { describe, expect, it } from '@jest/globals'
import { decodeHalves, encodeHalves, toHalf } from '@suggestive/sidecar/domain/float16'
import { draws } from '@suggestive/sidecar/domain/random'

const back = (half: number) => {
  const out = new Float32Array(1)
  decodeHalves(Uint16Array.of(half), out, 0)
  return out[0] ?? Number.NaN
}

describe('half precision', () => {
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.333251953125, 0x3555],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -24, 0x0002],
    [2.5 * 2 ** -24, 0x0002],
    [1023.5 * 2 ** -24, 0x0400],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
  ])('of %d is %d', (value, half) => {
    expect(toHalf(value)).toBe(half)
  })

  it('keeps what is not a number', () => {
    expect(back(toHalf(Number.NaN))).toBeNaN()
  })

  it('is the same after a way there and back, for every half', () => {
    const changed: number[] = []
    for (let half = 0; half < 65536; half++) {
      const value = back(half)
      if (!Number.isNaN(value) && toHalf(value) !== half) changed.push(half)
    }
    expect(changed).toEqual([])
  })

  it('is the nearest one of any number', () => {
    const random = draws(1, 'halves')
    const nearer: number[] = []
    for (let i = 0; i < 5000; i++) {
      const value = Math.fround(
        (random.uniform(2 * i) - 0.5) * 2 ** (30 * random.uniform(2 * i + 1) - 15),
      )
      const half = toHalf(value)
      const error = Math.abs(back(half) - value)
      for (const other of [half - 1, half + 1]) {
        const there = back(other)
        if (Number.isFinite(there) && Math.abs(there - value) < error) nearer.push(value)
      }
    }
    expect(nearer).toEqual([])
  })

  it('is written and read at a place', () => {
    const halves = new Uint16Array(5)
    encodeHalves(Float32Array.of(1, -2), halves, 2)
    expect([...halves]).toEqual([0, 0, 0x3c00, 0xc000, 0])
    const values = new Float32Array(4)
    decodeHalves(halves.subarray(2, 4), values, 1)
    expect([...values]).toEqual([0, 1, -2, 0])
  })
})
