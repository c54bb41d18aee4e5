import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import {
  type DescriptorTable,
  tableOf,
  tableOfRows,
} from '@suggestive/sidecar/domain/descriptor-table'
import { lowerDigest } from '@suggestive/sidecar/domain/ranking'
import { suggest } from '@suggestive/sidecar/domain/select'
import { meanCosine } from '@suggestive/sidecar/domain/similarity'
import { randomPool } from '../support/pools.ts'
import { golden } from '../support/selection-golden.ts'

const rows = (lists: readonly (readonly number[])[]) =>
  tableOfRows(lists.map((list) => Float32Array.from(list)))

const even = (n: number) => new Float32Array(n).fill(0.1)

describe('suggest', () => {
  it.each(golden.suggestion)(
    'is what numpy finds by the letter of the paper: k $k, K $candidates',
    async (reference) => {
      const { k, candidates, chosen, eligible, uncertainty, descriptors, expected } = reference
      const found = await suggest({
        uncertainty: Float64Array.from(uncertainty),
        descriptors: rows(descriptors),
        k,
        candidates,
        chosen,
        ...(eligible ? { eligible } : {}),
      })
      expect(found.rows).toEqual(expected.rows)
      expect(found.candidates).toEqual(expected.candidates)
      expected.gains.forEach((gain, i) => {
        expect(found.gains[i]).toBeCloseTo(gain, 7)
      })
    },
  )

  it('prefers what stands for many over what is only uncertain', async () => {
    // Three alike and one alone; the one alone is the most uncertain.
    const descriptors = rows([
      [1, 0],
      [1, 0.1],
      [1, 0.2],
      [0, 1],
    ])
    const uncertainty = Float32Array.of(0.1, 0.11, 0.1, 0.2)
    const { rows: chosen } = await suggest({ uncertainty, descriptors, k: 2, candidates: 4 })
    expect(chosen).toEqual([2, 3]) // 2 is the member of the three that is nearest to all four
  })

  it('takes the K most uncertain as candidates, equal ones by lower row', async () => {
    const { candidates } = await suggest({
      uncertainty: Float32Array.of(0.1, 0.2, 0.1, 0.2, 0),
      descriptors: rows([[1], [1], [1], [1], [1]]),
      k: 1,
      candidates: 3,
    })
    expect(candidates).toEqual([1, 3, 0])
  })

  it('with K = k takes the images of the uncertainty query, in greedy order', async () => {
    const pool = randomPool(3, 40, 8)
    const request = { uncertainty: pool.uncertainty, descriptors: pool.table, k: 8 }
    const found = await suggest({ ...request, candidates: 8 })
    const query = [...pool.uncertainty.keys()]
      .sort((a, b) => (pool.uncertainty[b] ?? 0) - (pool.uncertainty[a] ?? 0) || a - b)
      .slice(0, 8)
    expect(found.candidates).toEqual(query)
    expect(found.rows.toSorted()).toEqual(query.toSorted())
    expect(found.rows).not.toEqual(query)
    expect(found.gains).toEqual(found.gains.toSorted((a, b) => b - a))
  })

  it('breaks ties by lower digest, then by lower task id', async () => {
    const descriptors = rows([
      [1, 0],
      [1, 0],
      [1, 0],
      [1, 0],
    ])
    const request = { uncertainty: even(4), descriptors, k: 4, candidates: 4 }
    const byDigest = lowerDigest(['c', 'b', 'b', 'a'], [1, 9, 8, 4])
    expect((await suggest({ ...request, ties: byDigest })).rows).toEqual([3, 2, 1, 0])
    expect((await suggest(request)).rows).toEqual([0, 1, 2, 3])
    expect((await suggest({ ...request, candidates: 2, k: 2, ties: byDigest })).candidates).toEqual(
      [3, 2],
    )
  })

  it('treats chosen rows as covered and never suggests them', async () => {
    const descriptors = rows([
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 1],
    ])
    const request = {
      uncertainty: Float32Array.of(0.2, 0.2, 0.1, 0.1),
      descriptors,
      k: 1,
      candidates: 4,
    }
    expect((await suggest(request)).rows).toEqual([0])
    const next = await suggest({ ...request, chosen: [0] })
    expect(next.rows).toEqual([2])
    expect(next.gains).toEqual([2])
    expect(next.candidates).toEqual([1, 2, 3])
  })

  it('counts only rows that may be suggested', async () => {
    const descriptors = rows([
      [1, 0],
      [0, 1],
      [0, 1],
      [0, 1],
    ])
    const request = { uncertainty: even(4), descriptors, k: 1, candidates: 4 }
    expect((await suggest(request)).rows).toEqual([1])
    const fewer = await suggest({ ...request, eligible: [3, 0, 3] })
    expect(fewer).toEqual({ rows: [0], gains: [1], candidates: [0, 3] })
  })

  it('gives fewer than k when the pool is small, none when it is empty', async () => {
    const request = {
      uncertainty: even(3),
      descriptors: rows([[1], [2], [3]]),
      k: 8,
      candidates: 16,
    }
    expect((await suggest(request)).rows).toHaveLength(3)
    const nothing = { rows: [], gains: [], candidates: [] }
    expect(await suggest({ ...request, eligible: [] })).toEqual(nothing)
    expect(await suggest({ ...request, uncertainty: even(0), descriptors: rows([]) })).toEqual(
      nothing,
    )
  })

  it('gives a zero vector similarity 0 with everything, itself included', async () => {
    const descriptors = rows([
      [0, 0],
      [1, 0],
      [2, 0],
    ])
    const found = await suggest({ uncertainty: even(3), descriptors, k: 3, candidates: 3 })
    expect(found).toEqual({ rows: [1, 0, 2], gains: [2, 0, 0], candidates: [0, 1, 2] })
  })

  it('can add up what is already scaled: a zero member counts as similarity 0', async () => {
    const half = Math.SQRT1_2
    const descriptors = rows([
      [half, half],
      [half, 0],
    ])
    const request = { uncertainty: even(2), descriptors, k: 2, candidates: 2 }
    const mean = await suggest({ ...request, measure: meanCosine })
    expect(mean.gains[0]).toBeCloseTo(1 + 0.5, 6)
    const angle = await suggest(request)
    expect(angle.gains[0]).toBeCloseTo(1 + half, 6)
  })

  it('reads a table in blocks, whatever the size, and finds the same', async () => {
    const pool = randomPool(5, 60, 2 ** 15) // blocks of 32 rows
    const request = { uncertainty: pool.uncertainty, k: 8, candidates: 16 }
    const expected = await suggest({ ...request, descriptors: pool.table })
    const reads: number[] = []
    const streamed: DescriptorTable = {
      ...pool.table,
      async read(first, count, into) {
        reads.push(count)
        into.set(await pool.table.read(first, count, into))
        return into.subarray(0, count * pool.width)
      },
    }
    expect(await suggest({ ...request, descriptors: streamed })).toEqual(expected)
    expect(Math.max(...reads)).toBe(32)
    const eligible = [...pool.uncertainty.keys()].filter((row) => row % 3 > 0)
    expect(await suggest({ ...request, eligible, descriptors: streamed })).toEqual(
      await suggest({ ...request, eligible, descriptors: pool.table }),
    )
  })

  it.each([
    [{ k: 0 }, /k is 0/],
    [{ k: 17 }, /k is 17 but there are only 16 candidates/],
    [{ k: 1.5 }, /k is 1\.5/],
    [{ k: Number.NaN }, /k is NaN/],
    [{ candidates: Number.POSITIVE_INFINITY }, /candidates is Infinity/],
  ])('refuses %j as wrong use', async (settings, sentence) => {
    const request = {
      uncertainty: even(3),
      descriptors: rows([[1], [2], [3]]),
      k: 8,
      candidates: 16,
    }
    const asked = suggest({ ...request, ...settings })
    await expect(asked).rejects.toThrow(sentence)
    await expect(asked).rejects.toMatchObject({ kind: 'wrong-use' })
  })

  it('refuses what is not finite and names the row, but only where it is used', async () => {
    const descriptors = rows([
      [1, 1],
      [1, Number.NaN],
      [1, 0],
    ])
    const uncertainty = Float32Array.of(0.1, 0.2, Number.NaN)
    const request = { descriptors, uncertainty, k: 1, candidates: 1 }
    await expect(suggest(request)).rejects.toThrow(/score of row 2 is NaN/)
    const label = (row: number) => `image ${row}.png`
    const bad = suggest({ ...request, eligible: [0, 1], label })
    await expect(bad).rejects.toThrow(
      /descriptor of image 1\.png holds a value that is not a finite/,
    )
    await expect(bad).rejects.toBeInstanceOf(Problem)
    expect((await suggest({ ...request, eligible: [0] })).rows).toEqual([0])
  })

  it('refuses another number of uncertainties than of descriptors', async () => {
    const request = { uncertainty: even(2), descriptors: rows([[1]]), k: 1, candidates: 1 }
    await expect(suggest(request)).rejects.toThrow(/2 uncertainties but 1 descriptors/)
  })

  it('refuses descriptors longer than 1 where unit vectors are promised', async () => {
    const descriptors = tableOf(Float32Array.of(1, 1, 1, 1), 2)
    const request = { uncertainty: even(2), descriptors, k: 1, candidates: 1, measure: meanCosine }
    await expect(suggest(request)).rejects.toThrow(/descriptor of row 0 is longer than 1/)
  })

  it('passes on a failure to read and leaves no promise behind', async () => {
    const descriptors: DescriptorTable = {
      rows: 4,
      width: 2 ** 19,
      read: (first, count, into) =>
        first > 1 ? Promise.reject(new Error('disk')) : into.fill(1).subarray(0, count * 2 ** 19),
    }
    const request = { uncertainty: Float32Array.of(1, 0, 0, 0), descriptors, k: 1, candidates: 1 }
    await expect(suggest(request)).rejects.toThrow('disk')
  })
})
