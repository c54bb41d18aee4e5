/** Ellipses as pixels, by the rule of polygons: a pixel belongs to the shape that holds its centre. */
import type { Span } from './polygon.ts'

/** In pixels. */
export interface Ellipse {
  readonly x: number
  readonly y: number
  /** Half axes before the rotation; without a positive one there is no pixel. */
  readonly radiusX: number
  readonly radiusY: number
  /** Clockwise as seen, about the centre. */
  readonly degrees: number
}

/** Gives the pixels whose centre lies inside or on the border, in row-major order. */
export function fillEllipse(ellipse: Ellipse, width: number, height: number, span: Span): void {
  const { x, y, radiusX, radiusY, degrees } = ellipse
  if (!(radiusX > 0 && radiusY > 0)) return
  const cosine = Math.cos((degrees * Math.PI) / 180)
  const sine = Math.sin((degrees * Math.PI) / 180)
  // The quadratic form a dx² + 2 b dx dy + c dy² <= 1; for each row a quadratic equation in dx.
  const a = (cosine / radiusX) ** 2 + (sine / radiusY) ** 2
  const b = cosine * sine * (1 / radiusX ** 2 - 1 / radiusY ** 2)
  const c = (sine / radiusX) ** 2 + (cosine / radiusY) ** 2
  const reach = Math.hypot(radiusX * sine, radiusY * cosine)
  const top = Math.max(0, Math.ceil(y - reach - 0.5))
  const bottom = Math.min(height - 1, Math.floor(y + reach - 0.5))
  for (let row = top; row <= bottom; row++) {
    const dy = row + 0.5 - y
    const square = (b * dy) ** 2 - a * (c * dy * dy - 1)
    if (square < 0) continue
    const middle = x - (b * dy) / a
    const half = Math.sqrt(square) / a
    const left = Math.max(0, Math.ceil(middle - half - 0.5))
    const right = Math.min(width - 1, Math.floor(middle + half - 0.5))
    if (right >= left) span(row * width + left, row * width + right + 1)
  }
}
