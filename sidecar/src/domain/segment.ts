/** What an annotator points at in a probability map: one object by points or by a box. */
import {
  componentAt,
  type Field,
  joiningLevel,
  largestInside,
  splitByMarkers,
} from './segment-flood.ts'

/** Mean probability of one class, row-major `[height, width]`, 65535 = 1. */
export type ProbabilityField = Field

/** Pixels from the top left corner of the image; fractions lie inside of a pixel. */
export interface SegmentPoint {
  readonly x: number
  readonly y: number
  /** False: this does not belong to the object. */
  readonly positive: boolean
}

export interface SegmentBox {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** One half. */
const half = 32_768

/**
 * The object, 1 inside, row-major `[height, width]`.
 *
 * The 8-connected component of the map at 0.5 that holds all positive points; where there is none, at the largest
 * threshold below 0.5 at which there is one, but above 0. Without positive points: the component at 0.5 with the most
 * pixels in the box, at equality the one with the larger part of itself in it; where the box has none, the one around its
 * most probable pixel. Negative points then cut the component by a watershed on the map: of two points at one pixel the
 * later counts. Nothing where the probability is 0.
 *
 * @param points inside of the image
 * @param box with at least one pixel of the image
 */
export function segment(
  field: ProbabilityField,
  points: readonly SegmentPoint[],
  box?: SegmentBox,
): Uint8Array {
  const { width, height } = field
  const marks = points.map(({ x, y, positive }) => {
    const column = Math.min(width - 1, Math.max(0, Math.floor(x)))
    const row = Math.min(height - 1, Math.max(0, Math.floor(y)))
    return { at: row * width + column, positive }
  })
  const wanted = marks.filter(({ positive }) => positive).map(({ at }) => at)
  const found = wanted.length > 0 ? holding(field, wanted) : inside(field, box)
  if (found === undefined) return new Uint8Array(width * height)
  const { mask, seeds } = found
  const unwanted = marks.filter(({ at, positive }) => !positive && mask[at] === 1)
  if (unwanted.length === 0) return mask
  const own = wanted.length > 0 ? [] : seeds.map((at) => ({ at, positive: true }))
  return splitByMarkers(field, mask, [...own, ...marks])
}

interface Found {
  readonly mask: Uint8Array
  /** Pixels that stand for the object. */
  readonly seeds: readonly number[]
}

function holding(field: ProbabilityField, seeds: readonly number[]): Found | undefined {
  const [first = 0] = seeds
  if ((field.data[first] ?? 0) >= half) {
    const mask = componentAt(field, first, half)
    if (seeds.every((at) => mask[at] === 1)) return { mask, seeds }
  }
  const level = Math.min(half, joiningLevel(field, seeds))
  return level === 0 ? undefined : { mask: componentAt(field, first, level), seeds }
}

function inside(field: ProbabilityField, box: SegmentBox | undefined): Found | undefined {
  if (box === undefined) return undefined
  const area = pixelsOf(box, field)
  const found = largestInside(field, area, half)
  if (found !== undefined) return { mask: found, seeds: [peakOf(field, area, found)] }
  const peak = peakOf(field, area)
  const level = field.data[peak] ?? 0
  return level === 0 ? undefined : { mask: componentAt(field, peak, level), seeds: [peak] }
}

export interface PixelArea {
  readonly left: number
  readonly top: number
  /** Behind the last one. */
  readonly right: number
  readonly bottom: number
}

/** The pixels that a box touches, at least one. */
export function pixelsOf(
  box: SegmentBox,
  { width, height }: Pick<ProbabilityField, 'width' | 'height'>,
): PixelArea {
  const left = Math.min(width - 1, Math.max(0, Math.floor(box.x)))
  const top = Math.min(height - 1, Math.max(0, Math.floor(box.y)))
  const right = Math.max(left + 1, Math.min(width, Math.ceil(box.x + box.width)))
  const bottom = Math.max(top + 1, Math.min(height, Math.ceil(box.y + box.height)))
  return { left, top, right, bottom }
}

/** The most probable pixel of the area, of equal ones that nearest to its middle, then the first. */
function peakOf(
  { width, data }: ProbabilityField,
  { left, top, right, bottom }: PixelArea,
  mask?: Uint8Array,
): number {
  const [middleX, middleY] = [(left + right - 1) / 2, (top + bottom - 1) / 2]
  let best = -1
  let value = -1
  let distance = 0
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const at = y * width + x
      const own = data[at] ?? 0
      if (own < value || (mask !== undefined && mask[at] !== 1)) continue
      const away = (x - middleX) ** 2 + (y - middleY) ** 2
      if (own === value && away >= distance) continue
      best = at
      value = own
      distance = away
    }
  }
  return best
}
