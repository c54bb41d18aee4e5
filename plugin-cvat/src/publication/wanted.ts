/** The shapes that a publication wants in jobs. */
import { setImmediate as breathe } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import type { PublishedRow } from '@suggestive/shared/tool'
import type { NewShape } from '../client/wire.ts'
import type { Classes } from '../codec/classes.ts'
import { shapesFor } from '../codec/shapes.ts'
import type { Place } from '../pool.ts'
import type { Wanted } from './prelabels.ts'

export interface Target {
  readonly job: number
  readonly rows: readonly { readonly row: PublishedRow; readonly place: Place }[]
}

/**
 * One for each job, in their order. Gives the event loop its turn between masks.
 *
 * @returns notes of what was left out of pre-labels
 */
export async function wantedShapes(
  targets: readonly Target[],
  { labels }: Pick<Classes, 'labels'>,
  shape: 'mask' | 'polygon',
): Promise<{ readonly wanted: readonly Wanted[]; readonly notes: readonly string[] }> {
  const wanted: Wanted[] = []
  const notes: string[] = []
  for (const { job, rows } of targets) {
    const shapes: NewShape[] = []
    let modelDigest: string | undefined
    for (const { row, place } of rows) {
      const { suggestion, taskKey } = row
      if (suggestion === undefined) continue
      await breathe()
      modelDigest = suggestion.modelDigest
      const { frame, width, height } = place
      try {
        const made = shapesFor(suggestion, { labels, frame, size: { width, height }, shape })
        shapes.push(...made.shapes)
        notes.push(...made.notes.map((note) => `Task ${taskKey}: ${note}`))
      } catch (error) {
        // The image keeps its place in the order; it only comes without a pre-label.
        if (!(error instanceof Problem)) throw error
        notes.push(`Task ${taskKey} has no pre-label: ${error.message}`)
      }
    }
    wanted.push({ job, modelDigest, shapes: modelDigest === undefined ? undefined : shapes })
  }
  return { wanted, notes }
}
