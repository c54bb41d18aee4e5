/** Similarities of all images to a few of them, in one pass over the descriptors. */
import { Problem } from '@suggestive/shared/problem'
import type { DescriptorTable } from './descriptor-table.ts'
import { createDotKernel, type DotKernel } from './dot-kernel.ts'

/**
 * Similarities are whole multiples of 2^-30: sums of them over up to 2^22 images are exact, so they depend neither
 * on the order of the images nor on how the work is divided, and equal ones are equal to the bit.
 */
export const unit = 2 ** 30

/** A similarity, -1..1, from a dot product and the two squared lengths. */
export type Measure = (dot: number, squaredA: number, squaredB: number) => number

/** The angle's cosine; 0 where one of the two is a zero vector. */
export const cosine: Measure = (dot, squaredA, squaredB) =>
  squaredA > 0 && squaredB > 0 ? dot / Math.sqrt(squaredA * squaredB) : 0

/** For rows that are already unit vectors over sqrt(members): the mean of the members' cosines. */
export const meanCosine: Measure = (dot) => dot

export interface SimilarityRequest {
  readonly table: DescriptorTable
  readonly measure: Measure
  /** Rows whose similarities are wanted one by one. */
  readonly centres: readonly number[]
  /** Rows of which only the largest similarity is wanted. */
  readonly covering?: readonly number[]
  /** Rows that are compared with them, ascending. */
  readonly targets: Uint32Array
  /** What to call a row in a message; `row 7` when absent. */
  readonly label?: (row: number) => string
}

export interface Similarities {
  /** Per centre one array over the targets, in units of 2^-30. */
  readonly centres: readonly Int32Array[]
  /** Per target the largest similarity to `covering`; absent where that is empty. */
  readonly covered: Int32Array | undefined
}

/** Rows per block, at least 2: about 4 MB of float32 and 16 MB of products. */
const blockRows = (width: number, sources: number) =>
  Math.max(2, Math.floor(Math.min(2 ** 20 / Math.max(1, width), 2 ** 21 / Math.max(1, sources))))

/** Throws an unreadable-input `Problem` for a descriptor with a value that is not finite. */
export async function similarities(request: SimilarityRequest): Promise<Similarities> {
  const { table, measure, centres, targets, covering = [] } = request
  const label = request.label ?? ((row) => `row ${row}`)
  const sources = [...centres, ...covering]
  const block = Math.min(blockRows(table.width, sources.length), Math.max(2, table.rows))
  const kernel = createDotKernel(block, table.width, sources.length)
  const scratch = new Float32Array(table.width)
  const sourceSquares: number[] = []
  for (const [c, row] of sources.entries()) {
    const values = await table.read(row, 1, scratch)
    kernel.setCentre(c, values)
    // The kernel's order of summation: the cosine of an image with itself is exactly 1.
    let squares = 0
    for (const value of values) squares += value * value
    if (!Number.isFinite(squares)) throw notFinite(label(row))
    sourceSquares.push(squares)
  }

  const similar = centres.map(() => new Int32Array(targets.length))
  const covered = covering.length > 0 ? new Int32Array(targets.length).fill(-unit) : undefined
  for await (const { at, count } of targetBlocks(table, targets, block, kernel)) {
    kernel.run(count)
    const wrong = kernel.squares.subarray(0, count).findIndex((square) => !Number.isFinite(square))
    if (wrong >= 0) throw notFinite(label(targets[at + wrong] ?? 0))
    for (let c = 0; c < sources.length; c++) {
      const into = similar[c] ?? covered
      const keepLargest = c >= similar.length
      const squaredA = sourceSquares[c] ?? 0
      for (let r = 0; r < count && into; r++) {
        const dot = kernel.products[kernel.productAt(r, c)] ?? 0
        const value = Math.round(unit * measure(dot, squaredA, kernel.squares[r] ?? 0))
        if (Math.abs(value) > largest) throw notUnit(label(targets[at + r] ?? 0))
        if (!keepLargest || value > (into[at + r] ?? 0)) into[at + r] = value
      }
    }
  }
  return { centres: similar, covered }
}

/** A little more than 1 for rounded unit vectors; twice this still fits 32 bits with its sign. */
const largest = 1.01 * unit

const notUnit = (name: string) =>
  new Problem('wrong-use', `The descriptor of ${name} is longer than 1: scale it to unit length.`)

const notFinite = (name: string) =>
  new Problem(
    'unreadable-input',
    `The descriptor of ${name} holds a value that is not a finite number: compute the descriptors again.`,
  )

/** Puts the targets into the kernel block by block; the next block is being read meanwhile. */
async function* targetBlocks(
  table: DescriptorTable,
  targets: Uint32Array,
  block: number,
  kernel: DotKernel,
): AsyncGenerator<{ readonly at: number; readonly count: number }> {
  const { width } = table
  const buffers = [new Float32Array(block * width), new Float32Array(block * width)] as const
  // Whole blocks of the file that hold a target: [first row, rows, first target, targets].
  const blocks: { first: number; rows: number; at: number; count: number }[] = []
  for (let at = 0; at < targets.length; ) {
    const first = targets[at] ?? 0
    let to = at
    while (to < targets.length && (targets[to] ?? 0) < first + block) to++
    blocks.push({ first, rows: (targets[to - 1] ?? 0) - first + 1, at, count: to - at })
    at = to
  }
  const read = async (i: number) => {
    const wanted = blocks[i]
    return wanted && (await table.read(wanted.first, wanted.rows, buffers[i % 2 === 0 ? 0 : 1]))
  }
  let next = read(0)
  try {
    for (const [i, { first, rows, at, count }] of blocks.entries()) {
      const values = await next
      if (!values) return
      next = read(i + 1)
      if (count === rows) kernel.rows.set(values)
      else {
        for (let t = 0; t < count; t++) {
          const start = ((targets[at + t] ?? 0) - first) * width
          kernel.rows.set(values.subarray(start, start + width), t * width)
        }
      }
      yield { at, count }
    }
  } finally {
    // The consumer may have stopped: nobody else waits for the block that is being read.
    await next.catch(() => undefined)
  }
}
