/** Problems that a plugin reports, so that people see them on the sidecar's page. */
import { z } from 'zod'
import { text, webAddress } from '../protocol.ts'

/** Only these can be reported and cleared from outside; the sidecar's own problems are its own business. */
export const reportKey = z
  .string()
  .regex(/^tool\.[\w.~-]{1,180}$/, 'must be tool. and up to 180 letters, digits and . _ ~ -')

export const problemReport = z.strictObject({
  /** What is wrong, and where. */
  sentence: text(2000),
  /** What somebody can do about it. */
  remedy: text(2000),
  /** Where a person can look at it. */
  url: webAddress.optional(),
})

export type ProblemReport = z.infer<typeof problemReport>
