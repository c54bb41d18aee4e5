/** Bodies of requests about personal links and new pools. */
import { z } from 'zod'

const project = z.int().min(1)
const username = z.string().min(1).max(200)

export const linksBody = z
  .strictObject({
    /** Absent: of all connected projects. */
    project: project.optional(),
    /** Makes a link, instead of the one that this user has. */
    create: username.optional(),
    /** Takes it back. */
    revoke: username.optional(),
  })
  .refine(({ create, revoke }) => create === undefined || revoke === undefined, {
    path: ['revoke'],
    message: 'must not come together with create',
  })

export const poolBody = z.strictObject({
  project,
  /** The images may be uploaded once more where they lie neither in a share nor in a cloud storage. */
  upload: z.boolean().default(false),
})

export type LinksWish = z.infer<typeof linksBody>
