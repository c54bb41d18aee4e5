import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { ensembleDescriptor } from '@suggestive/sidecar/domain/descriptor'
import { tableOfRows } from '@suggestive/sidecar/domain/descriptor-table'
import { meanCosine, similarities, unit } from '@suggestive/sidecar/domain/similarity'
import { golden } from '../support/selection-golden.ts'

const length = (values: Float32Array) => Math.hypot(...values)

describe('ensembleDescriptor', () => {
  it('has the mean of the members cosines as dot product, zero vectors included', async () => {
    const { members, similarity } = golden.similarity
    const images = similarity.map((_, image) =>
      ensembleDescriptor(members.map((member) => Float32Array.from(member[image] ?? []))),
    )
    const rows = [...images.keys()]
    const { centres } = await similarities({
      table: tableOfRows(images),
      measure: meanCosine,
      centres: rows,
      targets: Uint32Array.from(rows),
    })
    similarity.forEach((row, i) => {
      row.forEach((expected, j) => {
        expect((centres[i]?.[j] ?? Number.NaN) / unit).toBeCloseTo(expected, 7)
      })
    })
  })

  it('joins unit vectors in the order of the members, over sqrt(members)', () => {
    const joined = ensembleDescriptor([Float32Array.of(3, 4), Float32Array.of(0, 2)])
    const half = Math.SQRT1_2
    const expected = [0.6 * half, 0.8 * half, 0, half]
    expected.forEach((value, i) => {
      expect(joined[i]).toBeCloseTo(value, 7)
    })
    expect(length(joined)).toBeCloseTo(1, 7)
  })

  it('does not depend on the length of a member, not even of a tiny or huge one', () => {
    for (const scale of [2 ** -100, 2 ** 100]) {
      const scaled = ensembleDescriptor([Float32Array.of(scale, 2 * scale), Float32Array.of(1, 0)])
      expect(scaled).toEqual(ensembleDescriptor([Float32Array.of(1, 2), Float32Array.of(1, 0)]))
    }
  })

  it('leaves a zero vector zero', () => {
    expect([...ensembleDescriptor([Float32Array.of(0, 0)])]).toEqual([0, 0])
    const part = ensembleDescriptor([Float32Array.of(0, 0), Float32Array.of(5, 0)])
    expect(length(part)).toBeCloseTo(Math.SQRT1_2, 7)
  })

  it.each([Number.NaN, Number.NEGATIVE_INFINITY])('refuses %d and names the member', (value) => {
    const members = [Float32Array.of(1, 2), Float32Array.of(1, value)]
    expect(() => ensembleDescriptor(members)).toThrow(Problem)
    expect(() => ensembleDescriptor(members)).toThrow(/member 1 is not finite/)
  })
})
