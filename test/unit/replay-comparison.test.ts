/** Claims need an interval, enough seeds and the right direction. */
import { describe, expect, it } from '@jest/globals'
import {
  type BySeed,
  compare,
  estimate,
  fewestSeeds,
} from '@suggestive/sidecar/app/replay/comparison'
import { conclusionsOf, end, percent, signed } from '@suggestive/sidecar/app/replay/conclusions'
import type { StrategyName } from '@suggestive/sidecar/domain/strategies'

function values(lists: Partial<Record<StrategyName, readonly number[]>>): BySeed {
  return new Map(
    Object.entries(lists).map(([name, list]) => {
      const strategy = name as StrategyName
      return [strategy, new Map(list.map((value, i) => [i + 1, value]))]
    }),
  )
}

const random = [0.5, 0.6, 0.4, 0.55, 0.45]
const plus = (list: readonly number[], ...more: number[]) => list.map((v, i) => v + (more[i] ?? 0))
const subject = { name: 'Dice', place: 'at 10 %', decimals: 2 }

describe('compare', () => {
  it('pairs by seed: a small steady gain is shown although the seeds differ far more', () => {
    const suggestive = plus(random, 0.02, 0.03, 0.01, 0.02, 0.03)
    const [found] = compare(values({ suggestive, random }), 'x')
    expect(found?.difference.verdict).toBe('better')
    expect(found?.difference.mean).toBeCloseTo(0.022, 12)
    expect(found?.difference.low).toBeGreaterThan(0)
  })

  it('shows nothing when the interval holds 0', () => {
    const suggestive = plus(random, 0.1, -0.1, 0.1, -0.05, 0.05)
    const found = compare(values({ suggestive, random }), 'x')
    expect(found[0]?.difference.verdict).toBe('no difference shown')
    expect(conclusionsOf([[subject, found]])).toEqual([
      'No difference between the strategies is shown (n = 5).',
    ])
  })

  it('claims nothing from few seeds, however clear they look', () => {
    const few = random.slice(0, fewestSeeds - 1)
    const found = compare(values({ suggestive: plus(few, 1, 1, 1, 1), random: few }), 'x')
    expect(found[0]?.difference.verdict).toBe('no difference shown')
    expect(conclusionsOf([[subject, found]])).toEqual([
      'No difference between the strategies is shown (n = 4; a claim needs at least 5 seeds).',
    ])
  })

  it('knows where lower is better', () => {
    const suggestive = plus(random, 1, 1, 1, 1, 1.1)
    expect(compare(values({ suggestive, random }), 'x', true)[0]?.difference.verdict).toBe('worse')
  })

  it('measures everything against random and against the uncertainty query, each pair once', () => {
    const all = { suggestive: random, uncertainty: random, random, 'random-foreground': random }
    const pairs = (lists: typeof all | Partial<typeof all>) =>
      compare(values(lists), 'x').map(({ strategy, against }) => `${strategy}/${against}`)
    expect(pairs(all)).toEqual([
      'suggestive/random',
      'uncertainty/random',
      'random-foreground/random',
      'suggestive/uncertainty',
      'random-foreground/uncertainty',
    ])
    expect(pairs({ suggestive: random, uncertainty: random })).toEqual(['suggestive/uncertainty'])
    expect(pairs({ suggestive: random })).toEqual([])
  })

  it('puts a shown difference into words', () => {
    const suggestive = plus(random, 0.02, 0.03, 0.01, 0.02, 0.03)
    const found = compare(values({ suggestive, uncertainty: random, random }), 'x')
    const sentences = conclusionsOf([[subject, found]])
    expect(sentences[0]).toMatch(
      /^Dice at 10 %: suggestive is better than random \(\+0\.02, 95 % interval \+0\.02 to \+0\.03, n = 5\)\.$/,
    )
    expect(sentences.at(-1)).toBe('No other difference between the strategies is shown (n = 5).')
  })
})

describe('numbers', () => {
  it('have no interval when there is one seed', () => {
    expect(estimate([0.5], 'x')).toEqual({ mean: 0.5, low: null, high: null, n: 1 })
  })

  it('are written with their sign', () => {
    expect([signed(0.1234, 2), signed(-0.1234, 2), signed(-0.001, 2)]).toEqual([
      '+0.12',
      '−0.12',
      '0.00',
    ])
    expect([end(-0.0004, 3), end(0.0004, 3), end(0, 3), end(0.12, 1)]).toEqual([
      '−0.0004',
      '+0.0004',
      '0.000',
      '+0.1',
    ])
    expect([percent(0.1), percent(0.125), percent(1)]).toEqual(['10 %', '12.5 %', '100 %'])
  })
})
