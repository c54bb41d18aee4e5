/** What somebody asks for who connects a project. */
import { z } from 'zod'
import { connected, server } from '../settings.ts'

const { shape: serverForm } = server
const { shape: ownForm } = connected

export const connectBody = z
  .strictObject({
    /** Absent: those that the plugin has. */
    address: serverForm.address.optional(),
    /** A personal access token, or the key of a login. */
    token: z.string().min(1).max(4000).optional(),
    username: z.string().min(1).max(200).optional(),
    password: z.string().min(1).max(1000).optional(),
    /** Its short name; empty: the personal workspace. */
    organization: z.union([serverForm.organization.unwrap(), z.literal('')]).optional(),
    publicAddress: serverForm.publicAddress,
    pluginAddress: serverForm.pluginAddress.optional(),
    linkAddress: serverForm.linkAddress.optional(),
    /** Id in CVAT; absent: only the server is noted. */
    project: z.int().min(1).optional(),
    /** User names; absent: those of before, else whoever holds jobs. */
    annotators: z.array(z.string().min(1).max(200)).max(200).optional(),
    stage: ownForm.stage.unwrap().optional(),
    mode: ownForm.mode.unwrap().optional(),
    shape: ownForm.shape.unwrap().optional(),
    /** Jobs of several images are ranked as they are. */
    wholeJobs: z.boolean().optional(),
    /** New tasks of one-image jobs are made from the images of the others. */
    makePool: z.boolean().default(false),
    /** Those images may be uploaded once more where they lie neither in a share nor in a cloud storage. */
    upload: z.boolean().default(false),
    /** Absent: as before, at first yes. */
    webhook: z.boolean().optional(),
    /** Answer automatic annotation as an agent of CVAT Online or Enterprise; absent: as before, at first no. */
    agent: z.boolean().optional(),
    /** Put back what somebody changes in the project, instead of only telling of it. */
    repairs: z.boolean().default(true),
  })
  .refine(({ username, password }) => (username === undefined) === (password === undefined), {
    path: ['password'],
    message: 'must come with the user name, and the user name with it',
  })

export type Wish = z.infer<typeof connectBody>
