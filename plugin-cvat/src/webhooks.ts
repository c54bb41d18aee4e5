/** The webhook by which CVAT tells of finished jobs at once; without it polling finds them (contract section 9). */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import type { Webhook } from './client/wire.ts'
import type { Client, WebhookSettings } from './client.ts'
import type { Ledger } from './state.ts'

export interface WebhookOptions {
  /** Where the plugin takes deliveries. */
  readonly url: string
  /** Signs each delivery; at most 64 characters. */
  readonly secret: string
  /** Whether one that was removed or switched off is put back. */
  readonly isRestored: boolean
}

/** Every save of shapes tells of the task and the project as well: nothing is gained by that. */
const events = ['create:job', 'delete:task', 'update:job']

const longestSecret = 64

type Port = Pick<Client, 'webhooks' | 'addWebhook' | 'changeWebhook' | 'deleteWebhook'>

/**
 * Registers ours the first time, and later sees whether it is still there and on.
 *
 * @returns a sentence when somebody had changed it
 */
export async function ensureWebhook(
  client: Port,
  project: number,
  ledger: Ledger,
  options: WebhookOptions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const all = await client.webhooks(project, signal)
  const same = all.filter((one) => one.target_url === options.url && one.project_id === project)
  const known = (await ledger.read()).webhook
  const own = same.find(({ id }) => id === known) ?? same[0]
  const settings = settingsFor(project, options)
  for (const one of same) if (one !== own) await client.deleteWebhook(one.id, signal)

  if (own === undefined) {
    if (known !== undefined && !options.isRestored) {
      return 'Somebody has removed the webhook of the plugin in CVAT: finished jobs are noticed by polling only. Connect again to restore it.'
    }
    const made = await client.addWebhook(settings, signal)
    await ledger.change((memory) => ({ ...memory, webhook: made.id }))
    return known === undefined
      ? undefined
      : 'Somebody had removed the webhook of the plugin in CVAT: it was restored.'
  }
  if (own.id !== known) {
    // Of an earlier installation: it has another secret, which nobody can read.
    await client.changeWebhook(own.id, settings, signal)
    await ledger.change((memory) => ({ ...memory, webhook: own.id }))
    return undefined
  }
  const fault = faultOf(own, settings)
  if (fault === undefined) return undefined
  if (!options.isRestored) {
    return `The webhook of the plugin in CVAT ${fault}: finished jobs are noticed by polling only. Connect again to restore it.`
  }
  await client.changeWebhook(own.id, settings, signal)
  return `The webhook of the plugin in CVAT ${fault}: it was restored.`
}

/** Ours only. */
export async function removeWebhooks(
  client: Port,
  project: number,
  { url }: Pick<WebhookOptions, 'url'>,
  signal: AbortSignal,
): Promise<void> {
  for (const one of await client.webhooks(project, signal)) {
    if (one.project_id === project && one.target_url === url) {
      await client.deleteWebhook(one.id, signal)
    }
  }
}

/**
 * @param raw bytes of the body as they came: parsed and written again they would be others
 * @param header `X-Signature-256`
 * @param secrets those that may have signed it
 * @returns whether one of them has, in a time that tells nothing about them
 */
export function verifySignature(
  raw: Uint8Array,
  header: string | undefined,
  secrets: readonly string[],
): boolean {
  const given = Buffer.from(/^sha256=([0-9a-f]{64})$/i.exec(header ?? '')?.[1] ?? '', 'hex')
  let isSigned = false
  for (const secret of secrets) {
    const expected = createHmac('sha256', secret).update(raw).digest()
    if (given.length === expected.length && timingSafeEqual(given, expected)) isSigned = true
  }
  return isSigned
}

const delivery = z.looseObject({
  event: z.string(),
  sender: z.looseObject({ id: z.int() }).nullish(),
  /** Since the first version with webhooks; the names are those of columns. */
  before_update: z.record(z.string(), z.unknown()).nullish(),
})

/** What the plugin never changes: it is people's, also where somebody annotates with the plugin's own account. */
const peoples = ['state', 'stage']

/** What polling would find something by. */
const telling = [...peoples, 'assignee_id']

/**
 * Whether a delivery is a reason to poll. Our own writes echo, and each save of shapes moves a date: neither is.
 *
 * @param body parsed
 * @param own id of the account that the plugin uses
 */
export function isHint(body: unknown, own: number): boolean {
  const read = delivery.safeParse(body)
  if (!read.success) return false
  const { event, sender, before_update: before } = read.data
  if (!events.includes(event)) return false
  const names = sender?.id === own ? peoples : telling
  if (event !== 'update:job' || before === undefined || before === null) return sender?.id !== own
  return names.some((name) => Object.hasOwn(before, name))
}

function settingsFor(project: number, { url, secret }: WebhookOptions): WebhookSettings {
  if (secret.length > longestSecret) {
    throw new Problem(
      'wrong-use',
      `The secret of the webhook has ${secret.length} characters, but CVAT takes ${longestSecret} at most: choose a shorter one.`,
    )
  }
  return {
    target_url: url,
    project_id: project,
    secret,
    enable_ssl: url.startsWith('https:'),
    is_active: true,
    events,
  }
}

function faultOf(own: Webhook, wanted: WebhookSettings): string | undefined {
  if (!own.is_active) return 'was switched off'
  return wanted.events.every((one) => own.events.includes(one))
    ? undefined
    : 'leaves out some events'
}
