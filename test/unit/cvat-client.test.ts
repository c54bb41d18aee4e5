import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, type ClientOptions, createClient } from '@suggestive/plugin-cvat/client'
import { openWire, recorded, type Wire } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal
const token = 'tkn-0123456789-secret'

let wire: Wire
beforeEach(async () => {
  wire = await openWire()
})
afterEach(() => wire.close())

const client = (options: Partial<ClientOptions> = {}): Client =>
  createClient({
    address: wire.address,
    credentials: { token },
    pause: async () => undefined,
    ...options,
  })

async function listOf<Item>(pages: AsyncIterable<readonly Item[]>): Promise<Item[]> {
  const items: Item[] = []
  for await (const page of pages) items.push(...page)
  return items
}

describe('signing in', () => {
  it('tries a token as a personal access token first, then as a key of a login, and remembers', async () => {
    wire.replay('user_self', 'about')
    wire.answer = ({ headers }) =>
      headers['authorization'] === `Token ${token}`
        ? undefined
        : { status: 401, body: { detail: 'Invalid token.' } }
    const one = client()
    expect((await one.self(never)).username).toBe('admin1')
    await one.version(never)
    expect(wire.asked.map(({ headers }) => headers['authorization'])).toEqual([
      ...[`Bearer ${token}`, `Token ${token}`, `Token ${token}`],
    ])
  })

  it('keeps to a personal access token that works', async () => {
    wire.replay('pat_bearer')
    const one = client()
    await one.self(never)
    await one.self(never)
    const asked = wire.asked.map(({ headers }) => headers['authorization'])
    expect(asked).toEqual([`Bearer ${token}`, `Bearer ${token}`])
  })

  it('tells of a refused token, without it', async () => {
    wire.answer = () => recorded('unauthorized')
    const sentence = await problemOf('unauthorised', () => client().self(never))
    expect(sentence).toContain('"Invalid token."')
    expect(sentence).toContain('personal access token')
    expect(sentence).not.toContain(token)
    expect(wire.asked.length).toBe(2)
  })

  it('can be with a name and a password', async () => {
    wire.replay('user_self')
    const one = client({ credentials: { username: 'ädmin', password: 'pass:word' } })
    await one.self(never)
    const pair = Buffer.from('ädmin:pass:word').toString('base64')
    expect(wire.asked[0]?.headers['authorization']).toBe(`Basic ${pair}`)
    expect(one.secrets()).toEqual(['pass:word', pair])
    wire.answer = () => ({ status: 401, body: { detail: `No pass:word here, nor ${pair}.` } })
    const sentence = await problemOf('unauthorised', () => one.self(never))
    expect(sentence).not.toContain('pass:word')
    expect(sentence).not.toContain(pair)
  })

  it('names the organisation in every request, where there is one', async () => {
    wire.replay('members', 'user_self')
    const one = client({ organization: 'lab' })
    await one.members(never)
    await one.self(never)
    const header = recorded('members').headers['x-organization']
    expect(wire.asked.map(({ headers }) => headers['x-organization'])).toEqual([header, header])
    await client().self(never)
    expect(wire.asked.at(-1)?.headers['x-organization']).toBeUndefined()
  })
})

