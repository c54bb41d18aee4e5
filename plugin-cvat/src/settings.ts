/** What the plugin remembers between two starts; holds secrets. */
import { saved } from '@suggestive/shared/bridge/state'
import { webAddress } from '@suggestive/shared/protocol'
import { openSettingsFile, type SettingsFile } from '@suggestive/shared/settings-file'
import { z } from 'zod'
import { registered } from './agent/registration.ts'
import { stages } from './client/wire.ts'
import { memory } from './state.ts'

/** A user of CVAT. */
export const person = z.strictObject({ id: z.int().min(1), username: z.string().min(1).max(200) })

const credentials = z.union([
  z.strictObject({ token: z.string().min(1).max(4000) }),
  z.strictObject({
    username: z.string().min(1).max(200),
    password: z.string().min(1).max(1000),
  }),
])

/** The one CVAT that the plugin works with. */
export const server = z.strictObject({
  /** Where the plugin reaches it. */
  address: webAddress,
  credentials,
  /** Whose credentials they are: what this account changes comes back as webhooks. */
  account: person.optional(),
  /** Short name of the organisation; absent: the personal workspace. */
  organization: z
    .string()
    .regex(/^[\w-]{1,100}$/, 'must be the short name of an organisation')
    .optional(),
  /** Where people reach it, when that is another address. */
  publicAddress: webAddress.optional(),
  /** Where it reaches the plugin. */
  pluginAddress: webAddress,
  /** Where annotators reach the plugin. */
  linkAddress: webAddress,
})

/** A personal link to the next job. */
const link = z.strictObject({
  annotator: person,
  /** 256 random bits; shown again to the owner, so it is kept as it is, in a file that nobody else may read. */
  secret: z.string().min(43),
})

export const connected = z.strictObject({
  /** Of the signatures of webhooks; CVAT takes 64 characters. */
  webhookSecret: z.string().min(32).max(64),
  /** Whether CVAT tells of changes; without it polling finds them. */
  hasWebhook: z.boolean().default(true),
  /** A completed job counts at this stage or a later one. */
  stage: z.enum(stages).default('annotation'),
  mode: z.enum(['gate', 'touch', 'round']).default('gate'),
  /** Pre-labels of labels that take both. */
  shape: z.enum(['mask', 'polygon']).default('mask'),
  /** Jobs of several frames are ranked as they are. */
  wholeJobs: z.boolean().default(false),
  /** New tasks of one-image jobs have to be made before the project is served. */
  makesPool: z.boolean().default(false),
  /** Who gets jobs. */
  annotators: z.array(person).default([]),
  /** Whether a webhook that somebody has removed is put back, and an order that somebody has changed. */
  repairs: z.boolean().default(true),
  /** Whether the plugin answers automatic annotation as an agent of CVAT Online or Enterprise. */
  agent: z.boolean().default(false),
  /** The function in CVAT that the agent answers for. */
  agentFunction: registered.optional(),
  links: z.array(link).default([]),
  bridge: saved.prefault({}),
  memory: memory.prefault({}),
  /** Of a project that was disconnected: the server that its memory is about; another has other jobs of these numbers. */
  lastServer: webAddress.optional(),
})

/** By id in CVAT. */
const projects = z.record(z.string().regex(/^\d+$/), connected)

const settings = z.object({
  server: server.optional(),
  projects: projects.default({}),
  former: projects.optional(),
})

export type Person = z.infer<typeof person>
export type Server = z.infer<typeof server>
export type Connected = z.infer<typeof connected>
export type CvatSettings = SettingsFile<Server, Connected>

/** @throws Problem `wrong-use` when somebody has written something else into it; `storage-failed` */
export const openSettings = (path: string): Promise<CvatSettings> =>
  openSettingsFile('CVAT', path, settings)
