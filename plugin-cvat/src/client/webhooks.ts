/** Calls about webhooks of a project (contract section 9). */
import type { WebhookSettings } from '../client.ts'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

export function webhookCalls({ json, all, pages, done, deleted }: Caller) {
  return {
    webhooks: (project: number, signal: AbortSignal): Promise<readonly wire.Webhook[]> =>
      all(
        {
          method: 'GET',
          path: 'webhooks',
          query: { project_id: project },
          what: `webhooks of project ${project}`,
        },
        wire.webhook,
        signal,
      ),

    addWebhook: (settings: WebhookSettings, signal: AbortSignal): Promise<wire.Webhook> =>
      json(
        {
          method: 'POST',
          path: 'webhooks',
          body: { type: 'project', content_type: 'application/json', ...settings },
          what: 'a webhook',
        },
        wire.webhook,
        signal,
      ),

    changeWebhook: (
      id: number,
      settings: Partial<WebhookSettings>,
      signal: AbortSignal,
    ): Promise<wire.Webhook> =>
      json(
        {
          method: 'PATCH',
          path: `webhooks/${id}`,
          body: settings,
          isRepeatable: true,
          what: `webhook ${id}`,
        },
        wire.webhook,
        signal,
      ),

    deleteWebhook: (id: number, signal: AbortSignal): Promise<void> =>
      deleted(`webhooks/${id}`, `webhook ${id}`, signal),

    /** CVAT calls the webhook before it answers. */
    async pingWebhook(id: number, signal: AbortSignal): Promise<void> {
      await done({ method: 'POST', path: `webhooks/${id}/ping`, what: `webhook ${id}` }, signal)
    },

    async deliveries(id: number, signal: AbortSignal): Promise<readonly wire.Delivery[]> {
      const what = `deliveries of webhook ${id}`
      const path = `webhooks/${id}/deliveries`
      const call = { method: 'GET', path, pageSize: 100, what } as const
      for await (const page of pages(call, wire.delivery, signal)) {
        return page.toSorted((a, b) => b.id - a.id)
      }
      return []
    },
  }
}
