/** Uncertainty against error and similar images, against a plain computation on sorted lists. */
import { describe, expect, it } from '@jest/globals'
import { tallyCalibration } from '@suggestive/sidecar/app/replay/calibration'
import { nearest, sameKindShare } from '@suggestive/sidecar/app/replay/neighbours'
import { draws } from '@suggestive/sidecar/domain/random'
import type { Prediction } from '@suggestive/sidecar/ports'

const random = draws(1, 'calibration')

/** A prediction with random maps of `classes` classes and a truth that agrees with it now and then. */
function example(pixels: number, classes: number, offset: number) {
  const u = (i: number) => random.uniform(offset + i)
  const raw = Array.from({ length: classes }, (_, c) =>
    Array.from({ length: pixels }, (_, i) => u(c * pixels + i)),
  )
  const total = (i: number) => raw.reduce((sum, map) => sum + (map[i] ?? 0), 0)
  const probability = raw
    .slice(1)
    .map((map) => Uint16Array.from(map, (value, i) => Math.round((65535 * value) / total(i))))
  const prediction: Prediction = {
    width: pixels,
    height: 1,
    probability,
    variance: Uint16Array.from({ length: pixels }, (_, i) => Math.floor(u(9e6 + i) ** 4 * 65535)),
    mask: { width: pixels, height: 1, data: new Uint8Array(pixels) },
    uncertainty: 0,
    foreground: 0,
    descriptor: Float32Array.of(1),
  }
  const truth = {
    width: pixels,
    height: 1,
    data: Uint8Array.from({ length: pixels }, (_, i) =>
      u(5e6 + i) < (prediction.variance[i] ?? 0) / 65535 ? 1 : 0,
    ),
  }
  return { prediction, truth }
}

function pearson(x: readonly number[], y: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length
  const [mx, my] = [mean(x), mean(y)]
  const sum = (f: (i: number) => number) => x.reduce((total, _, i) => total + f(i), 0)
  const dx = (i: number) => (x[i] ?? 0) - mx
  const dy = (i: number) => (y[i] ?? 0) - my
  return sum((i) => dx(i) * dy(i)) / Math.sqrt(sum((i) => dx(i) ** 2) * sum((i) => dy(i) ** 2))
}

describe('tallyCalibration', () => {
  it.each([2, 4])('is what sorting all pixels says (%i classes)', (classes) => {
    const images = [example(700, classes, 0), example(300, classes, 1e7)]
    const tally = tallyCalibration()
    for (const { prediction, truth } of images) tally.add(prediction, truth)
    const { variance, entropy } = tally.result()

    const pixels = images.flatMap(({ prediction, truth }) =>
      [...truth.data].map((label, i) => {
        const p = prediction.probability.map((map) => (map[i] ?? 0) / 65535)
        const all = [...p, 1 - p.reduce((a, b) => a + b, 0)]
        return {
          wrong: label === 0 ? 0 : 1,
          variance: prediction.variance[i] ?? 0,
          entropy: -all.reduce((sum, q) => sum + (q > 1e-9 ? q * Math.log(q) : 0), 0),
        }
      }),
    )
    for (const [name, curve] of [
      ['variance', variance],
      ['entropy', entropy],
    ] as const) {
      const sorted = [...pixels].sort((a, b) => a[name] - b[name])
      curve.errors.forEach((error, tenth) => {
        const part = sorted.slice(100 * tenth, 100 * (tenth + 1))
        // Values that are equal after rounding may fall on either side of a border.
        expect(
          Math.abs(error - part.reduce((sum, { wrong }) => sum + wrong, 0) / 100),
        ).toBeLessThan(0.011)
      })
      const correlation = pearson(
        pixels.map((pixel) => pixel[name]),
        pixels.map(({ wrong }) => wrong),
      )
      expect(curve.correlation).toBeCloseTo(correlation, 4)
    }
  })

  it('shares the errors of equally uncertain pixels evenly', () => {
    const { prediction, truth } = example(1000, 2, 0)
    const tally = tallyCalibration()
    tally.add({ ...prediction, variance: new Uint16Array(1000) }, truth)
    const { errors, correlation } = tally.result().variance
    const rate = truth.data.reduce((sum, label) => sum + label, 0) / 1000
    for (const error of errors) expect(error).toBeCloseTo(rate, 12)
    expect(correlation).toBe(0)
  })
})

describe('nearest', () => {
  const unit = (degrees: number) => {
    const radians = (degrees * Math.PI) / 180
    return Float32Array.of(Math.cos(radians), Math.sin(radians))
  }

  it('finds the smallest angles, never the image itself', () => {
    const found = nearest([unit(0), unit(10), unit(50), unit(90)], 2)
    expect(found.map(({ rows }) => rows)).toEqual([
      [1, 2],
      [0, 2],
      [1, 3],
      [2, 1],
    ])
    expect(found[0]?.similarities[0]).toBeCloseTo(Math.cos(Math.PI / 18), 6)
  })

  it('compares kinds with what chance would give', () => {
    const found = nearest([unit(0), unit(1), unit(80), unit(81)], 1)
    expect(sameKindShare(found, ['a', 'a', 'b', undefined])).toEqual({
      nearest: 2 / 3,
      chance: (1 / 3 + 1 / 3 + 0) / 3,
    })
    expect(sameKindShare(found, [undefined, undefined, undefined, undefined])).toBeNull()
  })
})
