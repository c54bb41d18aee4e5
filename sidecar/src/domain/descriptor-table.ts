/** Descriptors as rows that are read block by block, so that a table may be larger than the memory. */

export interface DescriptorTable {
  /** Number of images. */
  readonly rows: number
  /** Numbers per image. */
  readonly width: number
  /**
   * Rows first..first+count-1, row-major `[count, width]`. Either fills `into` (at least count * width long)
   * and returns that part of it, or returns a view of its own memory, which nobody may write to.
   */
  read(first: number, count: number, into: Float32Array): Float32Array | Promise<Float32Array>
}

/** A table over an array `[rows, width]` that is in memory; reads copy nothing. */
export function tableOf(data: Float32Array, width: number): DescriptorTable {
  return {
    rows: width > 0 ? data.length / width : 0,
    width,
    read: (first, count) => data.subarray(first * width, (first + count) * width),
  }
}

/** A table over one array per image, all of one length. */
export function tableOfRows(list: readonly Float32Array[]): DescriptorTable {
  const width = list[0]?.length ?? 0
  return {
    rows: list.length,
    width,
    read(first, count, into) {
      for (let i = 0; i < count; i++) {
        const row = list[first + i]
        if (row?.length !== width) {
          throw new RangeError(`descriptor ${first + i} has not ${width} numbers`)
        }
        into.set(row, i * width)
      }
      return into.subarray(0, count * width)
    },
  }
}
