/** Fewer points for a contour (Douglas and Peucker 1973), all tolerances from one pass. */
import type { Point } from './polygon.ts'

/** Distances computed for one ring at most (about 0.1 s): degenerate contours are quadratic. */
const mostDistances = 20_000_000

/**
 * How far each point lies from the contour without it, in pixels: with the points above a tolerance the contour stays
 * within that tolerance of the original. Two points are always kept: infinite. Points that the limit of work left out
 * are 0.
 */
export function significanceOf(ring: readonly Point[]): Float64Array {
  const count = ring.length
  const significance = new Float64Array(count)
  if (count === 0) return significance
  // The first point again behind the last one closes the ring.
  const x = Float64Array.from({ length: count + 1 }, (_, i) => ring[i % count]?.[0] ?? 0)
  const y = Float64Array.from({ length: count + 1 }, (_, i) => ring[i % count]?.[1] ?? 0)
  const [opposite] = farthest(x, y, 0, count, 0)
  significance[0] = Number.POSITIVE_INFINITY
  significance[opposite] = Number.POSITIVE_INFINITY

  /** Parts of the ring between two kept points, and the significance of the less important end. */
  const parts: (readonly [from: number, to: number, most: number])[] = [
    [0, opposite, Number.POSITIVE_INFINITY],
    [opposite, count, Number.POSITIVE_INFINITY],
  ]
  let distances = 0
  for (let part = parts.pop(); part !== undefined; part = parts.pop()) {
    const [from, to, most] = part
    distances += to - from
    if (to - from < 2 || distances > mostDistances) continue
    const [between, distance] = farthest(x, y, from, to, to)
    const own = Math.min(most, distance)
    significance[between] = own
    parts.push([from, between, own], [between, to, own])
  }
  return significance
}

/** Which of the points strictly between `from` and `to` is farthest from the segment from `from` to `end`, and how far. */
function farthest(
  x: Float64Array,
  y: Float64Array,
  from: number,
  to: number,
  end: number,
): readonly [index: number, distance: number] {
  const [ax = 0, ay = 0] = [x[from], y[from]]
  const [dx, dy] = [(x[end] ?? 0) - ax, (y[end] ?? 0) - ay]
  const length = dx * dx + dy * dy
  let [index, most] = [from, -1]
  for (let i = from + 1; i < to; i++) {
    const px = (x[i] ?? 0) - ax
    const py = (y[i] ?? 0) - ay
    const along = length === 0 ? 0 : Math.min(1, Math.max(0, (px * dx + py * dy) / length))
    const distance = (px - along * dx) ** 2 + (py - along * dy) ** 2
    if (distance > most) {
      index = i
      most = distance
    }
  }
  return [index, Math.sqrt(Math.max(0, most))]
}

/** The points above a tolerance, at least the three most significant ones. */
export function simplify(
  ring: readonly Point[],
  significance: Float64Array,
  tolerance: number,
): Point[] {
  if (ring.length <= 3) return [...ring]
  const third = significance.toSorted().at(-3) ?? 0
  const isKept = (own: number) => own > tolerance || own > third
  const count = significance.reduce((sum, own) => sum + Number(isKept(own)), 0)
  const missing = count < 3 ? significance.indexOf(third) : -1
  return ring.filter((_, i) => i === missing || isKept(significance[i] ?? 0))
}
