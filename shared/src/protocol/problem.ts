/** Errors on the wire: RFC 9457, `application/problem+json`. */
import { z } from 'zod'

export const problemMedia = 'application/problem+json'

export const problemDocument = z.strictObject({
  /** One for each kind of `problem.ts`, e.g. `urn:suggestive-annotation:problem:not-found`. */
  type: z.string(),
  title: z.string(),
  status: z.int(),
  /** What is wrong, where, and what to do. */
  detail: z.string(),
  /** Names the request in the log of the server. */
  instance: z.string(),
  /** Fields of the request; `pointer` as in RFC 6901. */
  errors: z.array(z.strictObject({ pointer: z.string(), detail: z.string() })).optional(),
})

export const problemType = (kind: string) => `urn:suggestive-annotation:problem:${kind}`

export type ProblemDocument = z.infer<typeof problemDocument>
