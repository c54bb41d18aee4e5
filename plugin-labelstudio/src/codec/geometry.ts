/**
 * Shapes of regions as pixels. Coordinates are percent of the image's own width and height, also when the annotator turned
 * the image in the editor (`image_rotation` 90, 180, 270): the editor turns only its view, maps the pointer back, and
 * reads brush masks from the unturned canvas. Angles of shapes are degrees, clockwise as seen.
 */
import { fillEllipse } from '@suggestive/shared/ellipse'
import { fillPolygon, type Point, type Span } from '@suggestive/shared/polygon'
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'
import type { Shape } from './configuration.ts'
import { decodeBrush } from './rle-decode.ts'

/** In pixels, as the file has it. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

const brush = z.looseObject({ format: z.literal('rle').optional(), rle: z.unknown() })
/** Far outside is no accident; a finite range keeps the arithmetic exact. */
const percent = z.number().min(-10_000).max(10_000)
const polygon = z.looseObject({
  points: z
    .array(z.tuple([percent, percent]))
    .min(1)
    .max(100_000),
})
const rotation = z.number().min(-3600).max(3600).default(0)
const rectangle = z.looseObject({
  x: percent,
  y: percent,
  width: percent.min(0),
  height: percent.min(0),
  rotation,
})
const ellipse = z.looseObject({
  x: percent,
  y: percent,
  radiusX: percent.min(0),
  radiusY: percent.min(0),
  rotation,
})

/**
 * Gives the pixels of one region.
 *
 * @param value `value` of the region
 * @returns how much work it was beyond reading the value: rows crossed by its edges
 * @throws Problem `unreadable-input`
 */
export function fillShape(shape: Shape, value: unknown, size: ImageSize, span: Span): number {
  switch (shape) {
    case 'brush':
      fillBrush(read(brush, value, shape).rle, size, span)
      return 0
    case 'polygon': {
      const { points } = read(polygon, value, shape)
      const scaled = points.map(([x, y]) => pixelOf(x, y, size))
      return fillPolygon(scaled, size.width, size.height, span)
    }
    case 'rectangle':
      return fillRectangle(read(rectangle, value, shape), size, span)
    case 'ellipse': {
      const { radiusX, radiusY, rotation: degrees, ...centre } = read(ellipse, value, shape)
      const [x, y] = pixelOf(centre.x, centre.y, size)
      const [right, down] = pixelOf(radiusX, radiusY, size)
      const whole = { x, y, radiusX: right, radiusY: down, degrees }
      fillEllipse(whole, size.width, size.height, span)
      return size.height
    }
  }
}

function pixelOf(x: number, y: number, { width, height }: ImageSize): Point {
  return [(x * width) / 100, (y * height) / 100]
}

function fillBrush(rle: unknown, { width, height }: ImageSize, span: Span): void {
  let at = 0
  for (const [index, run] of decodeBrush(rle, width, height).entries()) {
    if (index % 2 === 1) span(at, at + run)
    at += run
  }
}

/** Turned about the corner x, y, in pixels: percents of width and height are not of the same length. */
function fillRectangle(value: z.infer<typeof rectangle>, size: ImageSize, span: Span): number {
  const [x, y] = pixelOf(value.x, value.y, size)
  const [width, height] = pixelOf(value.width, value.height, size)
  const turns = value.rotation / 90
  const isStraight = Number.isInteger(turns)
  const cosine = isStraight ? [1, 0, -1, 0].at(turns % 4) : Math.cos((turns * Math.PI) / 2)
  const sine = isStraight ? [0, 1, 0, -1].at(turns % 4) : Math.sin((turns * Math.PI) / 2)
  const corner = (right: number, down: number): Point => [
    x + right * (cosine ?? 1) - down * (sine ?? 0),
    y + right * (sine ?? 0) + down * (cosine ?? 1),
  ]
  const corners = [corner(0, 0), corner(width, 0), corner(width, height), corner(0, height)]
  return fillPolygon(corners, size.width, size.height, span)
}

function read<Schema extends z.ZodType>(schema: Schema, value: unknown, shape: Shape) {
  try {
    return checked(schema, value, `The ${shape} of a region`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Problem('unreadable-input', reason, { cause })
  }
}
