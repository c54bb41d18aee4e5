/** Models: the ensembles of finished rounds. */
import { z } from 'zod'
import { moment } from '../protocol.ts'

export const model = z.strictObject({
  digest: z.string(),
  round: z.int(),
  createdAt: moment,
  bytes: z.int(),
  inUse: z.boolean(),
  heldOutDice: z.number().nullable(),
  /** False when only its record is left. */
  stored: z.boolean(),
})

export const rollbackReply = z.strictObject({ modelDigest: z.string(), queueRevision: z.int() })

export type ModelView = z.infer<typeof model>
