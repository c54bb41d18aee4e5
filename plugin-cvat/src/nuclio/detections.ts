/** Masks as a detector of CVAT answers them: one object for each connected part (contract section 7). */
import { type Component, componentsOf } from '@suggestive/shared/components'
import { contourOf } from '@suggestive/shared/contour'
import { outlinesOf } from '@suggestive/shared/outline'
import type { Point } from '@suggestive/shared/polygon'
import type { RunMask } from '@suggestive/shared/protocol/label'

export interface Detection {
  readonly confidence: string
  readonly label: string
  readonly type: 'mask'
  /** A polygon `x0, y0, x1, y1, ...`, for callers that ask for polygons. */
  readonly points: readonly number[]
  /** 0 and 1, row-major over the crop, then `left, top, right, bottom`, inclusive pixels. No run lengths. */
  readonly mask: readonly number[]
  readonly attributes: readonly []
}

/** Of a class; people would not go through more of them. */
const mostParts = 1000
const limits = { agreement: 0.98, points: 400, round }

/**
 * @param scores mean probability inside of each class's pixels, 0..1
 * @param names of the classes; those without one are left out
 * @param threshold classes below it are left out
 */
export function detectionsOf(
  { width, height, layers }: RunMask,
  scores: ReadonlyMap<number, number>,
  names: ReadonlyMap<number, string>,
  threshold: number,
): Detection[] {
  return layers.flatMap(({ classId, runs }) => {
    const label = names.get(classId)
    const score = scores.get(classId) ?? 1
    if (label === undefined || score < threshold) return []
    const parts = componentsOf(runs, width)
      .toSorted((a, b) => b.pixels - a.pixels)
      .slice(0, mostParts)
    const confidence = String(Math.round(1e4 * score) / 1e4)
    return outlinesOf(parts, width, height).flatMap((outline, index) => {
      const part = parts[index]
      if (part === undefined) return []
      const { points } = contourOf(part, outline, width, height, limits)
      return {
        confidence,
        label,
        type: 'mask' as const,
        points: points.flat(),
        mask: cropOf(part, width),
        attributes: [] as const,
      }
    })
  })
}

function cropOf({ starts, ends }: Component, width: number): number[] {
  let [left, right] = [width, 0]
  const rows = starts.map((start, index) => {
    const row = Math.floor(start / width)
    const span = { row, from: start - row * width, to: (ends[index] ?? start) - row * width }
    left = Math.min(left, span.from)
    right = Math.max(right, span.to - 1)
    return span
  })
  const top = rows[0]?.row ?? 0
  const bottom = rows.at(-1)?.row ?? 0
  const across = right - left + 1
  const crop = new Array<number>(across * (bottom - top + 1)).fill(0)
  for (const { row, from, to } of rows) {
    const at = (row - top) * across - left
    crop.fill(1, at + from, at + to)
  }
  return [...crop, left, top, right, bottom]
}

function round([x, y]: Point): Point {
  return [Math.round(100 * x) / 100, Math.round(100 * y) / 100]
}
