import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type Client, createClient, type TaskData } from '@suggestive/plugin-cvat/client'
import { type Answer, type Asked, openWire, recorded, type Wire } from '../support/cvat-wire.ts'
import { problemOf } from '../support/problems.ts'

const never = new AbortController().signal
/** `action=create&target=task&target_id=1`: its `&` and `=` must be encoded. */
const request = recorded('request_create_task')

let wire: Wire
let pauses: number[]
let client: Client
/** What the server says while it works. */
let statuses: string[]
beforeEach(async () => {
  pauses = []
  statuses = ['queued', 'started']
  wire = await openWire()
  wire.answer = answer
  client = createClient({
    address: wire.address,
    credentials: { token: 'tkn-0123456789-secret' },
    async pause(ms) {
      pauses.push(ms)
    },
  })
})
afterEach(() => wire.close())

function answer({ method, path, headers }: Asked): Answer | undefined {
  if (method === 'POST' && path === '/api/tasks')
    return { status: 201, body: recorded('task_create').body }
  if (method === 'DELETE' && path === '/api/tasks/1') return { status: 204 }
  if (method === 'POST' && path === '/api/tasks/1/data') {
    if (headers['upload-start'] !== undefined) return { status: 202 }
    if (headers['upload-multiple'] !== undefined) return { status: 200 }
    return { status: 202, body: recorded('task_data_upload').body }
  }
  if (method === 'GET' && path === request.path) {
    const status = statuses.shift() ?? 'finished'
    return { body: { ...Object(request.body), status } }
  }
  return undefined
}

const requests = () => wire.asked.map(({ method, path }) => `${method} ${path}`)
const creation = { name: 'pool', project: 1, segmentSize: 1 }
const shared: TaskData = { from: 'share', files: ['pool/s4.png', 'pool/s2.png', 'pool/s0.png'] }

/** Every byte a letter, so that files are found again in forms. */
const upload = (sizes: Readonly<Record<string, number>>): TaskData => ({
  from: 'upload',
  files: Object.keys(sizes),
  read: async (name) => Buffer.alloc(sizes[name] ?? 0, name),
})

describe('a new task', () => {
  it('of shared files is asked for, filled and waited for as recorded', async () => {
    expect(await client.createTask({ ...creation, subset: 'Train' }, shared, never)).toBe(1)
    expect(requests()).toEqual([
      ...['POST /api/tasks', 'POST /api/tasks/1/data'],
      ...Array.from({ length: 3 }, () => `GET ${request.path}`),
    ])
    const { body } = wire.asked[1] ?? {}
    expect(body).toEqual(recorded('round_task_data_share_predefined').sent)
    expect(pauses.length).toBe(2)
  })

  it('pitfall 1: is waited for by a request id that is encoded', async () => {
    await client.createTask(creation, shared, never)
    expect(wire.asked[2]?.path).toBe(
      '/api/requests/action%3Dcreate%26target%3Dtask%26target_id%3D1',
    )
  })

  it('pitfall 25: says that frames do not overlap', async () => {
    await client.createTask({ ...creation, subset: 'Train' }, shared, never)
    expect(wire.asked[0]?.body).toEqual({
      ...{ name: 'pool', project_id: 1, segment_size: 1, overlap: 0, subset: 'Train' },
    })
    expect(recorded('org_task').sent).toMatchObject({ segment_size: 1, overlap: 0 })
  })

  it('pitfall 20: in groups has neither a sorting method nor a segment size', async () => {
    const { job_file_mapping: groups } = Object(recorded('round_task_data_share_mapping').sent)
    const data = { from: 'share', files: groups.flat(), groups } as const
    await client.createTask({ name: 'round', project: 1 }, data, never)
    expect(wire.asked[0]?.body).toEqual({ name: 'round', project_id: 1 })
    const { use_zip_chunks: _, ...sent } = Object(recorded('round_task_data_share_mapping').sent)
    expect(wire.asked[1]?.body).toEqual(sent)
  })

  it('of a cloud storage names it', async () => {
    const data = { from: 'cloud', cloudStorage: 5, files: ['a.png'] } as const
    await client.createTask(creation, data, never)
    expect(wire.asked[1]?.body).toMatchObject({ cloud_storage_id: 5, server_files: ['a.png'] })
  })

  it('is waited for with longer and longer pauses, up to 5 s', async () => {
    statuses = Array.from({ length: 9 }, () => 'started')
    await client.createTask(creation, shared, never)
    expect(pauses).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000, 5000, 5000])
  })
})

