/** Which shapes of a job are ours: recorded, untouched, still marked as made by a machine (contract section 5). */
import type { Annotations, Shape } from '../client/wire.ts'
import { digestOfShape } from '../codec/digest.ts'
import type { Memory, OwnShape } from '../state.ts'

export interface Split {
  readonly ours: readonly Shape[]
  /** People's, or another model's: the job must not be written to then. */
  readonly hasOthers: boolean
}

export function splitShapes(
  { shapes, tracks, tags }: Annotations,
  recorded: Memory['prelabels'][string] | undefined,
): Split {
  const known = recorded?.shapes ?? []
  const ours = known.length === 0 ? [] : shapes.filter((shape) => isOurs(shape, known))
  return { ours, hasOthers: ours.length < shapes.length || tracks.length > 0 || tags.length > 0 }
}

/** What was sent and never answered has no id: its content tells. */
function isOurs(shape: Shape, known: readonly OwnShape[]): boolean {
  if (shape.source !== 'auto') return false
  const candidates = known.filter(({ id }) => id === null || id === shape.id)
  if (candidates.length === 0) return false
  const digest = digestOfShape(shape)
  return candidates.some((one) => one.digest === digest)
}
