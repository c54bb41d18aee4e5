/** How the fake CVAT fails when it is told to, and what its webhooks do then. */
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Fault } from '../fakes/cvat/reactions.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { ask } from '../support/cvat-client-ask.ts'
import { hollowPng } from '../support/png.ts'

let fake: FakeCvat
beforeEach(async () => {
  fake = await openFakeCvat()
  const project = fake.addProject('glands')
  fake.addTask(project, [{ name: 'a.png', bytes: hollowPng(8, 6) }])
})
afterEach(() => fake.close())

const complete = () => ask(fake, fake.admin, 'PATCH', '/api/jobs/1', { state: 'completed' })

describe('a request', () => {
  it.each<[Fault, string, number | 'broken']>([
    [{ kind: 'status', status: 429, headers: { 'Retry-After': '1' } }, 'new', 429],
    [{ kind: 'status', status: 500, body: { a: 1 } }, 'new', 500],
    [{ kind: 'reset' }, 'new', 'broken'],
    [{ kind: 'lost' }, 'completed', 'broken'],
    [{ kind: 'half' }, 'completed', 'broken'],
    [{ kind: 'gave-up' }, 'completed', 504],
  ])('fails with %o', async (fault, state, expected) => {
    fake.onRequest = ({ method }) => (method === 'PATCH' ? { fault } : undefined)
    const told = await complete().then(
      ({ status }) => status,
      () => 'broken',
    )
    expect([told, fake.job(1).state]).toEqual([expected, state])
  })

  it('lets something happen before and after it', async () => {
    const seen: string[] = []
    fake.onRequest = () => ({
      before: async () => void seen.push(`before ${fake.job(1).state}`),
      after: () => void seen.push(`after ${fake.job(1).state}`),
    })
    expect(await complete()).toMatchObject({ status: 200, body: { state: 'completed' } })
    expect(seen).toEqual(['before new', 'after completed'])
  })

  it('is remembered with its user and content', async () => {
    await complete()
    expect(fake.asked).toMatchObject([
      { method: 'PATCH', path: '/api/jobs/1', user: 'admin1', body: { state: 'completed' } },
    ])
    expect([fake.count('PATCH', /^\/api\/jobs\/\d+$/), fake.count('GET', /./)]).toEqual([1, 0])
  })
})

describe('webhooks', () => {
  const events: { readonly event: string; readonly changes: object; readonly job: object }[] = []
  const signatures: boolean[] = []
  const statuses: number[] = []
  const receiver = createServer((request, response) => {
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => {
      const raw = Buffer.concat(parts).toString()
      events.push(JSON.parse(raw))
      const hmac = createHmac('sha256', 'secret').update(raw).digest('hex')
      signatures.push(request.headers['x-signature-256'] === `sha256=${hmac}`)
      response.writeHead(statuses.shift() ?? 200).end()
    })
  })
  beforeEach(async () => {
    for (const list of [events, signatures, statuses]) list.length = 0
    await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
    const at = receiver.address()
    const made = await ask(fake, fake.admin, 'POST', '/api/webhooks', {
      target_url: `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}/`,
      type: 'project',
      project_id: 1,
      secret: 'secret',
      events: ['update:job', 'update:task'],
    })
    expect(made.status).toBe(201)
  })
  afterEach(async () => {
    receiver.closeAllConnections()
    await new Promise((resolve) => receiver.close(resolve))
  })

  it('tell of own writes as of those of others', async () => {
    await complete()
    const shape = { type: 'mask', frame: 0, label_id: 1, points: [0, 1, 1, 1, 1, 1] }
    fake.as(fake.admin).draw(1, [shape])
    await fake.settled()
    expect(events.map(({ event, changes }) => [event, Object.keys(changes)])).toEqual([
      ['update:job', ['updated_date', 'state']],
      ['update:job', ['updated_date']],
      ['update:task', ['updated_date']],
    ])
    expect(signatures).toEqual([true, true, true])
  })

  it.each([
    [503, 1],
    [408, 1],
    [429, 1],
    [404, 0],
  ])('that are answered %d are sent again %d time, with what they said', async (code, times) => {
    statuses.push(code)
    await complete()
    await fake.settled()
    fake.as(fake.admin).reopen(1)
    expect(await fake.retryWebhooks()).toBe(times)
    const old = { job: { state: 'completed' } }
    const reopened = { job: { state: 'in progress' } }
    expect(events).toMatchObject([old, reopened, ...(times === 1 ? [old] : [])])
    const told = await ask(fake, fake.admin, 'GET', '/api/webhooks/1/deliveries')
    expect(Object(told.body).results.at(-1)).toMatchObject({ attempt: 1, status_code: code })
  })

  it('can be changed, and are quiet when switched off', async () => {
    const changed = await ask(fake, fake.admin, 'PATCH', '/api/webhooks/1', { is_active: false })
    expect(changed.body).toMatchObject({ is_active: false, events: ['update:job', 'update:task'] })
    await complete()
    await fake.settled()
    expect(events).toEqual([])
    const unknown = { events: ['update:nonsense'] }
    expect(await ask(fake, fake.admin, 'PATCH', '/api/webhooks/1', unknown)).toMatchObject({
      status: 400,
    })
  })
})
