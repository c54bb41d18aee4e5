/** What somebody asks for who connects a project. */
import { z } from 'zod'
import { server } from '../settings.ts'

const { shape } = server

export const connectBody = z.strictObject({
  /** Absent: those that the plugin has. */
  address: shape.address.optional(),
  token: shape.token.optional(),
  publicAddress: shape.publicAddress,
  pluginAddress: shape.pluginAddress.optional(),
  imageOrigins: z.array(shape.imageOrigins.unwrap().element).max(100).optional(),
  /** Id in Label Studio; absent: only the server is noted. */
  project: z.int().min(1).optional(),
  /** Controls that are no labels; absent: those of before. */
  leaveOut: z.array(z.string().min(1).max(200)).max(100).optional(),
  /** Put back what somebody changes in the project, instead of only telling of it. */
  repairs: z.boolean().default(true),
  /** Show probabilities as opacity in brush pre-labels, instead of masks at one half. */
  graded: z.boolean().default(false),
  /** Add the plugin as an ML backend, for the smart tool. */
  mlBackend: z.boolean().default(true),
})

export type Wish = z.infer<typeof connectBody>
