/** Webhooks: settings, pings, what was delivered. */
import type { Request, Router } from 'express'
import { z } from 'zod'
import { roleIn, runsProject } from './access.ts'
import { date } from './dates.ts'
import { addressOf, answer, asker, bodyOf, contextIn, idIn, queryOf } from './exchange.ts'
import { listing, page } from './listing.ts'
import type { FakeDelivery, FakeUser, FakeWebhook } from './model.ts'
import { forbidden, missing } from './refusal.ts'
import { renderDelivery, renderWebhook } from './render.ts'
import { renderBasicUser } from './render-accounts.ts'
import type { FakeState } from './state.ts'

/** Events of a project by the groups in which the page shows them. */
const groups: readonly (readonly [string, readonly string[]])[] = [
  ['Task', ['create:task', 'update:task', 'delete:task']],
  ['Job', ['create:job', 'update:job', 'delete:job']],
  ['Issue', ['create:issue', 'update:issue', 'delete:issue']],
  ['Comment', ['create:comment', 'update:comment', 'delete:comment']],
  [
    'Dataset export',
    ['completed:request[export:annotations]', 'completed:request[export:dataset]'],
  ],
  ['Backup export', ['completed:request[export:backup]']],
  ['Task data creation', ['completed:request[create:task]']],
  ['Consensus merge', ['completed:request[merge:task]', 'completed:request[merge:job]']],
  ['Quality report creation', ['completed:request[calculate:quality]']],
  ['Project', ['update:project', 'delete:project']],
]

const known = new Set(groups.flatMap(([, events]) => events))

const settings = z.looseObject({
  target_url: z.url('Enter a valid URL.').max(8192),
  description: z.string().default(''),
  type: z.enum(['project', 'organization']),
  project_id: z.int().nullish(),
  secret: z.string().max(64).default(''),
  content_type: z.literal('application/json').default('application/json'),
  enable_ssl: z.boolean().default(true),
  is_active: z.boolean().default(true),
  events: z
    .array(z.string())
    .min(1)
    .refine((events) => events.every((event) => known.has(event)), 'Invalid event.'),
})

const changes = settings.partial()

