/** What became of the pre-label that an annotator was shown. */
import type { Label } from '@suggestive/shared/protocol/label'
import type { Shape } from '../client/wire.ts'
import { digestOfShape } from './digest.ts'

/** One of our shapes of a frame as it was recorded when it was written. */
export interface RecordedShape {
  /** Absent when the answer of the server was lost. */
  readonly id?: number | undefined
  /** Of `digestOfShape`. */
  readonly digest: string
}

/** Is it ours, and nobody has touched it? Servers may renumber what they keep, so the content decides. */
export function isUntouched(shape: Shape, ours: readonly RecordedShape[]): boolean {
  if (shape.source !== 'auto') return false
  const digest = digestOfShape(shape)
  return ours.some((recorded) => recorded.digest === digest)
}

/**
 * `accepted`: the frame's shapes are ours, all of them and no other, untouched. `edited`: something of ours is left, or is
 * changed (the editor turns a changed `auto` shape into `semi-auto`), or all was deleted and nothing drawn. `ignored`:
 * ours were deleted and others drawn instead. Undefined where there was no pre-label.
 *
 * @param now all shapes of the frame in the finished job
 */
export function prelabelUse(
  ours: readonly RecordedShape[],
  now: readonly Shape[],
): NonNullable<Label['prelabel']>['use'] | undefined {
  if (ours.length === 0) return undefined
  const untouched = now.filter((shape) => isUntouched(shape, ours))
  if (untouched.length === now.length && now.length === ours.length) return 'accepted'
  const ids = new Set(ours.map(({ id }) => id))
  const isOurs = (shape: Shape) => ids.has(shape.id) || shape.source === 'semi-auto'
  if (now.length === 0 || untouched.length > 0 || now.some(isOurs)) return 'edited'
  return 'ignored'
}
