/** What the supervisor and its children say to each other over their channel. */
import { z } from 'zod'

export const fromChild = z.discriminatedUnion('kind', [
  /** It works; `address` is for people. */
  z.object({ kind: z.literal('ready'), address: z.string().nullable() }),
  /** It cannot start until a person does what the sentence says. */
  z.object({ kind: z.literal('refused'), sentence: z.string(), exitCode: z.number() }),
])

export const toChild = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('raise'),
    key: z.string(),
    sentence: z.string(),
    remedy: z.string(),
  }),
  z.object({ kind: z.literal('clear'), key: z.string() }),
])

export type FromChild = z.infer<typeof fromChild>
export type ToChild = z.infer<typeof toChild>
