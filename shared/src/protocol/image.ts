/** Images: bytes by content. */
import { z } from 'zod'
import { bulkLimit, digest } from '../protocol.ts'

export const image = z.strictObject({
  digest,
  bytes: z.int(),
  width: z.int(),
  height: z.int(),
})

/** Which of these must be sent? Known ones need not be. */
export const missingBody = z.strictObject({ digests: z.array(digest).max(bulkLimit) })
export const missingReply = z.strictObject({ missing: z.array(z.string()) })

/** Of one multipart request; files stand in the order sent. */
export const imagesReply = z.strictObject({
  stored: z.array(z.strictObject({ name: z.string(), ...image.shape })),
  refused: z.array(z.strictObject({ name: z.string(), detail: z.string() })),
})

/** State of an interrupted upload; `offset` bytes are here. */
export const uploadReply = z.strictObject({ digest, offset: z.int(), complete: z.boolean() })

export type ImageView = z.infer<typeof image>