describe('a new task of uploaded files', () => {
  it('is sent in parts of a few megabytes, in its order', async () => {
    const sizes = { 'b.png': 3_000_000, 'a.png': 2_000_000, 'd.png': 1_000_000, 'c.png': 9_000_000 }
    await client.createTask(creation, upload(sizes), never)
    const [, start, first, second, third, finish] = wire.asked
    expect(start?.headers['upload-start']).toBe(recorded('upload_start').headers['upload-start'])
    expect(start?.bytes.length).toBe(0)
    expect([first, second, third].map((part) => filesIn(part))).toEqual([
      [['client_files[0]', 'b.png', 3_000_000]],
      [
        ['client_files[0]', 'a.png', 2_000_000],
        ['client_files[1]', 'd.png', 1_000_000],
      ],
      [['client_files[0]', 'c.png', 9_000_000]],
    ])
    expect(finish?.headers['upload-finish']).toBe('true')
    expect(finish?.body).toEqual({
      ...{ image_quality: 90, use_cache: true, storage_method: 'cache' },
      ...{ sorting_method: 'predefined', upload_file_order: ['b.png', 'a.png', 'd.png', 'c.png'] },
    })
  })

  it('in groups finishes as recorded', async () => {
    const { job_file_mapping: groups } = Object(recorded('upload_finish').sent)
    const data = { ...upload({ 'q.png': 3, 'p.png': 2 }), groups }
    await client.createTask({ name: 'round', project: 1 }, data, never)
    expect(wire.asked.at(-4)?.body).toEqual({
      ...Object(recorded('upload_finish').sent),
      storage_method: 'cache',
    })
  })

  it('is sent with odd names whole', async () => {
    await client.createTask(creation, upload({ 'ä "1".png': 4, 'no ending': 5 }), never)
    expect(filesIn(wire.asked[2])).toEqual([
      ['client_files[0]', 'ä %221%22.png', 4],
      ['client_files[1]', 'no ending', 5],
    ])
  })

  it('has 50 files in a part at most', async () => {
    const sizes = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`${i}.png`, 10]))
    await client.createTask(creation, upload(sizes), never)
    const parts = wire.asked.filter(({ headers }) => headers['upload-multiple'] !== undefined)
    expect(parts.map((part) => filesIn(part).length)).toEqual([50, 50, 20])
  })

  it('is never sent a part twice: the server would append it', async () => {
    wire.answer = (asked) => (asked.headers['upload-multiple'] ? 'cut' : answer(asked))
    await problemOf('tool-failed', () => client.createTask(creation, upload({ 'a.png': 3 }), never))
    expect(requests().filter((one) => one === 'POST /api/tasks/1/data').length).toBe(2)
    expect(requests().at(-1)).toBe('DELETE /api/tasks/1')
  })

  it.each([
    ['a folder', { 'x/a.png': 1 }, '"x/a.png" is no name'],
    ['nothing', { '': 1 }, '"" is no name'],
    ['two lines', { 'a\nb.png': 1 }, 'is no name'],
  ])('is refused for a name with %s', async (_, sizes, part) => {
    const sentence = await problemOf('wrong-use', () =>
      client.createTask(creation, upload(sizes), never),
    )
    expect(sentence).toContain(part)
    expect(wire.asked).toEqual([])
  })
})

