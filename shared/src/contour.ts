/** Mask components as polygons with few points. */
import type { Component } from './components.ts'
import { keyhole } from './keyhole.ts'
import type { Outline } from './outline.ts'
import { fillPolygon, type Point } from './polygon.ts'
import { significanceOf, simplify } from './simplify.ts'

/** A polygon and how well it says what it stands for. */
export interface Contour {
  readonly points: readonly Point[]
  /** Intersection over union of the filled polygon and the component. */
  readonly agreement: number
  /** Holes that were left out because there would be too many points. */
  readonly lostHoles: number
}

export interface ContourLimits {
  /** The least agreement to simplify for, e.g. 0.98. */
  readonly agreement: number
  /** Most points, bridges included, at least 16; goes before the agreement. */
  readonly points: number
  /** What the tool makes of a coordinate (rounding); the agreement is that of the result. */
  readonly round?: (point: Point) => Point
}

/** In pixels; half the width of a brush is rarely known better than 4. Tolerance 0 keeps every corner. */
const tolerances = [4, 2, 1, 0.5, 0] as const

/** The simplest polygon of the tolerances 4, 2, 1, 0.5 and 0 pixels that agrees well enough. */
export function contourOf(
  component: Component,
  outline: Outline,
  width: number,
  height: number,
  limits: ContourLimits,
): Contour {
  const holes = outline.holes.toSorted((a, b) => b.pixels - a.pixels)
  const rings = [outline.outer, ...holes].map(({ points }) => ({
    points,
    significance: significanceOf(points),
  }))
  const round = limits.round ?? ((point: Point) => point)
  const drawn = (tolerance: number, lostHoles: number): Contour | undefined => {
    const kept = rings
      .slice(0, rings.length - lostHoles)
      .map((ring) => simplify(ring.points, ring.significance, tolerance))
    const bridges = 2 * (kept.length - 1)
    if (kept.reduce((sum, ring) => sum + ring.length, bridges) > limits.points) return undefined
    const [outer = [], ...others] = kept.map((ring) => ring.map(round))
    const points = keyhole(outer, others)
    return { points, agreement: agreementWith(component, points, width, height), lostHoles }
  }

  let best: Contour | undefined
  for (const tolerance of tolerances) {
    const contour = drawn(tolerance, 0)
    if (contour === undefined) break
    if (contour.agreement >= limits.agreement) return contour
    best = contour
  }
  // Too many points: fewer holes (a hole takes five), then the tolerance that just fits.
  const lostHoles = Math.max(0, holes.length - Math.floor(limits.points / 16))
  const kept = rings.slice(0, rings.length - lostHoles)
  const all = kept.flatMap(({ significance }) => [...significance]).sort((a, b) => b - a)
  const room = limits.points - 5 * (kept.length - 1)
  const coarse = drawn(all[room] ?? 0, lostHoles)
  if (coarse === undefined) return best ?? { points: [], agreement: 0, lostHoles: holes.length }
  return best !== undefined && best.agreement > coarse.agreement ? best : coarse
}

/** Both lists of spans are in row-major order. */
function agreementWith(
  { pixels, starts, ends }: Component,
  points: readonly Point[],
  width: number,
  height: number,
): number {
  let [shared, drawn, at] = [0, 0, 0]
  fillPolygon(points, width, height, (start, end) => {
    drawn += end - start
    while (at < ends.length && (ends[at] ?? 0) <= start) at++
    for (let i = at; i < starts.length && (starts[i] ?? 0) < end; i++) {
      shared += Math.min(end, ends[i] ?? 0) - Math.max(start, starts[i] ?? 0)
    }
  })
  return shared / (pixels + drawn - shared)
}
