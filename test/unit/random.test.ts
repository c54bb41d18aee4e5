import { describe, expect, it } from '@jest/globals'
import { draws, philox } from '@suggestive/sidecar/domain/random'

// Random123, tests/kat_vectors, lines "philox4x32 10": counter, key, result.
const knownAnswers = [
  '00000000 00000000 00000000 00000000 00000000 00000000 6627e8d5 e169c58d bc57ac4c 9b00dbd8',
  'ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff 408f276d 41c83b0e a20bc7c6 6d5451fd',
  '243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0 d16cfe09 94fdcceb 5001e420 24126ea1',
]

describe('philox', () => {
  it.each(knownAnswers)('gives the published answer: %s', (line) => {
    const words = line.split(' ').map((word) => Number.parseInt(word, 16))
    const [a = 0, b = 0, c = 0, d = 0, k = 0, l = 0, ...answer] = words
    expect(philox([a, b, c, d], [k, l])).toEqual(answer)
  })
})

describe('draws', () => {
  it('depends on position, not on the order of the questions', () => {
    const forward = draws(7, 'crop', 3)
    const backward = draws(7, 'crop', 3)
    const positions = Array.from({ length: 50 }, (_, i) => i)
    const asked = positions.map((i) => forward.uniform(i))
    const reversed = positions.toReversed().map((i) => backward.uniform(i))
    expect(reversed.toReversed()).toEqual(asked)
  })

  it('differs by seed, by the words of the path and by their kind', () => {
    const firsts = [
      draws(1, 'crop', 1),
      draws(2, 'crop', 1),
      draws(2 ** 32 + 1, 'crop', 1),
      draws(1, 'crop', 2),
      draws(1, 'flip', 1),
      draws(1, 'crop', '1'),
      draws(1, 'crop'),
      draws(1, 1, 'crop'),
    ].map((stream) => stream.integer(0))
    expect(new Set(firsts).size).toBe(firsts.length)
  })

  it('is uniform: mean, variance and correlation of neighbours', () => {
    const n = 40000
    const { uniform } = draws(11, 'uniform')
    const values = Array.from({ length: n }, (_, i) => uniform(i) - 0.5)
    const mean = values.reduce((sum, v) => sum + v, 0) / n
    const variance = values.reduce((sum, v) => sum + v * v, 0) / n
    const lagged = values.reduce((sum, v, i) => sum + v * (values[i + 1] ?? 0), 0) / n
    // Five standard errors.
    expect(Math.abs(mean)).toBeLessThan((5 * Math.sqrt(1 / 12)) / Math.sqrt(n))
    expect(Math.abs(variance - 1 / 12)).toBeLessThan((5 * Math.sqrt(1 / 180)) / Math.sqrt(n))
    expect(Math.abs(lagged)).toBeLessThan(5 / 12 / Math.sqrt(n))
  })

  it('is normal: mean 0, variance 1, 68 % within one', () => {
    const n = 20000
    const { normal } = draws(12, 'normal')
    const values = Array.from({ length: n }, (_, i) => normal(i))
    const mean = values.reduce((sum, v) => sum + v, 0) / n
    const variance = values.reduce((sum, v) => sum + v * v, 0) / n
    const within = values.filter((v) => Math.abs(v) < 1).length / n
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(n))
    expect(Math.abs(variance - 1)).toBeLessThan((5 * Math.SQRT2) / Math.sqrt(n))
    expect(Math.abs(within - 0.6827)).toBeLessThan(0.017)
  })

  it('draws every number below n about equally often', () => {
    const counts = new Array<number>(7).fill(0)
    const { below } = draws(13, 'below')
    for (let i = 0; i < 14000; i++) {
      const value = below(7, i)
      counts[value] = (counts[value] ?? 0) + 1
    }
    expect(counts).toHaveLength(7)
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(5 * Math.sqrt(2000))
  })

  it('permutes: each number once, each place equally likely', () => {
    expect([...draws(1, 'p').permutation(0)]).toEqual([])
    const order = [...draws(1, 'p').permutation(100)]
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i))
    const places = new Array<number>(5).fill(0)
    for (let seed = 0; seed < 5000; seed++) {
      const place = draws(seed, 'p').permutation(5).indexOf(0)
      places[place] = (places[place] ?? 0) + 1
    }
    for (const count of places) expect(Math.abs(count - 1000)).toBeLessThan(5 * Math.sqrt(800))
  })
})
