/** Small random pools for tests of the selection. */
import { type DescriptorTable, tableOf } from '@suggestive/sidecar/domain/descriptor-table'
import { draws } from '@suggestive/sidecar/domain/random'

export interface RandomPool {
  readonly images: number
  readonly width: number
  /** Two digits, so that many are equal. */
  readonly uncertainty: Float64Array
  /** Non-negative, as descriptors are after ReLU, unless `signed`. */
  readonly data: Float32Array
  readonly table: DescriptorTable
}

export function randomPool(
  seed: number,
  images: number,
  width: number,
  signed = false,
): RandomPool {
  const { uniform } = draws(seed, 'pool uncertainty')
  const { normal } = draws(seed, 'pool descriptors')
  const data = Float32Array.from({ length: images * width }, (_, i) => {
    const value = normal(i)
    return signed ? value : Math.max(0, value)
  })
  return {
    images,
    width,
    uncertainty: Float64Array.from({ length: images }, (_, i) => Math.round(25 * uniform(i)) / 100),
    data,
    table: tableOf(data, width),
  }
}

/** The pool with image `order[i]` at place i. */
export function reordered(pool: RandomPool, order: ArrayLike<number>): RandomPool {
  const places = Array.from(order)
  const data = new Float32Array(pool.data.length)
  places.forEach((from, to) => {
    const row = pool.data.subarray(from * pool.width, (from + 1) * pool.width)
    data.set(row, to * pool.width)
  })
  const uncertainty = Float64Array.from(places, (from) => pool.uncertainty[from] ?? 0)
  return { ...pool, uncertainty, data, table: tableOf(data, pool.width) }
}
