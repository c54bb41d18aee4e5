/** Calls about webhooks. */
import { z } from 'zod'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

export interface WebhookSettings {
  readonly url: string
  readonly project: number
  readonly is_active: boolean
  readonly send_payload: boolean
  readonly send_for_all_actions: boolean
  readonly headers: Readonly<Record<string, string>>
  readonly actions: readonly string[]
}

export function webhookCalls({ json, deleted }: Caller) {
  return {
    webhooks: (project: number, signal: AbortSignal) =>
      json(
        { method: 'GET', path: 'api/webhooks/', query: { project }, what: 'webhooks' },
        z.array(wire.webhook),
        signal,
      ),

    addWebhook: (body: WebhookSettings, signal: AbortSignal) =>
      json(
        { method: 'POST', path: 'api/webhooks/', body, what: 'a webhook' },
        wire.webhook,
        signal,
      ),

    changeWebhook: (id: number, body: WebhookSettings, signal: AbortSignal) =>
      json(
        {
          method: 'PATCH',
          path: `api/webhooks/${id}/`,
          body,
          isRepeatable: true,
          what: `webhook ${id}`,
        },
        wire.webhook,
        signal,
      ),

    deleteWebhook: (id: number, signal: AbortSignal) =>
      deleted(`api/webhooks/${id}/`, `webhook ${id}`, signal),
  }
}
