import { readdir } from 'node:fs/promises'
import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { encodeMask } from '@suggestive/sidecar/images'
import { type IntakeThread, openIntake } from '@suggestive/sidecar/intake/client'
import { type HttpHarness, openHttp } from '../support/http.ts'
import { makeProject, newLabel, newProject, newTask } from '../support/http-data.ts'
import { sha256 } from '../support/png.ts'
import { listen } from '../support/sockets.ts'

let http: HttpHarness
let thread: IntakeThread
beforeAll(async () => {
  thread = await openIntake()
  http = await openHttp({ deps: { intake: thread.intake } })
})
afterAll(async () => {
  await http.close()
  await thread.close()
})

const post = (path: string, body: object, key?: string) => {
  const headers = key === undefined ? {} : { 'Idempotency-Key': key }
  return http.send({ method: 'post', path: `/v1/projects${path}`, headers, body })
}
const get = (path: string) => http.send({ method: 'get', path: `/v1/projects${path}` })
const range = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1))

/** Does not compress. */
const noise = (length: number) =>
  Uint8Array.from({ length }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24)

describe('an idempotency key', () => {
  it('gives the first reply again, and nothing happens twice', async () => {
    await makeProject(http, 'key')
    const body = { labels: [newLabel('1')] }
    const first = await post('/key/annotations', body, 'k1')
    expect(first.body).toEqual({ accepted: 1, repeated: 0 })
    const second = await post('/key/annotations', body, 'k1')
    expect(second.body).toEqual({ accepted: 1, repeated: 0 })
    expect(second.headers['idempotent-replayed']).toBe('true')
    const other = await post('/key/annotations', { labels: [newLabel('2')] }, 'k1')
    expect(other.status).toBe(422)
    expect((await get('/key/annotations')).body.items.length).toBe(1)
  })

  it('of a request that failed can be used again', async () => {
    const body = { ...newProject('retry'), tool: 'paint' }
    expect((await post('', body, 'k2')).status).toBe(400)
    await makeProject(http, 'later')
    const unknown = { labels: [newLabel('44')] }
    expect((await post('/later/annotations', unknown, 'k3')).status).toBe(404)
    await post('/later/tasks', { tasks: [newTask('44')] })
    expect((await post('/later/annotations', unknown, 'k3')).body.accepted).toBe(1)
  })

  it('must be short and visible', async () => {
    expect((await post('', newProject('visible'), 'a b')).status).toBe(400)
    expect((await post('', newProject('visible'), 'x'.repeat(201))).status).toBe(400)
    expect((await get('/visible')).status).toBe(404)
  })
})

describe('large bodies', () => {
  it('of tasks and labels are taken in one request each, and repeated without a change', async () => {
    await makeProject(http, 'many', 0)
    const tasks = range(10_000).map((key) => newTask(key))
    const added = await post('/many/tasks', { tasks })
    expect(added.body).toMatchObject({
      added: 10_000,
      changed: 0,
      missingImages: { length: 10_000 },
    })
    const labels = range(1000).map((key) => newLabel(key))
    const taken = await post('/many/annotations', { labels })
    expect(taken.body).toEqual({ accepted: 1000, repeated: 0 })
    const { version } = (await get('/many')).body
    expect((await post('/many/tasks', { tasks })).body.unchanged).toBe(10_000)
    expect((await post('/many/annotations', { labels })).body.repeated).toBe(1000)
    expect((await get('/many')).body).toMatchObject({ version, counts: { labelled: 1000 } })
  }, 30_000)

  it('are stored not at all when the last one is wrong', async () => {
    await makeProject(http, 'whole', 0)
    const tasks = range(1000).map((key) => newTask(key))
    const wrong = await post('/whole/tasks', { tasks: [...tasks, newTask('1001', { width: 0 })] })
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/tasks/1000/width'])
    expect((await get('/whole')).body.counts.tasks).toBe(0)
    await post('/whole/tasks', { tasks })
    const labels = range(1001).map((key) => newLabel(key))
    const unknown = await post('/whole/annotations', { labels })
    expect([unknown.status, unknown.body.errors[0].pointer]).toEqual([404, '/labels/1000/taskKey'])
    expect((await get('/whole')).body.counts.labelled).toBe(0)
  })
})

describe('a body over the limit', () => {
  it('is answered while most of it is still on its way, and the connection stays', async () => {
    const headers = { 'Content-Type': 'application/json' }
    const body = 'x'.repeat(20_000_000)
    const refused = await http.raw({ method: 'post', path: '/v1/projects', headers, body })
    expect([refused.status, refused.headers['connection']]).toEqual([413, 'keep-alive'])
  })
})

