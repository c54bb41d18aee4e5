import { describe, expect, it } from '@jest/globals'
import { createDotKernel } from '@suggestive/sidecar/domain/dot-kernel'
import { draws } from '@suggestive/sidecar/domain/random'

/** The definition: float64 sums, one product after another. */
function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += (a[j] ?? 0) * (b[j] ?? 0)
  return sum
}

describe('createDotKernel', () => {
  it.each([
    { rows: 1, width: 1, centres: 1 },
    { rows: 7, width: 33, centres: 9 },
    { rows: 8, width: 64, centres: 16 },
    { rows: 5, width: 3, centres: 17 },
  ])('gives the bits of the plain loop: %j', ({ rows, width, centres }) => {
    const { normal } = draws(1, 'kernel', rows, width, centres)
    const vectors = Array.from({ length: rows + centres }, (_, v) =>
      Float32Array.from({ length: width }, (_, j) => normal(v * width + j)),
    )
    const kernel = createDotKernel(rows, width, centres)
    const [left, right] = [vectors.slice(0, rows), vectors.slice(rows)]
    left.forEach((row, r) => {
      kernel.rows.set(row, r * width)
    })
    right.forEach((centre, c) => {
      kernel.setCentre(c, centre)
    })
    kernel.run(rows)
    left.forEach((row, r) => {
      expect(kernel.squares[r]).toBe(dot(row, row))
      right.forEach((centre, c) => {
        expect(kernel.products[kernel.productAt(r, c)]).toBe(dot(row, centre))
      })
    })
  })

  it('forgets nothing and repeats nothing between runs', () => {
    const kernel = createDotKernel(3, 2, 1)
    kernel.setCentre(0, [1, 10])
    kernel.rows.set([1, 1, 2, 2, 3, 3])
    kernel.run(3)
    kernel.rows.set([4, 0])
    kernel.run(1)
    expect(kernel.products[kernel.productAt(0, 0)]).toBe(4)
    expect(kernel.products[kernel.productAt(2, 0)]).toBe(33)
    kernel.run(0)
    expect(kernel.products[kernel.productAt(0, 0)]).toBe(4)
  })
})
