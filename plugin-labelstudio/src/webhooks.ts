/** The webhook by which Label Studio tells of annotations at once; without it polling finds them. */

import type { WebhookSettings } from './client/webhooks.ts'
import type { Webhook } from './client/wire.ts'
import type { Client } from './client.ts'
import type { MemoryStore } from './state.ts'

export interface WebhookOptions {
  /** Where the plugin takes deliveries. */
  readonly url: string
  /** Sent with each delivery; that is all that authenticates it. */
  readonly secret: string
  /** Whether one that was removed or switched off is put back. */
  readonly isRestored: boolean
}

const actions = [
  'ANNOTATION_CREATED',
  'ANNOTATION_UPDATED',
  'ANNOTATIONS_CREATED',
  'ANNOTATIONS_DELETED',
  'TASKS_CREATED',
  'TASKS_DELETED',
  'PROJECT_UPDATED',
]

/** Value of the `Authorization` header of a delivery. */
export const deliveryHeader = (secret: string): string => `Bearer ${secret}`

/**
 * Registers ours the first time, and later sees whether it is still there and on. The one without a secret that connecting
 * an ML backend adds is removed.
 *
 * @returns a sentence when somebody had changed it
 */
export async function ensureWebhook(
  client: Client,
  project: number,
  memory: MemoryStore,
  options: WebhookOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const all = await client.webhooks(project, signal)
  const same = all.filter((one) => one.url === options.url && one.project === project)
  const known = (await memory.read()).webhook
  const own = same.find(({ id }) => id === known) ?? same[0]
  const settings = settingsFor(project, options)
  for (const one of same) if (one !== own) await client.deleteWebhook(one.id, signal)
  await removeUnauthenticated(client, all, options, signal)

  if (own === undefined) {
    if (known !== undefined && !options.isRestored) {
      return 'Somebody has removed the webhook of the plugin in Label Studio: annotations are noticed by polling only. Connect again to restore it.'
    }
    const made = await client.addWebhook(settings, signal)
    await memory.write({ ...(await memory.read()), webhook: made.id })
    return known === undefined
      ? undefined
      : 'Somebody had removed the webhook of the plugin in Label Studio: it was restored.'
  }
  if (own.id !== known) await memory.write({ ...(await memory.read()), webhook: own.id })
  const fault = faultOf(own, settings)
  if (fault === undefined) return undefined
  // A fresh one of an ML backend, or one of an earlier installation: nobody has tampered with it.
  const isNew = known === undefined
  if (!isNew && !options.isRestored) {
    return `The webhook of the plugin in Label Studio ${fault}: annotations are noticed by polling only. Connect again to restore it.`
  }
  await client.changeWebhook(own.id, settings, signal)
  return isNew ? undefined : `The webhook of the plugin in Label Studio ${fault}: it was restored.`
}

/** Ours and those of the backend that have no secret. */
export async function removeWebhooks(
  client: Client,
  project: number,
  { url }: Pick<WebhookOptions, 'url'>,
  signal: AbortSignal,
): Promise<void> {
  for (const one of await client.webhooks(project, signal)) {
    if (one.project === project && one.url === url) await client.deleteWebhook(one.id, signal)
  }
}

/** Connecting an ML backend adds `<its address>/webhook`, for all actions and without any header. */
async function removeUnauthenticated(
  client: Client,
  all: readonly Webhook[],
  { url }: WebhookOptions,
  signal: AbortSignal,
) {
  const { origin } = new URL(url)
  for (const one of all) {
    const isOfBackend =
      one.url !== url && one.url.startsWith(`${origin}/`) && /\/webhook\/?$/.test(one.url)
    if (isOfBackend && Object.keys(one.headers).length === 0) {
      await client.deleteWebhook(one.id, signal)
    }
  }
}

function settingsFor(project: number, { url, secret }: WebhookOptions): WebhookSettings {
  return {
    url,
    project,
    is_active: true,
    send_payload: true,
    send_for_all_actions: false,
    headers: { Authorization: deliveryHeader(secret) },
    actions,
  }
}

function faultOf(own: Webhook, wanted: WebhookSettings): string | undefined {
  if (!own.is_active) return 'was switched off'
  if (own.headers['Authorization'] !== wanted.headers['Authorization']) return 'lost its secret'
  if (!own.send_payload) return 'sends no payload any more'
  const isComplete = own.send_for_all_actions || actions.every((one) => own.actions.includes(one))
  return isComplete ? undefined : 'leaves out some events'
}
