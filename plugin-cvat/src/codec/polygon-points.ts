/** A class's mask as polygons, for labels whose shapes are polygons. */
import { componentsOf } from '@suggestive/shared/components'
import { contourOf } from '@suggestive/shared/contour'
import { outlinesOf } from '@suggestive/shared/outline'
import type { ImageSize } from './mask-decode.ts'

/** Polygons of one class at most: the editor handles each as an object of its own, and annotators go through them. */
const mostPolygons = 100

/** Points of a polygon at most: the editor draws a handle for each. */
const mostPoints = 400

/** Intersection over union with the mask; what simplification may cost. */
const leastAgreement = 0.98

/**
 * One polygon for each connected part, the largest first, as `x0, y0, x1, y1, ...` in whole pixels. CVAT's
 * polygons have no holes: the contour goes round each hole along a bridge, both for even-odd and for non-zero filling.
 *
 * @param runs canonical run lengths of the whole image
 * @param notes is told what was left out or coarsened
 */
export function polygonsFor(
  runs: readonly number[],
  label: string,
  { width, height }: ImageSize,
  notes: string[],
): number[][] {
  const all = componentsOf(runs, width)
  const shown = all.toSorted((a, b) => b.pixels - a.pixels).slice(0, mostPolygons)
  if (all.length > shown.length) {
    notes.push(
      `Of "${label}" the ${shown.length} largest of ${all.length} parts are shown; each of the others has at most ${shown.at(-1)?.pixels} pixels.`,
    )
  }
  let least = 1
  let lostHoles = 0
  const limits = { agreement: leastAgreement, points: mostPoints }
  const outlines = outlinesOf(shown, width, height)
  const polygons = outlines.flatMap((outline, index) => {
    const component = shown[index]
    if (component === undefined) return []
    const contour = contourOf(component, outline, width, height, limits)
    least = Math.min(least, contour.agreement)
    lostHoles += contour.lostHoles
    return [contour.points.flat()]
  })
  if (lostHoles > 0) notes.push(`Of "${label}" ${lostHoles} small holes were filled.`)
  if (least < leastAgreement) {
    notes.push(
      `A part of "${label}" was coarsened to ${mostPoints} points: ${Math.floor(100 * least)} % agree with the mask.`,
    )
  }
  return polygons
}
