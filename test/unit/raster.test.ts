import { describe, expect, it } from '@jest/globals'
import { enlargeMap, enlargeMask } from '@suggestive/sidecar/domain/enlarge'
import {
  cropMask,
  cropPicture,
  type Picture,
  reflectedIndices,
  roundUp,
} from '@suggestive/sidecar/domain/raster'
import { shrinkMask, shrinkPicture } from '@suggestive/sidecar/domain/shrink'
import { goldenJson } from '../support/golden.ts'

interface Golden {
  readonly rgb: number[]
  readonly deep: number[]
  readonly mask: { readonly width: number; readonly height: number; readonly data: number[] }
  readonly shrink: Record<2 | 4 | 8, { rgb: number[]; deep: number[]; mask: number[] }>
  readonly reflect: number[]
  readonly map: number[]
  readonly enlarge: Record<2 | 4 | 8, number[]>
}
const golden = goldenJson<Golden>('raster.json')
const rgb: Picture = { width: 19, height: 13, channels: 3, data: Uint8Array.from(golden.rgb) }
const deep: Picture = { width: 9, height: 11, channels: 1, data: Uint16Array.from(golden.deep) }
const mask = { ...golden.mask, data: Uint8Array.from(golden.mask.data) }

describe('reflection beyond the border', () => {
  it('equals numpy.pad(mode="reflect"), also when more is asked for than there is', () => {
    const region = { x: -40, y: -3, width: 40 + 19 + 25, height: 3 + 13 + 2 }
    const padded = cropPicture(rgb, region)
    expect([padded.width, padded.height, padded.channels]).toEqual([84, 18, 3])
    expect([...padded.data]).toEqual(golden.reflect)
  })

  it('keeps 16 bits and crops inside as it is', () => {
    const crop = cropPicture(deep, { x: 2, y: 3, width: 2, height: 1 })
    expect(crop.data).toEqual(Uint16Array.from(golden.deep.slice(3 * 9 + 2, 3 * 9 + 4)))
  })

  it('treats masks like pictures and lines of one pixel as constant', () => {
    const line = { width: 3, height: 1, data: Uint8Array.of(5, 6, 7) }
    const crop = cropMask(line, { x: -2, y: -1, width: 7, height: 2 })
    expect([...crop.data]).toEqual([7, 6, 5, 6, 7, 6, 5, 7, 6, 5, 6, 7, 6, 5])
    expect([...reflectedIndices(-3, 7, 1)]).toEqual([0, 0, 0, 0, 0, 0, 0])
  })

  it('rounds sizes up to the network’s grid', () => {
    expect([1, 16, 32, 33, 100].map((size) => roundUp(size, 32))).toEqual([32, 32, 32, 64, 128])
  })
})

describe.each([2, 4, 8] as const)('working scale 1/%i', (factor) => {
  it('averages boxes like numpy, incomplete ones over what they have', () => {
    const small = shrinkPicture(rgb, factor)
    expect([small.width, small.height]).toEqual([Math.ceil(19 / factor), Math.ceil(13 / factor)])
    expect([...small.data]).toEqual(golden.shrink[factor].rgb)
    const smallDeep = shrinkPicture(deep, factor)
    expect(smallDeep.data).toEqual(Uint16Array.from(golden.shrink[factor].deep))
  })

  it('gives a box of a mask to its largest class when half of it is foreground', () => {
    expect([...shrinkMask(mask, factor).data]).toEqual(golden.shrink[factor].mask)
  })

  it('enlarges maps bilinearly like Pillow, with pixel centres in place', () => {
    const map = { width: 7, height: 5, data: Float32Array.from(golden.map) }
    const out = {
      width: 7 * factor,
      height: 5 * factor,
      data: new Float32Array(35 * factor * factor),
    }
    enlargeMap(map, factor, out)
    const errors = golden.enlarge[factor].map((value, i) => Math.abs(value - (out.data[i] ?? NaN)))
    expect(errors).toHaveLength(out.data.length)
    expect(Math.max(...errors)).toBeLessThan(2e-6)
  })

  it('rounds 16-bit maps to the nearest and cuts what lies beyond the image', () => {
    const values = golden.map.map((value) => Math.round(value * 65535))
    const map = { width: 7, height: 5, data: Uint16Array.from(values) }
    const [width, height] = [7 * factor - 1, 5 * factor - (factor - 1)]
    const out = { width, height, data: new Uint16Array(width * height) }
    enlargeMap(map, factor, out)
    const worst = [...out.data].reduce((most, value, i) => {
      const [x, y] = [i % width, Math.floor(i / width)]
      const expected = golden.enlarge[factor][y * 7 * factor + x] ?? Number.NaN
      return Math.max(most, Math.abs(value - expected * 65535))
    }, 0)
    // Half a step for the rounding of the source, half a step for ours.
    expect(worst).toBeLessThan(1.01)
  })

  it('enlarges masks without new values, and shrinking them gives the mask back', () => {
    const [width, height] = [mask.width * factor - 1, mask.height * factor - 1]
    const large = enlargeMask(mask, factor, width, height)
    const ofPixel = (x: number, y: number) =>
      mask.data[Math.floor(y / factor) * mask.width + Math.floor(x / factor)] ?? 0
    const expected = Array.from(large.data, (_, i) => ofPixel(i % width, Math.floor(i / width)))
    expect(Buffer.from(large.data).equals(Buffer.from(expected))).toBe(true)
    expect(shrinkMask(large, factor)).toEqual(mask)
  })
})

describe('shrinking masks at the border of the rule', () => {
  const box = (...data: number[]) => [
    ...shrinkMask({ width: 2, height: 2, data: Uint8Array.from(data) }, 2).data,
  ]
  it('counts exactly half as foreground, less as background, all classes together', () => {
    expect(box(0, 0, 3, 3)).toEqual([3])
    expect(box(0, 0, 0, 3)).toEqual([0])
    expect(box(0, 0, 5, 3)).toEqual([3])
    expect(box(5, 3, 3, 5)).toEqual([3])
    expect(box(5, 3, 5, 0)).toEqual([5])
  })

  it('returns the input itself at scale 1', () => {
    expect(shrinkMask(mask, 1)).toBe(mask)
    expect(shrinkPicture(rgb, 1)).toBe(rgb)
  })
})
