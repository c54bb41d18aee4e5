/** Polygons as pixels: the rule by which every plugin turns contours into masks. */
import { Problem } from './problem.ts'

/** In pixels from the upper left corner of the image; the first pixel reaches from 0 to 1. */
export type Point = readonly [x: number, y: number]

/** Takes a run of pixels of a row-major image: the first index and the one behind the last; never empty. */
export type Span = (start: number, end: number) => void

/** Edges times rows that a polygon may cross: 80 MB; 10,000 points across 1000 rows each. */
const mostCrossings = 10_000_000

/**
 * Gives the pixels whose centre lies inside, in row-major order without overlap. Inside is even-odd: what the contour
 * goes round twice is outside, and a bridge that is passed in both directions has no effect. Centres exactly on an edge
 * belong to the right and lower side, so that polygons that share an edge never share a pixel and leave no gap.
 *
 * @param points the contour, closed by itself; finite numbers, inside the image or not
 * @returns how often its edges cross rows: the work that it was
 * @throws Problem `unreadable-input` for contours that would take minutes
 */
export function fillPolygon(
  points: readonly Point[],
  width: number,
  height: number,
  span: Span,
): number {
  const ys = points.map((point) => point[1])
  const first = firstCentre(ys.reduce(smaller, Number.POSITIVE_INFINITY), height)
  const rows = firstCentre(ys.reduce(larger, Number.NEGATIVE_INFINITY), height) - first
  if (rows <= 0) return 0
  /** Crossings of row `first + i` start at `offsets[i]`. */
  const offsets = new Int32Array(rows + 1)
  let count = 0
  forEachEdge(points, height, (_, __, top, bottom) => {
    count += bottom - top
    if (count > mostCrossings) throw tooIntricate(points.length)
    for (let i = top - first + 1; i <= bottom - first; i++) offsets[i] = (offsets[i] ?? 0) + 1
  })
  for (let i = 0; i < rows; i++) offsets[i + 1] = (offsets[i + 1] ?? 0) + (offsets[i] ?? 0)

  const crossings = new Float64Array(count)
  const filled = offsets.slice()
  forEachEdge(points, height, (upper, lower, top, bottom) => {
    const [x0, y0] = upper
    const slope = (lower[0] - x0) / (lower[1] - y0)
    for (let y = top; y < bottom; y++) {
      const at = filled[y - first] ?? 0
      crossings[at] = x0 + (y + 0.5 - y0) * slope
      filled[y - first] = at + 1
    }
  })

  for (let i = 0; i < rows; i++) {
    const row = crossings.subarray(offsets[i], offsets[i + 1]).sort()
    const start = (first + i) * width
    for (let j = 0; j + 1 < row.length; j += 2) {
      const left = firstCentre(row[j] ?? 0, width)
      const right = firstCentre(row[j + 1] ?? 0, width)
      if (right > left) span(start + left, start + right)
    }
  }
  return count
}

const smaller = (a: number, b: number): number => Math.min(a, b)
const larger = (a: number, b: number): number => Math.max(a, b)

/** Edges from their upper to their lower end, whichever way they are passed, with the rows whose centres they cross. */
function forEachEdge(
  points: readonly Point[],
  height: number,
  take: (upper: Point, lower: Point, top: number, bottom: number) => void,
): void {
  let previous = points.at(-1)
  for (const point of points) {
    if (previous !== undefined) {
      const [upper, lower] = previous[1] <= point[1] ? [previous, point] : [point, previous]
      const top = firstCentre(upper[1], height)
      const bottom = firstCentre(lower[1], height)
      if (bottom > top) take(upper, lower, top, bottom)
    }
    previous = point
  }
}

/** The first pixel whose centre is not left of `x`, cut to 0..size. */
function firstCentre(x: number, size: number): number {
  return Math.min(size, Math.max(0, Math.ceil(x - 0.5)))
}

function tooIntricate(points: number): Problem {
  return new Problem(
    'unreadable-input',
    `A polygon of ${points} points cannot be filled: its edges cross image rows more than ${mostCrossings} times. Draw it with fewer points.`,
  )
}
