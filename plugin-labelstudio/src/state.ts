/** What the plugin has to remember about a project of Label Studio. */
import { z } from 'zod'

const digest = z.string().regex(/^[0-9a-f]{64}$/)

export const memory = z.strictObject({
  /** The project as it was before the connection. */
  before: z
    .strictObject({
      sampling: z.string().nullable(),
      modelVersion: z.string(),
      showPredictions: z.boolean(),
    })
    .optional(),
  /** The latest last; written before anything is sent. */
  published: z
    .array(
      z.strictObject({
        revision: z.int(),
        modelVersion: z.string(),
        /** Of its pre-labels; null when it has none. */
        modelDigest: digest.nullable(),
        /** Predictions that the server must have. */
        rows: z.int(),
        /** The project serves or has served it. */
        isComplete: z.boolean(),
      }),
    )
    .default([]),
  /** Id of the view "Suggested order"; it is made once. */
  view: z.int().optional(),
  /** Id of our webhook. */
  webhook: z.int().optional(),
})

export type Memory = z.infer<typeof memory>
export type Published = Memory['published'][number]

/** Where it is kept; one for each project. */
export interface MemoryStore {
  /** An empty memory when nothing was written. */
  read(): Promise<Memory>
  /** All or nothing, and durable when it resolves. */
  write(memory: Memory): Promise<void>
}

/** So many publications are remembered: annotations tell which of them their pre-label came from. */
export const mostRemembered = 200