describe('what was recorded is read', () => {
  it('the server and this account', async () => {
    wire.replay('about', 'user_self')
    expect(await client().version(never)).toBe('2.73.0')
    expect(await client().self(never)).toMatchObject({ id: 1, is_staff: true })
  })

  it('people', async () => {
    wire.replay('user_search', 'members')
    const found = await client().users(['annot1', 'annot', 'annot1'], never)
    expect(found.map(({ id, username }) => [id, username])).toEqual([[2, 'annot1']])
    expect(wire.asked.map(({ query }) => query['search'])).toEqual(['annot1', 'annot'])
    const members = await client({ organization: 'lab' }).members(never)
    expect(members.map(({ user, role }) => [user?.username, role])).toEqual([
      ['annot1', 'worker'],
      ['admin1', 'owner'],
    ])
    expect(await client().members(never)).toEqual([])
  })

  it('projects, labels and tasks', async () => {
    wire.replay('labels', 'tasks_sort_name', 'task', 'task_data_meta')
    wire.answer = ({ path }) =>
      path === '/api/projects/2' ? { body: recorded('org_project').body } : undefined
    expect((await client().project(2, never)).name).toBe('org glands')
    expect((await client().labels(1, never)).map(({ name }) => name)).toEqual(['gland', 'other'])
    expect(wire.asked.at(-1)?.query).toMatchObject({ project_id: '1' })
    expect((await client().tasks(1, never)).length).toBe(5)
    expect((await client().task(1, never)).name).toBe('pool')
    const meta = await client().taskMeta(1, never)
    expect(meta.frames.map(({ name }) => name).slice(0, 2)).toEqual(['img_3.png', 'img_0.png'])
    expect(meta.chunk_size).toBe(72)
  })

  it('pitfall 17: deleted frames', async () => {
    wire.answer = () => ({ body: recorded('deleted_frames').body })
    expect((await client().taskMeta(3, never)).deleted_frames).toEqual([1])
  })

  it('pitfall 2: by a media type that is not application/json', async () => {
    wire.replay('job_before')
    expect(recorded('job_before').type).toBe('application/vnd.cvat+json')
    expect((await client().job(1, never)).state).toBe('new')
    expect(wire.asked[0]?.headers['accept']).toBe('application/vnd.cvat+json')
  })

  it('pitfall 15: jobs without names of task and project', async () => {
    wire.replay('annotator_jobs_after_assign')
    const jobs = await listOf(client().jobs({}, never))
    const { body } = recorded('annotator_jobs_after_assign')
    expect(JSON.stringify(body)).toContain('"task_name":null')
    expect(jobs).toHaveLength(2)
    // 100,000 of them are kept in memory, so nothing is that is not used.
    expect(Object.keys(jobs[0] ?? {}).length).toBeLessThan(15)
    expect(JSON.stringify(jobs[0]).length).toBeLessThan(400)
  })

  it('pitfall 16: jobs of all types, told apart', async () => {
    wire.answer = () => ({ body: recorded('gt_job_create').body })
    expect((await client().job(9, never)).type).toBe('ground_truth')
    wire.answer = () => ({ body: recorded('job_before').body })
    expect(await client().job(9, never)).toMatchObject({ type: 'annotation', parent_job_id: null })
  })

  it('annotations, with shapes of a detector', async () => {
    wire.replay('annotations_empty')
    expect((await client().annotations(1, never)).shapes).toEqual([])
    wire.answer = () => ({ body: recorded('annotations_after_lambda').body })
    const [shape] = (await client().annotations(1, never)).shapes
    expect(shape).toMatchObject({ type: 'mask', source: 'auto', score: 1 })
  })

  it('files of the share, in all folders', async () => {
    wire.answer = ({ query }) => {
      if (query['directory'] === '/pool') return { body: recorded('share_list').body }
      return {
        body: [
          { name: 'pool', type: 'DIR' },
          { name: 'a.png', type: 'REG', mime_type: 'image' },
        ],
      }
    }
    const below = ['s0', 's1', 's2', 's3', 's4'].map((name) => `pool/${name}.png`)
    expect(await client().shareFiles('/pool/', never)).toEqual(below)
    expect(await client().shareFiles('', never)).toEqual(['a.png', ...below])
    expect(wire.asked.map(({ query }) => query['directory'])).toEqual(['/pool', '/', '/pool'])
  })
})

describe('lists', () => {
  it('pitfall 3: are read to the last page, at least 500 at a time, whatever address the server gives', async () => {
    const [job] = Object(recorded('jobs_of_task').body).results
    wire.answer = ({ query }) => {
      const page = Number(query['page'])
      const next = page < 3 ? 'http://inside-of-the-cluster:8080/api/jobs?page=7' : null
      return { body: { count: 3, next, previous: null, results: [{ ...job, id: page }] } }
    }
    const jobs = await listOf(client().jobs({ project: 4, sort: '-updated_date' }, never))
    expect(jobs.map(({ id }) => id)).toEqual([1, 2, 3])
    expect(wire.asked.map(({ query }) => query)).toEqual(
      ['1', '2', '3'].map((page) => ({
        ...{ project_id: '4', sort: '-updated_date', page, page_size: '500' },
      })),
    )
  })

  it('end where the last page has gone away meanwhile', async () => {
    const { body } = recorded('jobs_of_task')
    wire.answer = ({ query }) =>
      query['page'] === '1'
        ? { body: { ...Object(body), next: 'x' } }
        : { status: 404, body: { detail: 'Invalid page.' } }
    expect((await listOf(client().jobs({}, never))).length).toBe(6)
  })

  it('pitfall 4 and 5: ask by plain fields and the sort names of the contract', async () => {
    wire.replay('jobs_of_task')
    await listOf(client().jobs({ task: 1, sort: 'id', pageSize: 7 }, never))
    expect(wire.asked[0]?.query).toEqual({ task_id: '1', sort: 'id', page: '1', page_size: '7' })
  })

  it('can be left early', async () => {
    const { body } = recorded('jobs_of_task')
    wire.answer = () => ({ body: { ...Object(body), next: 'x' } })
    for await (const page of client().jobs({}, never)) {
      expect(page.length).toBe(6)
      break
    }
    expect(wire.asked.length).toBe(1)
  })
})
