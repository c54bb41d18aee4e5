import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { disagreement, entropy } from '@suggestive/sidecar/domain/uncertainty'
import { golden } from '../support/selection-golden.ts'

const arrays = (lists: readonly (readonly number[])[]) => lists.map((l) => Float32Array.from(l))

function expectClose(actual: Float32Array, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length)
  expected.forEach((value, i) => {
    expect(actual[i]).toBeCloseTo(value, 6)
  })
}

describe('disagreement', () => {
  it.each(golden.disagreement)('is what numpy computes, $classes classes', (reference) => {
    const found = disagreement(arrays(reference.members), reference.classes)
    expectClose(found.mean, reference.mean)
    expectClose(found.variance, reference.variance)
    expect(found.score).toBeCloseTo(reference.score, 9)
    expectClose(entropy(found.mean, reference.classes), reference.entropy)
  })

  it('of two classes is the population variance of the foreground, at most 0.25', () => {
    const opposed = disagreement(
      arrays([
        [1, 0],
        [0, 1],
        [1, 0],
        [0, 1],
      ]),
      2,
    )
    expect([...opposed.variance]).toEqual([0.25])
    expect(opposed.score).toBe(0.25)
    const third = disagreement(
      arrays([
        [0.9, 0.1],
        [0.6, 0.4],
      ]),
      2,
    )
    expect(third.score).toBeCloseTo(0.15 ** 2, 7)
  })

  it('of one member, and of members that agree, is 0', () => {
    expect(disagreement(arrays([[0.2, 0.8]]), 2).score).toBe(0)
    expect(
      disagreement(
        arrays([
          [0.2, 0.8],
          [0.2, 0.8],
        ]),
        2,
      ).score,
    ).toBe(0)
  })

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('refuses %d and names the pixel', (value) => {
    const members = arrays([
      [0.5, 0.5, value, 0.5],
      [0.5, 0.5, 0.5, 0.5],
    ])
    expect(() => disagreement(members, 2)).toThrow(Problem)
    expect(() => disagreement(members, 2)).toThrow(/pixel 1 is not a finite number/)
    expect(() => entropy(members[0] ?? new Float32Array(), 2)).toThrow(/pixel 1/)
  })

  it('refuses arrays that do not fit together', () => {
    expect(() => disagreement([], 2)).toThrow(RangeError)
    expect(() => disagreement(arrays([[1, 0, 1]]), 2)).toThrow(RangeError)
    expect(() =>
      disagreement(
        arrays([
          [1, 0],
          [1, 0, 1, 0],
        ]),
        2,
      ),
    ).toThrow(RangeError)
  })
})

describe('entropy', () => {
  it('is 0 where the mean is sure and ln(classes) where it is even', () => {
    const mean = Float32Array.from([0, 1, 0.5, 0.5])
    const [sure, even] = entropy(mean, 2)
    expect(sure).toBe(0)
    expect(even).toBeCloseTo(Math.log(2), 6)
  })
})
