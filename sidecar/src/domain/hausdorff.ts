/**
 * Exact Hausdorff distance between two objects, fast enough for hundreds of them.
 *
 * Directed distance from A to B = max over all pixels a of A of the distance to the nearest pixel of B. The outline
 * of A is not enough: where B is a ring around a filled A, the farthest pixel of A is its middle. But left of B's
 * bounding box one step to the left moves away from every pixel of B, so there the leftmost pixel of a row of A is
 * the farthest and the leftmost pixel of a row of B the nearest; likewise right, above and below. So outside B's box
 * the ends of rows and columns decide, and only pixels of A inside B's box need a distance map of B.
 */
import type { DistanceMaps } from './distance.ts'
import type { Outline } from './outline.ts'

/** Squared distance from p to the nearest end of b; stops early with any value <= `enough`. */
function squaredToEnds(x: number, y: number, ends: Int32Array, enough: number): number {
  let nearest = Number.POSITIVE_INFINITY
  for (let k = 0; k < ends.length; k += 2) {
    const dx = (ends[k] ?? 0) - x
    const dy = (ends[k + 1] ?? 0) - y
    const squared = dx * dx + dy * dy
    if (squared >= nearest) continue
    nearest = squared
    if (nearest <= enough) break
  }
  return nearest
}

function squaredDirected(a: Outline, b: Outline, maps: DistanceMaps): number {
  let worst = 0
  for (let k = 0; k < a.ends.length; k += 2) {
    const x = a.ends[k] ?? 0
    const y = a.ends[k + 1] ?? 0
    if (x >= b.left && x <= b.right && y >= b.top && y <= b.bottom) continue
    worst = Math.max(worst, squaredToEnds(x, y, b.ends, worst))
  }
  const left = Math.max(a.left, b.left)
  const right = Math.min(a.right, b.right)
  const stride = b.right - b.left + 1
  let distances: Int32Array | undefined
  for (let y = Math.max(a.top, b.top); y <= Math.min(a.bottom, b.bottom); y++) {
    for (let x = left; x <= right; x++) {
      const i = y * a.map.width + x
      if (a.map.ids[i] !== a.id || b.map.ids[i] === b.id) continue
      distances ??= maps(b)
      const squared = distances[(y - b.top) * stride + x - b.left] ?? 0
      if (squared > worst) worst = squared
    }
  }
  return worst
}

/** Hausdorff distance in pixels between two objects of equally large images. */
export function hausdorffDistance(a: Outline, b: Outline, maps: DistanceMaps): number {
  return Math.sqrt(Math.max(squaredDirected(a, b, maps), squaredDirected(b, a, maps)))
}

/** At least this far: the leftmost pixel of one object is as far from the other as the boxes' left sides; and so on. */
function leastDistance(a: Outline, b: Outline): number {
  return Math.max(
    Math.abs(a.left - b.left),
    Math.abs(a.right - b.right),
    Math.abs(a.top - b.top),
    Math.abs(a.bottom - b.bottom),
  )
}

/** Smallest Hausdorff distance from `object` to any of `others`, which are sorted by `left`; infinite without others. */
export function nearestHausdorff(
  object: Outline,
  others: readonly Outline[],
  maps: DistanceMaps,
): number {
  let after = 0
  for (let end = others.length; after < end; ) {
    const middle = (after + end) >> 1
    if ((others[middle]?.left ?? 0) < object.left) after = middle + 1
    else end = middle
  }
  let before = after - 1
  let best = Number.POSITIVE_INFINITY
  for (;;) {
    const previous = before >= 0 ? others[before] : undefined
    const next = after < others.length ? others[after] : undefined
    const gapBefore =
      previous === undefined ? Number.POSITIVE_INFINITY : object.left - previous.left
    const gapAfter = next === undefined ? Number.POSITIVE_INFINITY : next.left - object.left
    if (Math.min(gapBefore, gapAfter) >= best) return best
    const other = gapBefore <= gapAfter ? previous : next
    if (gapBefore <= gapAfter) before--
    else after++
    if (other === undefined || leastDistance(object, other) >= best) continue
    best = Math.min(best, hausdorffDistance(object, other, maps))
  }
}
