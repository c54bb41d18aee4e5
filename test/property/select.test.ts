import { describe, expect, it } from '@jest/globals'
import { tableOf } from '@suggestive/sidecar/domain/descriptor-table'
import { createCoverage, greedy } from '@suggestive/sidecar/domain/facility-location'
import { draws } from '@suggestive/sidecar/domain/random'
import { lowerDigest } from '@suggestive/sidecar/domain/ranking'
import { suggest } from '@suggestive/sidecar/domain/select'
import { cosine, similarities, unit } from '@suggestive/sidecar/domain/similarity'
import fc from 'fast-check'
import { type RandomPool, randomPool, reordered } from '../support/pools.ts'

const parameters = { seed: 2017, numRuns: 60 }

const pools = (signed: fc.Arbitrary<boolean> = fc.constant(false)) =>
  fc
    .tuple(fc.nat(1e6), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 9 }), signed)
    .map(([seed, images, width, sign]) => randomPool(seed, images, width, sign))

const settings = fc
  .tuple(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 12 }))
  .map(([k, more]) => ({ k, candidates: k + more }))

const select = (pool: RandomPool, { k, candidates }: { k: number; candidates: number }) =>
  suggest({ uncertainty: pool.uncertainty, descriptors: pool.table, k, candidates })

const everySimilarity = async (pool: RandomPool) => {
  const rows = Uint32Array.from({ length: pool.images }, (_, i) => i)
  const request = { table: pool.table, measure: cosine, centres: [...rows], targets: rows }
  return (await similarities(request)).centres
}

/** F by its definition. */
function coverageOf(similar: readonly Int32Array[], chosen: readonly number[]): number {
  if (chosen.length === 0) return 0
  let sum = 0
  for (let x = 0; x < similar.length; x++) {
    sum += Math.max(...chosen.map((i) => similar[i]?.[x] ?? 0))
  }
  return sum
}

/** All gains computed every time. */
function naiveGreedy(similar: readonly Int32Array[], count: number) {
  const chosen: number[] = []
  const gains: number[] = []
  while (chosen.length < Math.min(count, similar.length)) {
    let [best, most] = [-1, Number.NEGATIVE_INFINITY]
    similar.forEach((_, c) => {
      if (chosen.includes(c)) return
      const gain = coverageOf(similar, [...chosen, c]) - coverageOf(similar, chosen)
      if (gain > most) [best, most] = [c, gain]
    })
    chosen.push(best)
    gains.push(most / unit)
  }
  return { chosen, gains }
}

describe('facility location', () => {
  it('lazy greedy is greedy, for similarities of both signs', async () => {
    const property = fc.asyncProperty(
      pools(fc.boolean()),
      fc.integer({ min: 1, max: 12 }),
      async (pool, k) => {
        const similar = await everySimilarity(pool)
        const picks = greedy(createCoverage(pool.images), similar, k)
        const { chosen, gains } = naiveGreedy(similar, k)
        expect(picks.map((pick) => pick.index)).toEqual(chosen)
        expect(picks.map((pick) => pick.gain)).toEqual(gains)
      },
    )
    await fc.assert(property, parameters)
  })

  it('F is monotone and submodular where similarities are not negative', async () => {
    const property = fc.asyncProperty(pools(), fc.nat(1e6), async (pool, seed) => {
      const similar = await everySimilarity(pool)
      const order = [...draws(seed, 'sets').permutation(pool.images)]
      const [added = 0, ...others] = order
      const large = others.slice(0, others.length >> 1)
      const small = large.slice(0, large.length >> 1)
      const gain = (set: number[]) =>
        coverageOf(similar, [...set, added]) - coverageOf(similar, set)
      expect(gain(small)).toBeGreaterThanOrEqual(gain(large))
      expect(gain(large)).toBeGreaterThanOrEqual(0)
      // The coverage keeps F up to date.
      const coverage = createCoverage(pool.images)
      for (const row of large) coverage.add(similar[row] ?? new Int32Array())
      expect(coverage.gain(similar[added] ?? new Int32Array())).toBe(gain(large))
    })
    await fc.assert(property, parameters)
  })
})

