/** A class's mask as polygon regions. */
import { type Component, componentsOf } from '@suggestive/shared/components'
import { contourOf } from '@suggestive/shared/contour'
import { outlinesOf } from '@suggestive/shared/outline'
import type { Point } from '@suggestive/shared/polygon'
import type { PrelabelRegion, RegionFrame } from './prelabel-region.ts'
import { scoreOf } from './score.ts'

/** Polygons of one class at most: the editor handles each as a shape of its own, and annotators go through them. */
const mostPolygons = 100

/** Points of a polygon at most: the editor draws a handle for each. */
const mostPoints = 400

/** Intersection over union with the mask; what simplification may cost. */
const leastAgreement = 0.98

/** One polygon for each connected part, the largest first; what was left out or coarsened is said in `notes`. */
export function polygonRegions(
  runs: readonly number[],
  frame: RegionFrame,
  notes: string[],
): readonly PrelabelRegion[] {
  const { label, from, image, id } = frame
  const { width, height } = frame.mask
  const all = componentsOf(runs, width)
  const shown = all.toSorted((a, b) => b.pixels - a.pixels).slice(0, mostPolygons)
  if (all.length > shown.length) {
    notes.push(
      `Of "${label}" the ${shown.length} largest of ${all.length} parts are shown; each of the others has at most ${shown.at(-1)?.pixels} pixels.`,
    )
  }
  const outlines = outlinesOf(shown, width, height)
  // Ten-thousandths of a percent are less than a tenth of a pixel in an image of 50,000.
  const percent = ([x, y]: Point): Point => [
    rounded((100 * x) / width),
    rounded((100 * y) / height),
  ]
  const round = (point: Point): Point => {
    const [x, y] = percent(point)
    return [(x * width) / 100, (y * height) / 100]
  }
  let least = 1
  let lostHoles = 0
  const draw = (component: Component, index: number): PrelabelRegion => {
    const outline = outlines[index] ?? { outer: { points: [], pixels: 0 }, holes: [] }
    const limits = { agreement: leastAgreement, points: mostPoints, round }
    const contour = contourOf(component, outline, width, height, limits)
    least = Math.min(least, contour.agreement)
    lostHoles += contour.lostHoles
    return {
      id: `${id}-${index + 1}`,
      type: 'polygonlabels',
      from_name: from,
      to_name: image,
      origin: 'prediction',
      original_width: width,
      original_height: height,
      image_rotation: 0,
      ...scoreOf(frame, component),
      value: { closed: true, points: contour.points.map(percent), polygonlabels: [label] },
    }
  }
  const regions = shown.map(draw)
  if (lostHoles > 0) notes.push(`Of "${label}" ${lostHoles} small holes were filled.`)
  if (least < leastAgreement) {
    notes.push(
      `A part of "${label}" was coarsened to ${mostPoints} points: ${Math.floor(100 * least)} % agree with the mask.`,
    )
  }
  return regions
}

const rounded = (value: number): number => Math.round(value * 1e4) / 1e4
