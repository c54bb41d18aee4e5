/** Calls about predictions. */
import type { HttpReply } from '@suggestive/shared/http'
import { type Caller, replyOrUnknown } from './call.ts'
import * as wire from './wire.ts'

export interface NewPrediction {
  readonly task: number
  readonly model_version: string
  /** 0..1; lower is served first. */
  readonly score: number
  readonly result: readonly unknown[]
}

/**
 * `unknown`: nobody answered in time, and it may have been carried out. `unknown-task`: nothing was stored, because a task
 * does not exist.
 */
export type ImportOutcome =
  | { readonly kind: 'created'; readonly created: number }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'unknown-task' }

export type SingleOutcome = 'created' | 'unknown' | 'unknown-task'

/** Imports and deletions take a server minutes in large projects. */
const longMs = 900_000

export function predictionCalls({ raw, read, json, optional }: Caller) {
  return {
    /**
     * Rows that the server finds wrong are left out silently: compare the count.
     *
     * @param rows an array of `NewPrediction` as JSON
     */
    async importPredictions(
      project: number,
      rows: Uint8Array,
      signal: AbortSignal,
    ): Promise<ImportOutcome> {
      const what = `predictions of project ${project}`
      const path = `api/projects/${project}/import/predictions`
      const call = { method: 'POST', path, body: rows, timeoutMs: longMs, what } as const
      const reply = await replyOrUnknown(raw(call, signal))
      if (reply === undefined) return { kind: 'unknown' }
      if (isAboutTask(reply)) return { kind: 'unknown-task' }
      return { kind: 'created', created: read(reply, wire.imported, what).created }
    },

    async addPrediction(body: NewPrediction, signal: AbortSignal): Promise<SingleOutcome> {
      const what = `a prediction of task ${body.task}`
      const call = { method: 'POST', path: 'api/predictions/', body, what } as const
      const reply = await replyOrUnknown(raw(call, signal))
      if (reply === undefined) return 'unknown'
      if (isAboutTask(reply)) return 'unknown-task'
      read(reply, wire.prediction, what)
      return 'created'
    },

    /** Number of predictions by version. */
    modelVersions: (project: number, signal: AbortSignal) =>
      json(
        {
          method: 'GET',
          path: `api/projects/${project}/model-versions/`,
          what: `model versions of project ${project}`,
        },
        wire.modelVersions,
        signal,
      ),

    /** All predictions of the version; the project's own version becomes null when it is this one. */
    async deleteModelVersion(
      project: number,
      version: string,
      signal: AbortSignal,
    ): Promise<number> {
      const call = {
        method: 'DELETE',
        path: `api/projects/${project}/model-versions/`,
        body: { model_version: version },
        timeoutMs: longMs,
        what: `model version ${version}`,
      } as const
      return (await optional(call, wire.deletedVersion, signal))?.deleted_predictions ?? 0
    },
  }
}

function isAboutTask({ status, bytes }: HttpReply): boolean {
  if (status !== 400) return false
  const text = Buffer.from(bytes).toString('utf8')
  return /invalid \\?"task\\?" field|"task":\s*\[/.test(text)
}