describe('suggest', () => {
  it('takes min(k, K, pool) different candidates with gains that do not grow', async () => {
    const property = fc.asyncProperty(pools(), settings, async (pool, asked) => {
      const { rows, gains, candidates } = await select(pool, asked)
      expect(candidates).toHaveLength(Math.min(asked.candidates, pool.images))
      expect(rows).toHaveLength(Math.min(asked.k, pool.images))
      expect(new Set(rows).size).toBe(rows.length)
      for (const row of rows) expect(candidates).toContain(row)
      expect(gains).toEqual(gains.toSorted((a, b) => b - a))
      expect(gains.at(-1) ?? 0).toBeGreaterThanOrEqual(0)
    })
    await fc.assert(property, parameters)
  })

  it('is the uncertainty query where K = k', async () => {
    const property = fc.asyncProperty(pools(), fc.integer({ min: 1, max: 12 }), async (pool, k) => {
      const { rows, candidates } = await select(pool, { k, candidates: k })
      const query = [...pool.uncertainty.keys()]
        .sort((a, b) => (pool.uncertainty[b] ?? 0) - (pool.uncertainty[a] ?? 0) || a - b)
        .slice(0, k)
      expect(candidates).toEqual(query)
      expect(rows.toSorted()).toEqual(query.toSorted())
    })
    await fc.assert(property, parameters)
  })

  it('does not depend on the order of the pool: the same digests, the same gains to the bit', async () => {
    const property = fc.asyncProperty(
      pools(fc.boolean()),
      settings,
      fc.nat(1e6),
      async (pool, asked, seed) => {
        const digests = Array.from(pool.uncertainty, (_, row) => `${(row * 7919) % 10007}`)
        const order = [...draws(seed, 'order').permutation(pool.images)]
        const other = reordered(pool, order)
        const here = await suggest({
          ...asked,
          uncertainty: pool.uncertainty,
          descriptors: pool.table,
          ties: lowerDigest(digests),
        })
        const there = await suggest({
          ...asked,
          uncertainty: other.uncertainty,
          descriptors: other.table,
          ties: lowerDigest(order.map((row) => digests[row] ?? '')),
        })
        expect(there.rows.map((row) => order[row])).toEqual(here.rows)
        expect(there.candidates.map((row) => order[row])).toEqual(here.candidates)
        expect(there.gains).toEqual(here.gains)
      },
    )
    await fc.assert(property, parameters)
  })

  it('does not depend on the lengths of the descriptors', async () => {
    const property = fc.asyncProperty(
      pools(fc.boolean()),
      settings,
      fc.nat(1e6),
      async (pool, asked, seed) => {
        const { below } = draws(seed, 'lengths')
        const scaled = pool.data.map(
          (v, i) => v * 2 ** (below(60, Math.floor(i / pool.width)) - 30),
        )
        const found = await suggest({
          ...asked,
          uncertainty: pool.uncertainty,
          descriptors: tableOf(scaled, pool.width),
        })
        expect(found).toEqual(await select(pool, asked))
      },
    )
    await fc.assert(property, parameters)
  })

  it('reaches 1 - 1/e of the best set of k candidates', async () => {
    const small = fc.nat(1e6).map((seed) => randomPool(seed, 9, 4))
    const property = fc.asyncProperty(small, async (pool) => {
      const similar = await everySimilarity(pool)
      const { rows } = await select(pool, { k: 3, candidates: 9 })
      let best = 0
      for (let a = 0; a < 9; a++)
        for (let b = a + 1; b < 9; b++)
          for (let c = b + 1; c < 9; c++) best = Math.max(best, coverageOf(similar, [a, b, c]))
      expect(coverageOf(similar, rows)).toBeGreaterThanOrEqual((1 - 1 / Math.E) * best)
    })
    await fc.assert(property, { ...parameters, numRuns: 20 })
  })

  it('heeds every parameter: k, K, uncertainties, which descriptor belongs to which image, what is chosen', async () => {
    // Each change must change the outcome for nearly all pools; one that is ignored changes none.
    const changed = { k: 0, candidates: 0, uncertainty: 0, descriptors: 0, chosen: 0 }
    const runs = 30
    for (let seed = 0; seed < runs; seed++) {
      const pool = randomPool(seed, 60, 8)
      const order = draws(seed, 'shuffle').permutation(pool.images)
      const shuffled = reordered(pool, order)
      const request = {
        uncertainty: pool.uncertainty,
        descriptors: pool.table,
        k: 6,
        candidates: 20,
      }
      const rows = async (change: Partial<Parameters<typeof suggest>[0]>) =>
        (await suggest({ ...request, ...change })).rows.join()
      const plain = await rows({})
      const [first = 0] = plain.split(',').map(Number)
      if ((await rows({ k: 7 })) !== plain) changed.k++
      if ((await rows({ candidates: 40 })) !== plain) changed.candidates++
      if ((await rows({ uncertainty: shuffled.uncertainty })) !== plain) changed.uncertainty++
      if ((await rows({ descriptors: shuffled.table })) !== plain) changed.descriptors++
      if ((await rows({ chosen: [first] })) !== plain) changed.chosen++
    }
    for (const count of Object.values(changed)) expect(count).toBeGreaterThanOrEqual(0.9 * runs)
  })
})
