/** The order of the queue before any model exists: images that look different first. DESIGN section 2, Cold start. */
import { tableOf } from './descriptor-table.ts'
import { createCoverage, greedy } from './facility-location.ts'
import { publishDepth } from './queue.ts'
import { draws } from './random.ts'
import { distinctRows, highest, lowerRow, type Ties } from './ranking.ts'
import { type Measure, similarities, unit } from './similarity.ts'

export interface ColdStartRequest {
  /** What `appearance` says of every image, `[rows]`. */
  readonly appearances: readonly Float32Array[]
  /** Rows that may be suggested; all when absent. */
  readonly eligible?: Iterable<number>
  /** Rows that are labelled or being labelled: covered already, never suggested. */
  readonly chosen?: Iterable<number>
  /** How many images facility location chooses; the publish depth of 64 when absent. */
  readonly count?: number
  /** Order of equals; by digest wherever digests are known, else the lower row. */
  readonly ties?: Ties
  /** Decides the sample of a large pool. */
  readonly seed: number
  /** The largest pool that is compared as a whole; 4,096 images (64 MB, about two seconds) when absent. */
  readonly sampleSize?: number
}

export interface ColdStart {
  /** All eligible rows: the chosen ones in the order chosen, then the others, those least like a chosen one first. */
  readonly rows: readonly number[]
  /** Gain in F of each of the chosen ones. */
  readonly gains: readonly number[]
}

/** Standard deviations at which one strange number of one image is cut off. */
const furthest = 3

/**
 * Appearances are standardised over the pool; two images at the distance d have the similarity exp(-d^2 / (2 s^2)),
 * s^2 = the mean d^2 of all pairs. So images of one kind are about equally similar: a common kind is soon exhausted, a
 * first view of a rare kind is worth more than a second one of a common kind, and an outlier is at worst unlike all.
 */
export async function coldStart(request: ColdStartRequest): Promise<ColdStart> {
  const {
    appearances,
    count = 8 * publishDepth,
    ties = lowerRow,
    seed,
    sampleSize = 4096,
  } = request
  const chosen = [...new Set(request.chosen)].sort(ties)
  const taken = new Set(chosen)
  const eligible = [...distinctRows(request.eligible, appearances.length)]
    .filter((row) => !taken.has(row))
    .sort(ties)
  // From here on images are numbered in the order of ties, so that neither arrival nor file order matters.
  const order = [...eligible, ...chosen]
  const { table, measure } = standardised(
    order.map((row) => appearances[row] ?? new Float32Array()),
  )
  const covering = chosen.map((_, i) => eligible.length + i)
  const sample = sampled(eligible.length, sampleSize, seed)

  const similar = await similarities({
    table,
    measure,
    centres: [...sample],
    covering,
    targets: sample,
  })
  const coverage = createCoverage(sample.length, similar.covered)
  const picks = greedy(coverage, similar.centres, count)
  const first = picks.map(({ index }) => sample[index] ?? 0)

  const isFirst = new Set(first)
  const rest = Uint32Array.from(eligible.keys()).filter((place) => !isFirst.has(place))
  const { covered } = await similarities({
    table,
    measure,
    centres: [],
    covering: [...first, ...covering],
    targets: rest,
  })
  const unlike = new Float64Array(eligible.length)
  rest.forEach((place, i) => {
    unlike[place] = 1 - (covered?.[i] ?? 0) / unit
  })
  const places = [...first, ...highest(unlike, rest, rest.length)]
  return {
    rows: places.map((place) => eligible[place] ?? 0),
    gains: picks.map(({ gain }) => gain),
  }
}

/** Positions of at most `size` of `n` images, ascending. */
function sampled(n: number, size: number, seed: number): Uint32Array {
  if (n <= size) return Uint32Array.from({ length: n }, (_, i) => i)
  return draws(seed, 'cold-start').permutation(n).slice(0, size).sort()
}

/** Every number to mean 0 and standard deviation 1 over all images, cut at 3; a constant one becomes 0. */
function standardised(appearances: readonly Float32Array[]) {
  const width = appearances[0]?.length ?? 0
  // One array: with small ones for each image a large pool would take twice the memory.
  const data = new Float32Array(appearances.length * width)
  for (const [row, numbers] of appearances.entries()) data.set(numbers, row * width)
  const n = Math.max(1, appearances.length)
  let scatter = 0
  for (let f = 0; f < width; f++) {
    let sum = 0
    for (let at = f; at < data.length; at += width) sum += data[at] ?? 0
    const mean = sum / n
    let squares = 0
    for (let at = f; at < data.length; at += width) squares += ((data[at] ?? 0) - mean) ** 2
    const deviation = Math.sqrt(squares / n)
    let [cutSum, cutSquares] = [0, 0]
    for (let at = f; at < data.length; at += width) {
      const z = deviation > 0 ? ((data[at] ?? 0) - mean) / deviation : 0
      const cut = Math.min(furthest, Math.max(-furthest, z))
      data[at] = cut
      cutSum += cut
      cutSquares += cut * cut
    }
    scatter += cutSquares / n - (cutSum / n) ** 2
  }
  // The mean squared distance of two images is twice the variance.
  const scale = 4 * scatter
  const measure: Measure = (dot, squaredA, squaredB) =>
    scale > 0 ? Math.exp(-Math.max(0, squaredA + squaredB - 2 * dot) / scale) : 1
  return { table: tableOf(data, width), measure }
}
