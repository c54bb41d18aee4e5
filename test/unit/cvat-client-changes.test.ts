import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, createClient } from '@suggestive/plugin-cvat/client'
import { openWire, recorded, type Wire } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal

let wire: Wire
beforeEach(async () => {
  wire = await openWire()
})
afterEach(() => wire.close())

const client = (): Client =>
  createClient({
    address: wire.address,
    credentials: { token: 'tkn-1' },
    pause: async () => undefined,
  })

const requests = () => wire.asked.map(({ method, path }) => `${method} ${path}`)

describe('a job', () => {
  it('is given to somebody and to nobody as recorded', async () => {
    wire.replay('user_search', 'job_assign')
    const one = client()
    await one.users(['annot1'], never)
    expect((await one.changeJob(1, { assignee: 2 }, never)).assignee?.id).toBe(2)
    expect(wire.asked.at(-1)?.body).toEqual(recorded('job_assign').sent)
    wire.replay('job_unassign')
    expect((await one.changeJob(1, { assignee: null }, never)).assignee).toBeNull()
    expect(wire.asked.at(-1)?.body).toEqual(recorded('job_unassign').sent)
    expect(requests()).toEqual(['GET /api/users', 'PATCH /api/jobs/1', 'PATCH /api/jobs/1'])
  })

  it('pitfall 6: is not given to somebody unknown, which would be a 500', async () => {
    wire.replay('users', 'job_assign_unknown_user')
    const sentence = await problemOf('wrong-use', () =>
      client().changeJob(1, { assignee: 999 }, never),
    )
    expect(sentence).toContain('no user 999')
    expect(requests()).toEqual(['GET /api/users'])
    expect(wire.asked[0]?.query['id']).toBe('999')
  })

  it('pitfall 6: is not given to somebody who was deleted meanwhile', async () => {
    wire.replay('user_search', 'job_assign_unknown_user')
    const one = client()
    await one.users(['annot1'], never)
    let isGone = false
    wire.answer = ({ method, path }) => {
      if (method === 'PATCH') isGone = true
      return isGone && path === '/api/users'
        ? { body: { count: 0, next: null, results: [] } }
        : undefined
    }
    const sentence = await problemOf('wrong-use', () => one.changeJob(1, { assignee: 2 }, never))
    expect(sentence).toContain('no user 2')
    // Another trouble of the server stays what it is.
    wire.answer = ({ method }) => (method === 'PATCH' ? { status: 500 } : undefined)
    await one.users(['annot1'], never)
    await problemOf('tool-failed', () => one.changeJob(1, { assignee: 2 }, never))
  })

  it('is given back to whom it had without asking again', async () => {
    wire.replay('job_assign')
    wire.answer = ({ method }) =>
      method === 'GET' ? { body: recorded('job_assign').body } : undefined
    const one = client()
    await one.job(1, never)
    await one.changeJob(1, { assignee: 2 }, never)
    expect(requests()).toEqual(['GET /api/jobs/1', 'PATCH /api/jobs/1'])
  })

  it('pitfall 7: is touched without a word about stage and state', async () => {
    wire.answer = () => ({ body: recorded('job_assign').body })
    const one = client()
    await one.touchJob(1, never)
    expect(requests()).toEqual(['GET /api/jobs/1', 'PATCH /api/jobs/1'])
    expect(wire.asked[1]?.body).toEqual({ assignee: 2 })
    await one.touchJob(1, never, { assignee: null })
    expect(requests().length).toBe(3)
    expect(wire.asked[2]?.body).toEqual({ assignee: null })
  })
})

describe('shapes of a job', () => {
  const shapes = Object(recorded('annotations_create').sent).shapes

  it('are created as recorded', async () => {
    wire.replay('annotations_create')
    const [created] = await client().createShapes(1, shapes, never)
    expect(created).toMatchObject({ id: 1, frame: 0, score: 0.87 })
    expect(wire.asked[0]?.body).toEqual(recorded('annotations_create').sent)
    expect(wire.asked[0]?.query).toEqual({ action: 'create' })
  })

  it.each([['cut'], ['503']])('are not created twice when the answer is lost: %s', async (how) => {
    wire.answer = () => (how === 'cut' ? 'cut' : { status: 503 })
    await problemOf('tool-failed', () => client().createShapes(1, shapes, never))
    expect(wire.asked.length).toBe(1)
  })

  it('are deleted as recorded, and again when the answer was lost', async () => {
    wire.replay('annotations_delete_some')
    let lost = 1
    wire.answer = () => (lost-- > 0 ? 'cut' : undefined)
    const { shapes: whole } = Object(recorded('annotations_delete_some').sent)
    await client().deleteShapes(1, whole, never)
    expect(wire.asked.length).toBe(2)
    expect(Object(wire.asked[1]?.body).shapes).toEqual(whole)
    expect(wire.asked[1]?.query).toEqual({ action: 'delete' })
  })

  it('cost nothing when there are none', async () => {
    expect(await client().createShapes(1, [], never)).toEqual([])
    await client().deleteShapes(1, [], never)
    expect(wire.asked).toEqual([])
  })

  it('are missed when the answer has fewer', async () => {
    wire.replay('annotations_create')
    const twice = [...shapes, ...shapes]
    const sentence = await problemOf('tool-failed', () => client().createShapes(1, twice, never))
    expect(sentence).toContain('1 shapes for the 2 that were sent')
  })

  it('with an unknown label are refused in the words of the server', async () => {
    wire.answer = () => recorded('annotations_bad_label')
    const sentence = await problemOf('wrong-use', () => client().createShapes(1, shapes, never))
    expect(sentence).toContain('"label_id `99999` is invalid"')
  })
})

describe('webhooks', () => {
  const settings = {
    target_url: 'http://sidecar.example:7070/hooks/cvat',
    project_id: 1,
    secret: 'hook-secret',
    enable_ssl: false,
    is_active: true,
    events: ['update:job'],
  }

  it('are created as recorded', async () => {
    wire.replay('webhook_create')
    const webhook = await client().addWebhook(settings, never)
    expect(webhook.id).toBe(1)
    const { description: _, events: __, ...sent } = Object(recorded('webhook_create').sent)
    expect(wire.asked[0]?.body).toEqual({ ...sent, events: ['update:job'] })
  })

  it('are listed, changed, pinged and deleted; a deletion may come again', async () => {
    const { body } = recorded('webhook_create')
    wire.answer = ({ method, path }) => {
      if (method === 'DELETE') return { status: 204 }
      if (path.endsWith('/ping')) return recorded('webhook_ping')
      return { body: method === 'GET' ? { count: 1, next: null, results: [body] } : body }
    }
    expect((await client().webhooks(1, never)).length).toBe(1)
    expect(wire.asked[0]?.query['project_id']).toBe('1')
    await client().changeWebhook(1, { is_active: true }, never)
    expect(wire.asked[1]?.body).toEqual({ is_active: true })
    await client().pingWebhook(1, never)
    await client().deleteWebhook(1, never)
    wire.answer = () => ({ status: 404, body: { detail: 'Not found.' } })
    await client().deleteWebhook(1, never)
    expect(requests().slice(2)).toEqual([
      'POST /api/webhooks/1/ping',
      'DELETE /api/webhooks/1',
      'DELETE /api/webhooks/1',
    ])
  })

  it('have deliveries, the newest first, one page of them', async () => {
    wire.replay('webhook_deliveries')
    const deliveries = await client().deliveries(1, never)
    expect(deliveries.map(({ id }) => id)).toEqual([43, 42, 41])
    expect(wire.asked.length).toBe(1)
  })
})
