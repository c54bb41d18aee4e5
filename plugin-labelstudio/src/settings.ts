/** What the plugin remembers between two starts; holds secrets. */
import { saved } from '@suggestive/shared/bridge/state'
import { webAddress } from '@suggestive/shared/protocol'
import { openSettingsFile, type SettingsFile } from '@suggestive/shared/settings-file'
import { z } from 'zod'
import { memory } from './state.ts'

const origin = webAddress.refine(
  (text) => URL.canParse(text) && new URL(text).origin === text.replace(/\/$/, ''),
  { message: 'must be an origin like https://images.example.org' },
)

/** The one Label Studio that the plugin works with. */
export const server = z.strictObject({
  /** Where the plugin reaches it. */
  address: webAddress,
  /** Where people reach it, when that is another address. */
  publicAddress: webAddress.optional(),
  token: z.string().min(1).max(4000),
  /** Where it reaches the plugin. */
  pluginAddress: webAddress,
  /** Given to Label Studio with the ML backend, where the configuration names none; its "Start training" comes with it. */
  backendPassword: z.string().min(32).optional(),
  /** Others that images may be read from; they never get the token. */
  imageOrigins: z.array(origin).max(100).default([]),
})

export const connected = z.strictObject({
  /** Sent by Label Studio with each webhook. */
  webhookSecret: z.string().min(32),
  /** Whether a webhook that somebody has removed is put back, and an order that somebody has changed. */
  repairs: z.boolean().default(true),
  /** Whether brush pre-labels show probabilities as opacity. */
  graded: z.boolean().default(false),
  /** Controls whose regions are no labels, e.g. boxes that only prompt the smart tool. */
  leftOut: z.array(z.string()).default([]),
  /** Id of the ML backend that the plugin has added itself. */
  backend: z.int().optional(),
  bridge: saved.prefault({}),
  memory: memory.prefault({}),
})

const settings = z.object({
  server: server.optional(),
  /** By id in Label Studio. */
  projects: z.record(z.string().regex(/^\d+$/), connected).default({}),
})

export type Server = z.infer<typeof server>
export type Connected = z.infer<typeof connected>
export type LabelStudioSettings = SettingsFile<Server, Connected>

/** @throws Problem `wrong-use` when somebody has written something else into it; `storage-failed` */
export const openSettings = (path: string): Promise<LabelStudioSettings> =>
  openSettingsFile('Label Studio', path, settings)

export interface Account {
  readonly user: string
  readonly password: string
}

/**
 * With which Label Studio asks the ML backend: the configured one, else one that the plugin has made for it; undefined
 * before the first connection.
 */
export function backendAccount(
  basic: Account | undefined,
  server: Pick<Server, 'backendPassword'> | undefined,
): Account | undefined {
  const password = server?.backendPassword
  return basic ?? (password === undefined ? undefined : { user: 'suggest', password })
}
