/** One contour for an area with holes, for tools whose polygons have none. */
import type { Point } from './polygon.ts'

/**
 * Cuts the outer ring open and leads it along a bridge round each hole and back: both directions of a bridge cancel when
 * the contour is filled. Bridges lead to the nearest point of what is there already. Time: points squared.
 *
 * @param holes not empty; best the largest first
 */
export function keyhole(outer: readonly Point[], holes: readonly (readonly Point[])[]): Point[] {
  let contour = [...outer]
  for (const hole of holes) {
    let [from, to, least] = [0, 0, Number.POSITIVE_INFINITY]
    for (const [i, [ax, ay]] of contour.entries()) {
      for (const [j, [bx, by]] of hole.entries()) {
        const distance = (ax - bx) ** 2 + (ay - by) ** 2
        if (distance < least) [from, to, least] = [i, j, distance]
      }
    }
    // ... start, hole from its nearest point once round and to it again, start, ...
    contour = [
      ...contour.slice(0, from + 1),
      ...hole.slice(to),
      ...hole.slice(0, to + 1),
      ...contour.slice(from),
    ]
  }
  return contour
}
