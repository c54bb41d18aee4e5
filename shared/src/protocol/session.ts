/** Sessions of people in a browser, and who may do what. */
import { z } from 'zod'
import { moment } from '../protocol.ts'

/** `owner` may do all, `annotator` and `viewer` read, `service` is a plugin. */
export const role = z.enum(['owner', 'annotator', 'viewer', 'service'])

export const newSession = z.strictObject({ token: z.string().min(1).max(500) })

export const session = z.strictObject({
  role,
  /** As the configuration names the token's holder. */
  name: z.string(),
  /** Null when no session is needed: a bearer token, or a sidecar without tokens. */
  expiresAt: moment.nullable(),
})

export type Role = z.infer<typeof role>
export type SessionView = z.infer<typeof session>
