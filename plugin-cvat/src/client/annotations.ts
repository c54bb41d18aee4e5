/** Calls about the shapes of one job (contract section 5). Nothing here replaces a whole job: people work in it. */
import { Problem } from '@suggestive/shared/problem'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

/** Of one job; 20,000 masks or more. */
const mostBytes = 512_000_000
/** The server works on large jobs for minutes. */
const timeoutMs = 300_000

export function annotationCalls({ json, done }: Caller) {
  const body = (shapes: readonly unknown[]) => ({ version: 0, tags: [], shapes, tracks: [] })

  return {
    annotations: (job: number, signal: AbortSignal): Promise<wire.Annotations> =>
      json(
        {
          method: 'GET',
          path: `jobs/${job}/annotations`,
          what: `annotations of job ${job}`,
          mostBytes,
          timeoutMs,
        },
        wire.annotations,
        signal,
      ),

    /** Not repeated: a second time would append them twice. */
    async createShapes(
      job: number,
      shapes: readonly wire.NewShape[],
      signal: AbortSignal,
    ): Promise<readonly wire.Shape[]> {
      if (shapes.length === 0) return []
      const call = {
        method: 'PATCH',
        path: `jobs/${job}/annotations`,
        query: { action: 'create' },
        body: body(shapes),
        isRepeatable: false,
        what: `shapes of job ${job}`,
        mostBytes,
        timeoutMs,
      } as const
      const created = (await json(call, wire.annotations, signal)).shapes
      if (created.length === shapes.length) return created
      throw new Problem(
        'tool-failed',
        `CVAT answers with ${created.length} shapes for the ${shapes.length} that were sent to job ${job}: look at the job and into CVAT's log.`,
      )
    },

    /** The server passes over those that are gone. */
    async deleteShapes(
      job: number,
      shapes: readonly wire.Shape[],
      signal: AbortSignal,
    ): Promise<void> {
      if (shapes.length === 0) return
      const call = {
        method: 'PATCH',
        path: `jobs/${job}/annotations`,
        query: { action: 'delete' },
        body: body(shapes),
        isRepeatable: true,
        what: `shapes of job ${job}`,
        mostBytes,
        timeoutMs,
      } as const
      await done(call, signal)
    },
  }
}