describe('concurrent writers', () => {
  it('of the same and of different labels end up with each of them once', async () => {
    await makeProject(http, 'both', 40)
    const writers = [1, 2, 3, 4].flatMap((annotator) =>
      range(40).map((key) =>
        post('/both/annotations', {
          labels: [newLabel(key, { externalId: `${annotator % 2}-${key}` })],
        }),
      ),
    )
    const replies = await Promise.all(writers)
    const accepted = replies.map(({ body }) => body.accepted)
    expect(accepted.reduce((a, b) => a + b, 0)).toBe(80)
    const list = await get('/both/annotations?limit=1000')
    expect(new Set(list.body.items.map((one: { identity: string }) => one.identity)).size).toBe(80)
  })

  it('of one project id agree on one of them', async () => {
    const names = range(8).map((name) => ({ ...newProject('race'), name }))
    const replies = await Promise.all(names.map((body) => post('', body)))
    const statuses = replies.map(({ status }) => status).sort()
    expect(statuses).toEqual([201, 409, 409, 409, 409, 409, 409, 409])
  })

  it('of one image do not mix their bytes', async () => {
    const png = await encodeMask(400, 300, noise(120_000))
    const digest = sha256(png)
    const sent = { method: 'put', path: `/v1/images/${digest}`, body: png } as const
    const headers = { 'Content-Type': 'image/png' }
    const replies = await Promise.all(range(5).map(() => http.send({ ...sent, headers })))
    const statuses = replies.map(({ status }) => status)
    expect(statuses).toEqual([201, 201, 201, 201, 201])
    expect(await http.deps.blobs.get('image', digest)).toEqual(new Uint8Array(png))
  })
})

describe('an upload that breaks off', () => {
  it('goes on after the bytes that arrived, and the conductor hears of the image', async () => {
    const png = await encodeMask(300, 200, noise(60_000))
    const digest = sha256(png)
    const path = `/v1/images/${digest}`
    const { port, close } = await listen(http)
    const headers = { 'Content-Type': 'image/png', 'Content-Length': png.length }
    const request = httpRequest({ port, method: 'PUT', path, headers })
    request.on('error', () => {})
    const gone = new Promise((resolve) => request.on('close', resolve))
    request.write(png.subarray(0, 5000))
    let offset = 0
    while (offset < 5000) {
      const head = await http.send({ method: 'head', path })
      offset = Number(head.headers['upload-offset'])
    }
    request.destroy()
    await gone
    const rest = (from: number) => ({
      'Content-Type': 'image/png',
      'Content-Range': `bytes ${from}-${png.length - 1}/${png.length}`,
    })
    const task = { taskKey: 'broke-off', name: 'x', imageDigest: digest }
    await post('/key/tasks', { tasks: [task] })
    http.conductor.poked.length = 0
    let done = await http.send({
      method: 'put',
      path,
      headers: rest(5000),
      body: png.subarray(5000),
    })
    // Until the server has noticed that the first client is gone.
    while (done.status === 409) {
      done = await http.send({ method: 'put', path, headers: rest(5000), body: png.subarray(5000) })
    }
    expect([done.status, done.body.digest]).toEqual([201, digest])
    await close()
    // Who hangs up is no fault of ours.
    expect(http.logged).toEqual([])
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect(new Set(http.conductor.poked)).toEqual(new Set(['key']))
  })
})

describe('a form that breaks off', () => {
  it('leaves no file and no handle behind', async () => {
    const { port, close } = await listen(http)
    const headers = { 'Content-Type': 'multipart/form-data; boundary=b' }
    const request = httpRequest({ port, method: 'POST', path: '/v1/images', headers })
    request.on('error', () => {})
    const name = 'Content-Disposition: form-data; name="f"; filename="a.png"'
    request.write(`--b\r\n${name}\r\n\r\n${'x'.repeat(100_000)}`)
    await until(async () => (await uploading()).length === 1)
    request.destroy()
    await until(async () => (await uploading()).length === 0)
    await close()
  })

  it('at a storage that fails is refused as a whole at once', async () => {
    const full: HttpHarness = await openHttp({
      deps: {
        room: {
          require: async () => {
            throw new Problem('storage-failed', 'The disk is full: free some space.')
          },
          add: async () => {},
        },
      },
    })
    const png = await encodeMask(4, 2, new Uint8Array(8))
    const reply = await full.form('/v1/images', 'owner', [
      ['a.png', png],
      ['b.png', png],
    ])
    expect(reply.status).toBe(507)
    await full.close()
  })
})

const uploading = () => readdir(http.deps.uploads.folder)

async function until(isSo: () => Promise<boolean>) {
  for (let i = 0; i < 300 && !(await isSo()); i++) {
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  expect(await isSo()).toBe(true)
}