describe('a creation that fails', () => {
  const gone = 'DELETE /api/tasks/1'

  it('pitfall 19: leaves no empty task behind, and says why', async () => {
    wire.answer = (asked) =>
      asked.path === request.path
        ? { body: recorded('request_create_task_failed').body }
        : answer(asked)
    const sentence = await problemOf('wrong-use', () => client.createTask(creation, shared, never))
    expect(sentence).toContain("No such file or directory: '/srv/cvat/share/pool/none.png'")
    expect(requests().at(-1)).toBe(gone)
  })

  it('at the frames leaves nothing behind', async () => {
    wire.answer = (asked) =>
      asked.path === '/api/tasks/1/data'
        ? { status: 400, body: ['No media data found'] }
        : answer(asked)
    const sentence = await problemOf('wrong-use', () => client.createTask(creation, shared, never))
    expect(sentence).toContain('"No media data found"')
    expect(requests().at(-1)).toBe(gone)
  })

  it('because a file cannot be read leaves nothing behind', async () => {
    const data: TaskData = {
      from: 'upload',
      files: ['a.png'],
      read: () => Promise.reject(new Error('unplugged')),
    }
    await expect(client.createTask(creation, data, never)).rejects.toThrow('unplugged')
    expect(requests().at(-1)).toBe(gone)
  })

  it('because it was stopped leaves nothing behind', async () => {
    const stop = new AbortController()
    wire.answer = (asked) => {
      if (asked.path === request.path) stop.abort()
      return answer(asked)
    }
    await problemOf('cancelled', () => client.createTask(creation, shared, stop.signal))
    expect(requests().at(-1)).toBe(gone)
  })

  it('tells of the task where it cannot be deleted', async () => {
    wire.answer = (asked) => {
      if (asked.method === 'DELETE') return { status: 403, body: { detail: 'No.' } }
      if (asked.path === request.path) return { body: recorded('request_create_task_failed').body }
      return answer(asked)
    }
    const sentence = await problemOf('wrong-use', () => client.createTask(creation, shared, never))
    expect(sentence).toContain('The unfinished task 1 could not be deleted')
  })

  it('before there is a task deletes nothing', async () => {
    wire.answer = () => recorded('annotator_unassigned_job_403')
    await problemOf('forbidden', () => client.createTask(creation, shared, never))
    expect(requests()).toEqual(['POST /api/tasks'])
  })
})

describe('a creation that makes no sense', () => {
  it.each<[string, TaskData, string]>([
    ['without frames', { from: 'share', files: [] }, 'without frames'],
    ['from no cloud storage', { from: 'cloud', files: ['a'] }, 'need its id'],
    [
      'with a frame in no group',
      { from: 'share', files: ['a', 'b'], groups: [['a']] },
      'each of its frames once',
    ],
    [
      'with a frame in two groups',
      { from: 'share', files: ['a', 'b'], groups: [['a', 'b'], ['a']] },
      'each of its frames once',
    ],
    [
      'with an empty group',
      { from: 'share', files: ['a'], groups: [['a'], []] },
      'each of its frames once',
    ],
    [
      'with groups and a segment size',
      { from: 'share', files: ['a'], groups: [['a']] },
      'either groups or a segment size',
    ],
    ['with a name twice', { ...upload({ a: 1 }), files: ['a', 'a'] }, 'the name "a"'],
  ])('is refused: %s', async (_, data, part) => {
    expect(await problemOf('wrong-use', () => client.createTask(creation, data, never))).toContain(
      part,
    )
    expect(wire.asked).toEqual([])
  })

  it('deletes a task that is gone already without complaint', async () => {
    wire.answer = () => ({ status: 404, body: { detail: 'Not found.' } })
    await client.deleteTask(9, never)
    expect(requests()).toEqual(['DELETE /api/tasks/9'])
  })
})

/** Field, file name and size of the files in a form. */
function filesIn(asked: Asked | undefined): readonly (readonly [string, string, number])[] {
  const type = String(asked?.headers['content-type'])
  const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(type)?.[1] ?? 'none'
  const text = asked?.bytes.toString('latin1') ?? ''
  const [begin, ...parts] = text.split(`--${boundary}`)
  expect([begin, parts.at(-1)]).toEqual(['', '--\r\n'])
  expect(parts[0]).toContain('name="image_quality"\r\n\r\n90\r\n')
  return parts.slice(1, -1).map((part) => {
    const [head = '', ...rest] = part.split('\r\n\r\n')
    const utf8 = Buffer.from(head, 'latin1').toString('utf8')
    const found = /name="([^"]+)"; filename="([^"]+)"/.exec(utf8)
    return [found?.[1] ?? '', found?.[2] ?? '', rest.join('\r\n\r\n').length - 2]
  })
}
