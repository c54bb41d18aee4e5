/** What every request between a client and the sidecar has in common. */
import { z } from 'zod'

/** Major and minor; different majors do not understand each other. The path `/v1` names the major, too. */
export const protocolVersion = '1.0'

/** Header in which both sides name their version. */
export const protocolHeader = 'Suggest-Protocol'

/** Items of one bulk request at most. */
export const bulkLimit = 10_000

/** SHA-256 in lower-case hex. */
export const digest = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in lower-case hex')

/** A moment, ISO 8601 in UTC. */
export const moment = z.iso.datetime()

/** Short text for people or an id of the tool; no control characters. */
export const text = (longest: number) =>
  z
    .string()
    .min(1)
    .max(longest)
    .regex(/^\P{Cc}*$/u, 'must not contain control characters')

/** Name of a project in addresses, e.g. `nuclei-2026`. */
export const projectId = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 lower-case letters, digits and hyphens')

/** The tool's own id of a task, as text. */
export const taskKey = text(200)

/** The address of a page for people; only http and https. */
export const webAddress = z.url({ protocol: /^https?$/ }).max(2000)

/** Query of every list: `limit` items after the cursor of the last page. */
export const page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  after: z.string().max(200).optional(),
})

/** `next` is the cursor of the following page; null on the last one. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.strictObject({ items: z.array(item), next: z.string().nullable() })
