import { describe, expect, it } from '@jest/globals'
import { collectStatistics, normaliseInto } from '@suggestive/sidecar/domain/normalisation'
import type { Picture } from '@suggestive/sidecar/domain/raster'
import { goldenJson } from '../support/golden.ts'

interface Statistics {
  readonly low: number
  readonly high: number
  readonly mean: number[]
  readonly deviation: number[]
}
const golden = goldenJson<{
  rgb: number[]
  grey: number[]
  wide: number[]
  statistics8: Statistics
  statistics16: Statistics
}>('raster.json')
const rgb: Picture = { width: 19, height: 13, channels: 3, data: Uint8Array.from(golden.rgb) }
const grey: Picture = { width: 8, height: 8, channels: 1, data: Uint8Array.from(golden.grey) }
const wide: Picture = { width: 20, height: 30, channels: 1, data: Uint16Array.from(golden.wide) }

const statisticsOf = (...pictures: Picture[]) => {
  const statistics = collectStatistics()
  for (const picture of pictures) statistics.add(picture)
  return statistics.finish()
}
const whole = (picture: Picture) => ({ x: 0, y: 0, width: picture.width, height: picture.height })
const numbers = (picture: Picture, format: ReturnType<typeof statisticsOf>) => {
  const out = new Float32Array(picture.width * picture.height * format.channels)
  normaliseInto(picture, whole(picture), format, out)
  return out
}
const expectClose = (actual: readonly number[], expected: readonly number[]) => {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, i) => {
    expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 9)
  })
}

describe('statistics of a set', () => {
  it.each([
    ['8-bit', [grey, rgb], golden.statistics8],
    ['16-bit, one picture is enough', [rgb, grey, wide], golden.statistics16],
  ] as const)('equal numpy’s: %s', (_, pictures, expected) => {
    const { channels, normalisation, warnings } = statisticsOf(...pictures)
    expect(channels).toBe(3)
    expect([normalisation.low, normalisation.high]).toEqual([expected.low, expected.high])
    expectClose(normalisation.mean, expected.mean)
    expectClose(normalisation.deviation, expected.deviation)
    expect(warnings).toEqual([])
  })

  it('cut exactly a thousandth of the samples at both ends of a 16-bit set', () => {
    const data = new Uint16Array(1000).fill(1000)
    data.set([2000, 5, 3000])
    const { low, high } = statisticsOf({ width: 40, height: 25, channels: 1, data }).normalisation
    expect([low, high]).toEqual([5, 2000])
  })

  it('stay grey for grey pictures', () => {
    const { channels, normalisation } = statisticsOf(grey)
    expect([channels, normalisation.mean.length]).toEqual([1, 1])
  })

  it('have a floor and a warning for constant pictures, 8 and 16 bit', () => {
    for (const data of [new Uint8Array(16).fill(7), new Uint16Array(16).fill(700)]) {
      const constant: Picture = { width: 4, height: 4, channels: 1, data }
      const format = statisticsOf(constant)
      expect(format.normalisation.deviation).toEqual([1e-3])
      expect(format.warnings.join()).toContain('practically constant')
      expect(numbers(constant, format).every((value) => Math.abs(value) < 1e-3)).toBe(true)
    }
  })
})

describe('normalised pictures', () => {
  it('have zero mean and unit variance over the set', () => {
    for (const picture of [rgb, wide]) {
      const format = statisticsOf(picture)
      const values = numbers(picture, format)
      const n = picture.width * picture.height
      for (let c = 0; c < format.channels; c++) {
        const channel = [...values].filter((_, i) => i % format.channels === c)
        const mean = channel.reduce((a, b) => a + b, 0) / n
        expect(mean).toBeCloseTo(0, 5)
        expect(channel.reduce((a, b) => a + (b - mean) ** 2, 0) / n).toBeCloseTo(1, 4)
      }
    }
  })

  it('repeat grey for a model of RGB and turn RGB into luma for a model of grey', () => {
    const colours = statisticsOf(rgb)
    const repeated = numbers(grey, colours)
    const asRgb: Picture = {
      ...grey,
      channels: 3,
      data: Uint8Array.from(golden.grey.flatMap((v) => [v, v, v])),
    }
    expect(repeated).toEqual(numbers(asRgb, colours))

    const format = statisticsOf(grey)
    const { mean, deviation } = format.normalisation
    const [r = 0, g = 0, b = 0] = golden.rgb
    const luma = Math.sqrt((0.299 * r + 0.587 * g + 0.114 * b) / 255)
    expect(numbers(rgb, format)[0]).toBeCloseTo((luma - (mean[0] ?? 0)) / (deviation[0] ?? 1), 4)
  })

  it('mean the same in 8 and in 16 bits', () => {
    const deep: Picture = { ...grey, data: Uint16Array.from(golden.grey, (v) => v * 257) }
    const ofBytes = statisticsOf(grey)
    const ofWords = statisticsOf(wide, deep)
    const same = (a: Float32Array, b: Float32Array) =>
      expect(Math.max(...a.map((value, i) => Math.abs(value - (b[i] ?? NaN))))).toBeLessThan(1e-4)
    same(numbers(grey, ofBytes), numbers(deep, ofBytes))
    same(numbers(grey, ofWords), numbers(deep, ofWords))
  })

  it('tell a dark 16-bit set from an 8-bit set', () => {
    const data = Uint16Array.from({ length: 4096 }, (_, i) => (i * 7) % 256)
    const dark: Picture = { width: 64, height: 64, channels: 1, data }
    const { low, high } = statisticsOf(dark).normalisation
    expect([low, high]).toEqual([0, 256])
  })

  it('fill a part of a batch, reflected beyond the border', () => {
    const format = statisticsOf(rgb)
    const all = numbers(rgb, format)
    const out = new Float32Array(3 + 2 * 3 * 3 + 1)
    normaliseInto(rgb, { x: -1, y: 12, width: 3, height: 2 }, format, out, 3)
    const at = (x: number, y: number) => [...all.slice((y * 19 + x) * 3, (y * 19 + x) * 3 + 3)]
    const rows = [at(1, 12), at(0, 12), at(1, 12), at(1, 11), at(0, 11), at(1, 11)]
    expect([...out]).toEqual([0, 0, 0, ...rows.flat(), 0])
  })
})
