/**
 * What an image looks like before anything is learned: colour, gradients and a small fixed filter bank.
 *
 * The picture is box-averaged to at most 256 px a side and taken apart into brightness (R+G+B)/3, red-green (R-G)/2
 * and yellow-blue (R+G-2B)/4, full range = 1. At three scales (1, 1/2 and 1/4 of that) there are 22 numbers:
 *   per channel   mean and standard deviation; mean and standard deviation of the gradient's length (Sobel)   12
 *   brightness    mean size and standard deviation of the response to each of five filters                    10
 * The filters are Laws' 3x3 masks without the flat one (level L = [1 2 1], edge E = [-1 0 1], spot S = [-1 2 -1]); a
 * mask and its transpose count as one, so that a flip or a quarter turn of the image changes nothing.
 * Laws, "Textured image segmentation", 1980.
 */
import { halved, opponentPlanes, type Plane } from './opponent.ts'
import type { Picture } from './raster.ts'

const longestSide = 256
const scales = 3

/** How many numbers describe an image: 66. */
export const appearanceWidth = scales * (3 * 4 + 5 * 2)

/** `[appearanceWidth]`; the numbers have different units: compare them after standardising over the pool. */
export function appearance(picture: Picture): Float32Array {
  let planes = opponentPlanes(picture, longestSide)
  const numbers: number[] = []
  for (let scale = 0; scale < scales; scale++) {
    if (scale > 0) planes = planes.map(halved)
    for (const [channel, plane] of planes.entries()) {
      const rows = alongRows(plane)
      const { edges, gradient } = edgesOf(rows, plane.width)
      numbers.push(...meanAndDeviation([plane.data]), ...meanAndDeviation([gradient]))
      const bank = channel === 0 ? [edges, ...spotsOf(rows, plane.width)] : []
      for (const filter of bank) numbers.push(...meanAndDeviation(filter))
    }
  }
  return Float32Array.from(numbers)
}

/** Responses to the row part of the masks, one number per pixel. */
interface Rows {
  readonly level: Float32Array
  readonly edge: Float32Array
  readonly spot: Float32Array
}

/** Sizes of the responses to LE and EL, and the length of the gradient that they are the parts of. */
function edgesOf({ level, edge }: Rows, width: number) {
  const n = level.length
  const across = new Float32Array(n)
  const along = new Float32Array(n)
  const gradient = new Float32Array(n)
  for (let i = 0; i < n; i++) {
    const up = i >= width ? i - width : i
    const down = i < n - width ? i + width : i
    const x = ((edge[up] ?? 0) + 2 * (edge[i] ?? 0) + (edge[down] ?? 0)) / 4
    const y = ((level[down] ?? 0) - (level[up] ?? 0)) / 2
    across[i] = Math.abs(x)
    along[i] = Math.abs(y)
    gradient[i] = Math.sqrt(x * x + y * y)
  }
  return { edges: [across, along], gradient }
}

/** Sizes of the responses to LS and SL, EE, ES and SE, SS. */
function spotsOf({ level, edge, spot }: Rows, width: number): Float32Array[][] {
  const n = level.length
  const ls = new Float32Array(n)
  const sl = new Float32Array(n)
  const ee = new Float32Array(n)
  const es = new Float32Array(n)
  const se = new Float32Array(n)
  const ss = new Float32Array(n)
  for (let i = 0; i < n; i++) {
    const up = i >= width ? i - width : i
    const down = i < n - width ? i + width : i
    const above = spot[up] ?? 0
    const below = spot[down] ?? 0
    const here = 2 * (spot[i] ?? 0)
    ls[i] = Math.abs(above + here + below) / 4
    sl[i] = Math.abs(2 * (level[i] ?? 0) - (level[up] ?? 0) - (level[down] ?? 0)) / 4
    ee[i] = Math.abs((edge[down] ?? 0) - (edge[up] ?? 0)) / 2
    es[i] = Math.abs(2 * (edge[i] ?? 0) - (edge[up] ?? 0) - (edge[down] ?? 0)) / 4
    se[i] = Math.abs(below - above) / 2
    ss[i] = Math.abs(here - above - below) / 4
  }
  return [[ls, sl], [ee], [es, se], [ss]]
}

/** Pixels beyond the border repeat it. */
function alongRows({ data, width }: Plane): Rows {
  const level = new Float32Array(data.length)
  const edge = new Float32Array(data.length)
  const spot = new Float32Array(data.length)
  for (let i = 0, x = 0; i < data.length; i++, x = x + 1 < width ? x + 1 : 0) {
    const here = data[i] ?? 0
    const left = x > 0 ? (data[i - 1] ?? 0) : here
    const right = x < width - 1 ? (data[i + 1] ?? 0) : here
    level[i] = (left + 2 * here + right) / 4
    edge[i] = (right - left) / 2
    spot[i] = (2 * here - left - right) / 4
  }
  return { level, edge, spot }
}

/** Mean and population standard deviation of all values together. */
function meanAndDeviation(parts: readonly Float32Array[]): [number, number] {
  let [sum, count] = [0, 0]
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) sum += part[i] ?? 0
    count += part.length
  }
  const mean = sum / count
  let squares = 0
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) {
      const difference = (part[i] ?? 0) - mean
      squares += difference * difference
    }
  }
  return [mean, Math.sqrt(squares / count)]
}
