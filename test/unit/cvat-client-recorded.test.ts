/** Every recorded exchange that one call of the client makes: the same request, and the answer is read. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, createClient, type JobQuery } from '@suggestive/plugin-cvat/client'
import * as wire from '@suggestive/plugin-cvat/client/wire'
import { labelOfFrame } from '@suggestive/plugin-cvat/codec'
import { Problem } from '@suggestive/shared/problem'
import { readLabels, someJob } from '../support/cvat-codec.ts'
import { openWire, recorded, type Wire } from '../support/cvat-wire.ts'

const never = new AbortController().signal

let server: Wire
let client: Client
beforeEach(async () => {
  server = await openWire()
  client = createClient({
    ...{ address: server.address, credentials: { token: 'tkn-1' }, organization: 'lab' },
    pause: async () => undefined,
  })
})
afterEach(() => server.close())

async function jobs(query: JobQuery): Promise<readonly wire.Job[]> {
  const all = []
  for await (const page of client.jobs(query, never)) all.push(...page)
  return all
}

/** Body of the recorded request. */
const sent = (name: string) => Object(recorded(name).sent)
const shapesSent = (name: string) => client.createShapes(1, sent(name).shapes, never)

/** What the client asks that was recorded with another query is compared without it. */
const calls: Readonly<Record<string, () => Promise<unknown>>> = {
  about: () => client.version(never),
  user_self: () => client.self(never),
  pat_bearer: () => client.self(never),
  user_search: () => client.users(['annot1'], never),
  users: () => client.users(['admin1'], never),
  members: () => client.members(never),
  labels: () => client.labels(1, never),
  task: () => client.task(1, never),
  tasks_sort_name: () => client.tasks(1, never),
  task_data_meta: () => client.taskMeta(1, never),
  share_list: () => client.shareFiles('pool', never),
  task_delete: () => client.deleteTask(5, never),
  unauthorized: () => jobs({}),
  jobs_of_task: () => jobs({ task: 1 }),
  jobs_filter: () => jobs({}),
  round_task_jobs: () => jobs({ task: 3 }),
  annotator_jobs_after_assign: () => jobs({}),
  job_before: () => client.job(1, never),
  job_404: () => client.job(99_999, never),
  annotator_unassigned_job_403: () => client.job(4, never),
  job_assign: () => client.touchJob(1, never, { assignee: { id: 2, username: 'annot1' } }),
  job_unassign: () => client.changeJob(1, { assignee: null }, never),
  annotations_empty: () => client.annotations(1, never),
  annotations_after_lambda: () => client.annotations(2, never),
  annotations_create: () => shapesSent('annotations_create'),
  annotations_bad_label: () => shapesSent('annotations_bad_label'),
  annotations_bad_frame: () => shapesSent('annotations_bad_frame'),
  annotations_bad_mask_outside: () => shapesSent('annotations_bad_mask_outside'),
  annotations_bad_mask_rle_overrun: () => shapesSent('annotations_bad_mask_rle_overrun'),
  annotations_bad_mask_short: () => shapesSent('annotations_bad_mask_short'),
  annotations_delete_some: () =>
    client.deleteShapes(1, sent('annotations_delete_some').shapes, never),
  webhook_create: () => client.addWebhook(sent('webhook_create'), never),
  webhook_ping: () => client.pingWebhook(1, never),
  webhook_deliveries: () => client.deliveries(1, never),
}

describe('recorded exchanges', () => {
  it.each(Object.entries(calls))('are asked for and read: %s', async (name, call) => {
    // Only first pages were recorded, and of the users that may be assigned.
    server.replay(name, ...(name === 'job_assign' ? ['user_search'] : []))
    server.answer = ({ query }) => (query['page'] === '2' ? { status: 404 } : undefined)
    const { method, path, status, sent: body } = recorded(name)
    const outcome = await call().catch((error: unknown) => error)
    if (status >= 400) expect(outcome).toBeInstanceOf(Problem)
    else if (outcome instanceof Error) throw outcome
    const asked = server.asked.at(-1)
    expect([asked?.method, asked?.path]).toEqual([method, path.split('?')[0]])
    // What the server fills in by itself comes back to it; tracks of intervals belong to sound.
    if (body !== undefined && name !== 'webhook_ping') {
      const { intervals: _, ...plain } = Object(body)
      expect(asked?.body).toEqual(plain)
    }
  })

  it('of nonsense that the server stores are shapes that do not count', async () => {
    const { labels } = readLabels('mask')
    const size = { width: 32, height: 24 }
    for (const name of ['bad_mask_outside', 'bad_mask_rle_overrun']) {
      server.replay(`annotations_${name}`)
      const shapes = await shapesSent(`annotations_${name}`)
      const stored = shapes.map((shape) => ({ ...shape, label_id: labels[0]?.labelId ?? 0 }))
      const context = {
        ...{ frame: 0, size, shapes: stored, tracks: [], classes: { labels }, tellsStrays: true },
      }
      const { label, faults } = labelOfFrame({ job: someJob(), ...context, taskKey: '1-0' })
      expect(label).toBeUndefined()
      expect(faults.length).toBe(1)
      expect(faults[0]).toContain('The mask cannot be read')
    }
  })

  it('pitfall 7: of a changed stage have another state', () => {
    const { stage, state } = wire.job.parse(recorded('job_noop').body)
    expect([stage, state]).toEqual(['acceptance', 'completed'])
  })

  it('of a whole task have shapes of the same form', () => {
    const { shapes } = wire.annotations.parse(recorded('annotations_task_level').body)
    expect(shapes.length).toBeGreaterThan(0)
  })
})
