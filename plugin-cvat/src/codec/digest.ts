/** What a shape says, in short: by this our own shapes are known again. */
import { createHash } from 'node:crypto'
import type { Shape } from '../client/wire.ts'

export type ShapeContent = Readonly<Pick<Shape, 'label_id' | 'type' | 'frame'>> & {
  readonly points: readonly number[]
}

/** SHA-256 in hex over label, type, frame and points; the server and the editor may round coordinates to 2 digits. */
export function digestOfShape({ label_id, type, frame, points }: ShapeContent): string {
  const rounded = points.map((value) => Math.round(100 * value) / 100)
  const text = JSON.stringify([label_id, type, frame, rounded])
  return createHash('sha256').update(text).digest('hex')
}