export function webhookRoutes(router: Router, state: FakeState): void {
  const open = (request: Request): { hook: FakeWebhook; user: FakeUser } => {
    const hook = state.webhook(idIn(request))
    const user = asker(state, request)
    if (!mayRule(state, user, hook)) throw forbidden()
    return { hook, user }
  }
  router.get('/webhooks/events', (request, response) => {
    answer(response, 200, {
      webhook_type: queryOf(request).get('type') ?? 'all',
      events: groups.flatMap(([name, events]) =>
        events.map((key) => ({ key, group: { display_name: name } })),
      ),
    })
  })
  router.get('/webhooks', (request, response) => {
    const user = asker(state, request)
    const list = {
      items: [...state.webhooks.values()].filter((one) => mayRule(state, user, one)),
      values: (one: FakeWebhook) => ({
        id: one.id,
        target_url: one.targetUrl,
        description: one.description,
        type: one.type,
        project_id: one.project,
        updated_date: date(one.updated),
      }),
      names: ['id', 'target_url', 'description', 'type', 'project_id', 'updated_date'],
      searched: ['target_url', 'description'],
      render: (one: FakeWebhook) => withLast(state, one),
    }
    answer(response, 200, listing(list, queryOf(request), addressOf(state, request)))
  })
  router.post('/webhooks', (request, response) => {
    const own = bodyOf(settings, request)
    const user = asker(state, request)
    const context = contextIn(state, request)
    const project = own.type === 'project' ? state.project(own.project_id ?? 0) : undefined
    const created = state.stamp()
    const hook: FakeWebhook = {
      id: state.id('webhook'),
      owner: user.id,
      type: own.type,
      project: project?.id ?? null,
      organization: project === undefined ? (context?.id ?? null) : project.organization,
      created,
      updated: created,
      targetUrl: own.target_url,
      description: own.description,
      secret: own.secret,
      contentType: own.content_type,
      enableSsl: own.enable_ssl,
      isActive: own.is_active,
      events: own.events,
    }
    if (!mayRule(state, user, hook)) throw forbidden()
    state.webhooks.set(hook.id, hook)
    response.location(`${state.address}/api/webhooks/${hook.id}`)
    answer(response, 201, renderWebhook(state, hook))
  })
  router.get('/webhooks/:id', (request, response) => {
    answer(response, 200, withLast(state, open(request).hook))
  })
  router.patch('/webhooks/:id', (request, response) => {
    const { hook } = open(request)
    change(state, hook, bodyOf(changes, request), request.body)
    answer(response, 200, withLast(state, hook))
  })
  router.put('/webhooks/:id', (request, response) => {
    const { hook } = open(request)
    change(state, hook, bodyOf(settings, request), request.body)
    answer(response, 200, withLast(state, hook))
  })
  router.delete('/webhooks/:id', (request, response) => {
    state.webhooks.delete(open(request).hook.id)
    answer(response, 204)
  })
  router.post('/webhooks/:id/ping', async (request, response) => {
    const { hook, user } = open(request)
    const payload = {
      webhook: withLast(state, hook),
      sender: renderBasicUser(state.address, user),
    }
    answer(response, 200, renderDelivery(await state.deliveries.ping(hook, payload)))
  })
  router.get('/webhooks/:id/deliveries', (request, response) => {
    const own = deliveriesOf(state, open(request).hook).reverse()
    const query = queryOf(request)
    answer(response, 200, page(own, query, addressOf(state, request), renderDelivery))
  })
  router.get('/webhooks/:id/deliveries/:delivery', (request, response) => {
    answer(response, 200, renderDelivery(deliveryIn(state, open(request).hook, request)))
  })
  router.post('/webhooks/:id/deliveries/:delivery/redelivery', (request, response) => {
    const { hook } = open(request)
    state.deliveries.redeliver(hook, deliveryIn(state, hook, request))
    answer(response, 200, {})
  })
}

function change(
  state: FakeState,
  hook: FakeWebhook,
  own: z.infer<typeof changes>,
  sent: object,
): void {
  // Defaults are for what a new one lacks, not for what a change leaves out.
  const given = <Value>(name: string, value: Value | undefined, old: Value): Value =>
    name in sent && value !== undefined ? value : old
  hook.targetUrl = given('target_url', own.target_url, hook.targetUrl)
  hook.description = given('description', own.description, hook.description)
  hook.secret = given('secret', own.secret, hook.secret)
  hook.enableSsl = given('enable_ssl', own.enable_ssl, hook.enableSsl)
  hook.isActive = given('is_active', own.is_active, hook.isActive)
  hook.events = given('events', own.events, hook.events)
  hook.updated = state.stamp()
}

function mayRule(state: FakeState, user: FakeUser, hook: FakeWebhook): boolean {
  if (user.isStaff || hook.owner === user.id) return true
  if (hook.project !== null) {
    const project = state.projects.get(hook.project)
    return project !== undefined && runsProject(state, user, project)
  }
  const role = roleIn(state, user, hook.organization)
  return role === 'owner' || role === 'maintainer'
}

const deliveriesOf = (state: FakeState, hook: FakeWebhook): FakeDelivery[] =>
  state.deliveries.made.filter(({ webhook }) => webhook === hook.id)

/** The last delivery is told once there is one. */
function withLast(state: FakeState, hook: FakeWebhook) {
  const last = deliveriesOf(state, hook).at(-1)
  const told = renderWebhook(state, hook)
  return last === undefined
    ? told
    : { ...told, last_status: last.statusCode, last_delivery_date: date(last.created) }
}

function deliveryIn(state: FakeState, hook: FakeWebhook, request: Request): FakeDelivery {
  const id = Number(request.params['delivery'])
  const found = deliveriesOf(state, hook).find((one) => one.id === id)
  if (found === undefined) throw missing('WebhookDelivery')
  return found
}
