import { describe, expect, it } from '@jest/globals'
import { curveArea, meanInterval, pairedInterval } from '@suggestive/sidecar/domain/interval'
import { draws } from '@suggestive/sidecar/domain/random'
import { golden } from '../support/metrics.ts'

describe('bootstrap interval', () => {
  it.each(golden.intervals)('agrees with scipy: $values.length values', (expected) => {
    const { values, low, high, deviation } = expected
    const interval = meanInterval(values, draws(3, 'test'), 20_000)
    expect(interval.mean).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 12)
    // Two samplings of 20,000 and 200,000 differ by about 0.02 standard deviations of the mean.
    expect(Math.abs(interval.low - low)).toBeLessThan(0.08 * deviation)
    expect(Math.abs(interval.high - high)).toBeLessThan(0.08 * deviation)
  })

  it('contains the true mean about as often as it says', () => {
    let hits = 0
    for (let run = 0; run < 200; run++) {
      const source = draws(run, 'values')
      const values = Array.from({ length: 20 }, (_, i) => source.normal(i))
      const { low, high } = meanInterval(values, draws(run, 'interval'), 200)
      if (low <= 0 && high >= 0) hits++
    }
    // The percentile method is known to be a little short for 20 values: about 0.92 to 0.93.
    expect(hits / 200).toBeGreaterThan(0.88)
    expect(hits / 200).toBeLessThan(0.98)
  })

  it('is the same for the same stream and has no width for one value', () => {
    const values = [0.1, 0.5, 0.3, 0.9]
    const once = meanInterval(values, draws(1, 'a'))
    expect(meanInterval(values, draws(1, 'a'))).toEqual(once)
    expect(meanInterval(values, draws(2, 'a'), 50)).not.toEqual(
      meanInterval(values, draws(1, 'a'), 50),
    )
    expect(meanInterval([0.4], draws(1, 'a'))).toEqual({ mean: 0.4, low: 0.4, high: 0.4 })
  })

  it('refuses no values and values that are not finite', () => {
    expect(() => meanInterval([], draws(1, 'a'))).toThrow('mean of no values')
    expect(() => meanInterval([1, Number.NaN], draws(1, 'a'))).toThrow('include NaN')
  })
})

describe('paired interval', () => {
  const seeds = [1, 2, 3, 4, 5, 6, 7, 8]
  const noise = draws(9, 'noise')
  // Seeds differ by far more than the strategies do.
  const base = seeds.map((seed) => noise.uniform(seed))
  const random = new Map(seeds.map((seed, i) => [seed, base[i] ?? 0]))
  const better = new Map(
    seeds.map((seed, i) => [seed, (base[i] ?? 0) + 0.02 + 0.005 * noise.normal(seed)]),
  )

  it('sees a small difference that single intervals hide', () => {
    const single = meanInterval([...random.values()], draws(1, 'a'))
    expect(single.high - single.low).toBeGreaterThan(0.2)
    const paired = pairedInterval(better, random, draws(1, 'a'))
    expect(paired.low).toBeGreaterThan(0.01)
    expect(paired.high).toBeLessThan(0.03)
  })

  it('pairs by seed, not by the order in which runs finished', () => {
    const late = new Map([...better].reverse())
    expect(pairedInterval(late, random, draws(1, 'a'))).toEqual(
      pairedInterval(better, random, draws(1, 'a')),
    )
  })

  it('refuses runs of different seeds', () => {
    const fewer = new Map([...random].slice(1))
    expect(() => pairedInterval(random, fewer, draws(1, 'a'))).toThrow('Seed 1 was run with only')
    expect(() => pairedInterval(fewer, random, draws(1, 'a'))).toThrow('Seed 1 was run with only')
  })
})

describe('area under a curve', () => {
  it.each(golden.curves)('equals numpy: $x.length points', ({ x, y, area }) => {
    expect(curveArea(x, y)).toBeCloseTo(area, 12)
  })

  it('refuses what is not a curve', () => {
    expect(() => curveArea([], [])).toThrow('has no area')
    expect(() => curveArea([1, 2], [1])).toThrow('has no area')
    expect(() => curveArea([1, 1], [1, 2])).toThrow('must ascend')
    expect(() => curveArea([1, Number.NaN], [1, 2])).toThrow('must ascend')
  })
})
