import { describe, expect, it } from '@jest/globals'
import { appearance, appearanceWidth } from '@suggestive/sidecar/domain/appearance'
import { draws } from '@suggestive/sidecar/domain/random'
import type { Picture } from '@suggestive/sidecar/domain/raster'

/** A picture with `value(x, y, c)` in every sample, 0..255. */
function picture(
  width: number,
  height: number,
  channels: 1 | 3,
  value: (x: number, y: number, c: number) => number,
): Picture {
  const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const pixel = Math.floor(i / channels)
    return value(pixel % width, Math.floor(pixel / width), i % channels)
  })
  return { width, height, channels, data }
}

const { below } = draws(1, 'speckle')
const speckle = (x: number, y: number, c: number) => below(256, (y * 64 + x) * 3 + c)

function expectClose(a: Float32Array, b: Float32Array, digits = 5): void {
  expect(a).toHaveLength(b.length)
  a.forEach((v, i) => {
    expect(v).toBeCloseTo(b[i] ?? Number.NaN, digits)
  })
}

describe('appearance', () => {
  it('of an even colour is that colour and nothing else', () => {
    const numbers = appearance(picture(20, 12, 3, (_x, _y, c) => [204, 102, 51][c] ?? 0))
    expect(numbers).toHaveLength(appearanceWidth)
    const expected = new Float32Array(22)
    expected[0] = (0.8 + 0.4 + 0.2) / 3
    expected[14] = (0.8 - 0.4) / 2
    expected[18] = (0.8 + 0.4 - 0.4) / 4
    for (let scale = 0; scale < 3; scale++) {
      expectClose(numbers.subarray(22 * scale, 22 * scale + 22), expected, 6)
    }
  })

  it('of a slope has its steepness as gradient, twice as much at half the size', () => {
    const numbers = appearance(picture(128, 128, 1, (x) => 2 * x))
    // The last column on either side repeats its neighbour: half the slope there.
    expect(numbers[2]).toBeCloseTo(((2 / 255) * 127) / 128, 6)
    expect(numbers[22 + 2]).toBeCloseTo(((4 / 255) * 63) / 64, 6)
    expect(numbers[44 + 2]).toBeCloseTo(((8 / 255) * 31) / 32, 6)
  })

  it('of a fine chequerboard answers at the first scale only, of a coarse one later', () => {
    const board = (cell: number) =>
      appearance(picture(64, 64, 1, (x, y) => (((x / cell) & 1) ^ ((y / cell) & 1) ? 255 : 0)))
    const dots = 4 + 8 // mean size of the response to the spot in both directions
    const [fine, coarse] = [board(1), board(2)]
    expect(fine[dots]).toBeGreaterThan(0.4)
    expect(fine[22 + dots]).toBeCloseTo(0, 6)
    expect(coarse[22 + dots]).toBeGreaterThan(0.4)
    expect(coarse[44 + dots]).toBeCloseTo(0, 6)
  })

  it.each([
    ['mirrored', (x: number, y: number) => [63 - x, y]],
    ['upside down', (x: number, y: number) => [x, 63 - y]],
    ['turned by 90 degrees', (x: number, y: number) => [y, 63 - x]],
  ] as const)('stays the same when the image is %s', (_, place) => {
    const moved = picture(64, 64, 3, (x, y, c) => {
      const [a = 0, b = 0] = place(x, y)
      return speckle(a, b, c)
    })
    expectClose(appearance(moved), appearance(picture(64, 64, 3, speckle)))
  })

  it('does not depend on how the same picture is stored', () => {
    const grey = picture(40, 30, 1, (x, y) => speckle(x, y, 0))
    const rgb = picture(40, 30, 3, (x, y) => speckle(x, y, 0))
    const deep = { ...grey, data: Uint16Array.from(grey.data, (v) => v * 257) }
    expectClose(appearance(rgb), appearance(grey))
    expectClose(appearance(deep), appearance(grey))
  })

  it('averages a large picture down to 256 pixels', () => {
    const large = picture(768, 600, 1, (x, y) =>
      speckle(Math.floor(x / 3) % 64, Math.floor(y / 3) % 64, 0),
    )
    const small = picture(256, 200, 1, (x, y) => speckle(x % 64, y % 64, 0))
    expectClose(appearance(large), appearance(small))
  })

  it.each([
    [1, 1],
    [1, 9],
    [16, 1],
    [3, 257],
  ])('is finite for %d x %d pixels', (width, height) => {
    const numbers = appearance(picture(width, height, 3, speckle))
    expect(numbers.every(Number.isFinite)).toBe(true)
  })

  it('tells colour, contrast and grain apart', () => {
    const plain = appearance(picture(64, 64, 3, speckle))
    const weaker = appearance(picture(64, 64, 3, (x, y, c) => 64 + speckle(x, y, c) / 2))
    const coarser = appearance(picture(64, 64, 3, (x, y, c) => speckle(x >> 2, y >> 2, c)))
    expect(weaker[1]).toBeLessThan(0.6 * (plain[1] ?? 0))
    expect(coarser[44 + 1]).toBeGreaterThan(2 * (plain[44 + 1] ?? 0))
  })
})
