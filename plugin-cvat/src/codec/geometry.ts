/**
 * Shapes of CVAT as pixels (contract section 5). Coordinates are pixels from the upper left corner of the image; angles
 * are degrees, clockwise as seen, about the centre of the shape.
 */
import { fillEllipse } from '@suggestive/shared/ellipse'
import { fillPolygon, type Point, type Span } from '@suggestive/shared/polygon'
import { Problem } from '@suggestive/shared/problem'
import type { Shape } from '../client/wire.ts'
import { fillMask, type ImageSize } from './mask-decode.ts'

type Drawn = Pick<Shape, 'type' | 'points' | 'rotation'>

const areas = ['mask', 'polygon', 'rectangle', 'ellipse'] as const
type Area = (typeof areas)[number]

/** Far outside is no accident; a finite range keeps the arithmetic exact. */
const mostCoordinate = 10_000_000
const mostPoints = 100_000
const mostDegrees = 3600

/** Do shapes of this type cover pixels? */
export function isArea(type: string): type is Area {
  return areas.some((area) => area === type)
}

/**
 * Gives the pixels of one shape.
 *
 * @returns how much work it was beyond reading the points: rows crossed by its edges
 * @throws Problem `unreadable-input`
 */
export function fillShape(type: Area, shape: Drawn, size: ImageSize, span: Span): number {
  const { points, rotation = 0 } = shape
  if (type === 'mask') {
    fillMask(points, size, span)
    return 0
  }
  if (!points.every((value) => Math.abs(value) <= mostCoordinate)) {
    throw broken(type, `it has a coordinate beyond ${mostCoordinate}`)
  }
  if (!(Math.abs(rotation) <= mostDegrees))
    throw broken(type, `it is turned by ${rotation} degrees`)
  if (type === 'polygon') return fillPolygon(pairsOf(points), size.width, size.height, span)
  if (points.length !== 4) throw broken(type, `it has ${points.length} coordinates instead of 4`)
  return type === 'rectangle'
    ? fillRectangle(points, rotation, size, span)
    : fillRound(points, rotation, size, span)
}

function pairsOf(points: readonly number[]): Point[] {
  if (points.length < 6 || points.length % 2 !== 0 || points.length > 2 * mostPoints) {
    throw broken('polygon', `it has ${points.length} coordinates instead of two for each point`)
  }
  return Array.from({ length: points.length / 2 }, (_, i) => [
    points[2 * i] ?? 0,
    points[2 * i + 1] ?? 0,
  ])
}

/** `left, top, right, bottom`, turned about its centre. */
function fillRectangle(
  [left = 0, top = 0, right = 0, bottom = 0]: readonly number[],
  degrees: number,
  { width, height }: ImageSize,
  span: Span,
): number {
  const [x, y] = [(left + right) / 2, (top + bottom) / 2]
  const turns = degrees / 90
  const isStraight = Number.isInteger(turns)
  const cosine = (isStraight ? [1, 0, -1, 0].at(turns % 4) : Math.cos((turns * Math.PI) / 2)) ?? 1
  const sine = (isStraight ? [0, 1, 0, -1].at(turns % 4) : Math.sin((turns * Math.PI) / 2)) ?? 0
  const corner = (atX: number, atY: number): Point => [
    x + (atX - x) * cosine - (atY - y) * sine,
    y + (atX - x) * sine + (atY - y) * cosine,
  ]
  const corners = [
    corner(left, top),
    corner(right, top),
    corner(right, bottom),
    corner(left, bottom),
  ]
  return fillPolygon(corners, width, height, span)
}

/** `centre x, centre y, right end x, upper end y` before it is turned. */
function fillRound(
  [x = 0, y = 0, right = 0, top = 0]: readonly number[],
  degrees: number,
  { width, height }: ImageSize,
  span: Span,
): number {
  const [radiusX, radiusY] = [Math.abs(right - x), Math.abs(y - top)]
  fillEllipse({ x, y, radiusX, radiusY, degrees }, width, height, span)
  return height
}

function broken(type: string, reason: string): Problem {
  return new Problem(
    'unreadable-input',
    `The ${type} cannot be read: ${reason}. Open the job in CVAT, delete it or draw it anew, and save.`,
  )
}
