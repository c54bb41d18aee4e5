import { describe, expect, it } from '@jest/globals'
import { greyValues, otsuScore, otsuThreshold } from '@suggestive/sidecar/domain/otsu'
import { golden, maskOf } from '../support/metrics.ts'

describe("Otsu's threshold", () => {
  it.each(golden.otsu)('equals scikit-image: $name', ({ width, height, channels, ...rest }) => {
    const data = rest.bits === 8 ? Uint8Array.from(rest.data) : Uint16Array.from(rest.data)
    const score = otsuScore(
      { width, height, channels, data },
      maskOf({ width, height }, rest.truth),
    )
    expect(score.threshold).toBe(rest.threshold)
    expect(score.bright).toBeCloseTo(rest.bright, 9)
    expect(score.dark).toBeCloseTo(rest.dark, 9)
    expect(score.dice).toBe(Math.max(score.bright, score.dark))
  })

  it('maximises the variance between the two sides', () => {
    const grey = Uint16Array.from({ length: 200 }, (_, i) => (i * i * 7919) % 251)
    const between = (threshold: number) => {
      const sides = [grey.filter((v) => v <= threshold), grey.filter((v) => v > threshold)]
      const [a = 0, b = 0] = sides.map((side) => side.reduce((s, v) => s + v, 0) / side.length)
      const [n = 0, m = 0] = sides.map((side) => side.length)
      return n * m * (a - b) ** 2
    }
    const best = between(otsuThreshold(grey))
    for (let t = 0; t < 250; t++) expect(best).toBeGreaterThanOrEqual(between(t) || 0)
  })

  it('takes the lowest of equally good thresholds', () => {
    expect(otsuThreshold(Uint16Array.of(40, 50, 60))).toBe(40)
  })

  it('takes the luma of colours', () => {
    const data = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255)
    expect([...greyValues({ width: 4, height: 1, channels: 3, data })]).toEqual([76, 150, 29, 255])
  })

  it('refuses a mask of another size', () => {
    const picture = { width: 2, height: 1, channels: 1, data: Uint8Array.of(1, 2) } as const
    const mask = { width: 1, height: 1, data: Uint8Array.of(1) }
    expect(() => otsuScore(picture, mask)).toThrow('same size')
  })
})
