import { beforeAll, describe, expect, it } from '@jest/globals'
import { appearance } from '@suggestive/sidecar/domain/appearance'
import { coldStart } from '@suggestive/sidecar/domain/cold-start'
import { kindAt, phantom } from '@suggestive/sidecar/domain/phantom'
import { draws } from '@suggestive/sidecar/domain/random'
import { lowerDigest } from '@suggestive/sidecar/domain/ranking'

const median = (values: number[]) => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Images until every kind has been seen. */
function untilAllKinds(rows: readonly number[], kinds: readonly number[]): number {
  const missing = new Set(kinds)
  return rows.findIndex((row) => missing.delete(kinds[row] ?? -1) && missing.size === 0) + 1
}

/** Blobs in 66 numbers: `sizes[kind]` images around each of some random points. */
function blobs(seed: number, sizes: readonly number[]) {
  const { normal } = draws(seed, 'blobs')
  const kinds = sizes.flatMap((size, kind) => new Array<number>(size).fill(kind))
  const appearances = kinds.map((kind, image) =>
    Float32Array.from(
      { length: 66 },
      (_, f) => 3 * normal(kind * 66 + f) + normal(1e6 + image * 66 + f),
    ),
  )
  return { kinds, appearances }
}

describe('coldStart on generated tissue', () => {
  const images = 128
  const seed = 5
  const kinds = Array.from({ length: images }, (_, index) => kindAt(seed, index))
  let appearances: Float32Array[] = []
  beforeAll(() => {
    appearances = kinds.map((_, index) => appearance(phantom({ seed, index, size: 64 }).picture))
  })

  it('finds all kinds in at most half as many images as random, median of 20 pools', async () => {
    const [cold, random] = [[] as number[], [] as number[]]
    for (let pool = 0; pool < 20; pool++) {
      const places = [...draws(pool, 'pool').permutation(images)].slice(0, 96)
      const kindsHere = places.map((place) => kinds[place] ?? 0)
      const { rows } = await coldStart({
        appearances: places.map((place) => appearances[place] ?? new Float32Array()),
        seed: pool,
      })
      cold.push(untilAllKinds(rows, kindsHere))
      const order = [...draws(pool, 'random').permutation(places.length)]
      random.push(untilAllKinds(order, kindsHere))
    }
    expect(median(cold)).toBeLessThanOrEqual(median(random) / 2)
  })
})

describe('coldStart', () => {
  it('starts with the common kind and reaches a kind of 1 % early', async () => {
    const { kinds, appearances } = blobs(1, [150, 30, 15, 3, 2])
    const { rows, gains } = await coldStart({ appearances, seed: 1, count: 12 })
    expect(kinds[rows[0] ?? -1]).toBe(0)
    expect(untilAllKinds(rows, kinds)).toBeLessThanOrEqual(8)
    expect(gains).toHaveLength(12)
    expect(gains).toEqual(gains.toSorted((a, b) => b - a))
  })

  it('orders every image once: after the chosen ones those least like them', async () => {
    const { kinds, appearances } = blobs(2, [20, 20, 3])
    const { rows } = await coldStart({ appearances, seed: 1, count: 2 })
    expect(rows.toSorted((a, b) => a - b)).toEqual([...kinds.keys()])
    expect(rows.slice(0, 2).map((row) => kinds[row])).not.toContain(2)
    expect(rows.slice(2, 5).map((row) => kinds[row])).toEqual([2, 2, 2])
  })

  it('takes what is labelled or in work as covered', async () => {
    const { kinds, appearances } = blobs(3, [30, 30, 30])
    const first = await coldStart({ appearances, seed: 1, count: 1 })
    const chosen = [...kinds.keys()]
      .filter((row) => kinds[row] === kinds[first.rows[0] ?? -1])
      .slice(0, 3)
    const next = await coldStart({ appearances, seed: 1, count: 2, chosen })
    const found = next.rows.slice(0, 2).map((row) => kinds[row])
    expect(new Set([...found, kinds[chosen[0] ?? -1]]).size).toBe(3)
    for (const row of chosen) expect(next.rows).not.toContain(row)
    expect(next.rows).toHaveLength(87)
  })

  it('does not depend on the order of the images, only on their digests', async () => {
    const { kinds, appearances } = blobs(4, [40, 20, 5])
    const digests = [...kinds.keys()].map((row) => `${(row * 37) % 65}`.padStart(2, '0'))
    const here = await coldStart({ appearances, seed: 1, ties: lowerDigest(digests) })
    const order = [...draws(9, 'order').permutation(kinds.length)]
    const there = await coldStart({
      appearances: order.map((row) => appearances[row] ?? new Float32Array()),
      seed: 1,
      ties: lowerDigest(order.map((row) => digests[row] ?? '')),
    })
    expect(there.rows.map((row) => order[row])).toEqual(here.rows)
    expect(there.gains).toEqual(here.gains)
  })

  it('takes many strange numbers for stranger than one absurd number', async () => {
    const { appearances } = blobs(5, [60, 60])
    const [absurd, strange] = [appearances[7], appearances[70]]
    if (!absurd || !strange) throw new Error('two images')
    absurd[3] = 1e9
    for (let f = 10; f < 16; f++) strange[f] = f % 2 === 0 ? 9 : -9
    const { rows } = await coldStart({ appearances, seed: 1, count: 2 })
    expect(rows[2]).toBe(70)
    expect(rows.slice(0, 2)).not.toContain(7)
  })

  it('copes with no image, one image, equal images and constant numbers', async () => {
    expect(await coldStart({ appearances: [], seed: 1 })).toEqual({ rows: [], gains: [] })
    const flat = new Float32Array(66).fill(0.5)
    expect((await coldStart({ appearances: [flat], seed: 1 })).rows).toEqual([0])
    const same = await coldStart({ appearances: [flat, flat, flat], seed: 1, count: 2 })
    expect(same).toEqual({ rows: [0, 1, 2], gains: [3, 0] })
    const eligible = [2, 1]
    expect((await coldStart({ appearances: [flat, flat, flat], eligible, seed: 1 })).rows).toEqual([
      1, 2,
    ])
  })

  it('chooses from a sample of a large pool, the same for a seed', async () => {
    const { uniform } = draws(6, 'large')
    const appearances = Array.from({ length: 700 }, (_, i) =>
      Float32Array.of(uniform(2 * i), uniform(2 * i + 1)),
    )
    const ask = (seed: number, sampleSize: number) =>
      coldStart({ appearances, seed, count: 5, sampleSize })
    const once = await ask(1, 200)
    expect(new Set(once.rows).size).toBe(700)
    expect(await ask(1, 200)).toEqual(once)
    expect((await ask(2, 200)).rows.slice(0, 5)).not.toEqual(once.rows.slice(0, 5))
    expect((await ask(2, 700)).rows).toEqual((await ask(1, 4096)).rows)
    // The sample stands for the pool: the gains are those of the whole, scaled.
    const whole = await ask(1, 700)
    expect((once.gains[0] ?? 0) / 200).toBeCloseTo((whole.gains[0] ?? 0) / 700, 1)
  })
})
