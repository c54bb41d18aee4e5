import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type HttpHarness, openHttp } from '../support/http.ts'
import { finishRound, makeProject, newLabel, newTask } from '../support/http-data.ts'

let http: HttpHarness
beforeAll(async () => {
  http = await openHttp()
})
afterAll(() => http.close())

const get = (path: string, headers: Readonly<Record<string, string>> = {}) =>
  http.send({ method: 'get', path, headers })
const annotate = (id: string, labels: object[]) =>
  http.send({ method: 'post', path: `/v1/projects/${id}/annotations`, body: { labels } })

describe('reads of a project', () => {
  it('are not sent again while nothing has changed', async () => {
    await makeProject(http, 'etag')
    const tasks = '/v1/projects/etag/tasks'
    const first = await get(tasks)
    const etag = first.headers['etag'] ?? ''
    expect(etag).toMatch(/^W\/"/)
    const headers = { 'If-None-Match': etag }
    const second = await get(tasks, headers)
    expect([second.status, second.text]).toEqual([304, ''])
    await annotate('etag', [newLabel('1')])
    const third = await get(tasks, headers)
    expect(third.status).toBe(200)
    expect(third.body.items[0].label).toBe('labelled')
  })

  it.each([
    ['/v1/projects', 'listed'],
    ['/v1/projects/listed', 'listed'],
    ['/v1/projects/listed/models', 'listed'],
    ['/v1/problems', 'listed'],
  ])('at %s are told apart by their content', async (path, id) => {
    await makeProject(http, id)
    const change = async () => {
      await annotate(id, [newLabel('1', { externalId: path }), newLabel('2')])
      await finishRound(http, id, Buffer.from(path))
      const problem = { key: path, project: id, sentence: 'It is wrong.', remedy: 'Look.' }
      await http.deps.store.raiseProblem(problem, http.now)
    }
    const first = await get(path)
    const headers = { 'If-None-Match': first.headers['etag'] ?? '' }
    expect((await get(path, headers)).status).toBe(304)
    await change()
    const changed = await get(path, headers)
    expect([changed.status, changed.headers['etag']]).toEqual([200, expect.stringMatching(/^W/)])
    expect(changed.headers['etag']).not.toBe(headers['If-None-Match'])
  })

  it('are not compressed for those who refuse it', async () => {
    await makeProject(http, 'refuse', 50)
    const path = '/v1/projects/refuse/tasks'
    const encodingOf = async (accepted: string) => {
      const headers = { 'Accept-Encoding': accepted }
      return (await http.raw({ method: 'get', path, headers })).headers['content-encoding']
    }
    expect(await encodingOf('gzip;q=0, *')).toBeUndefined()
    expect(await encodingOf('br, *;q=0.5')).toBe('gzip')
    expect(await encodingOf('br')).toBeUndefined()
  })

  it('are never those of before a write that was answered', async () => {
    await makeProject(http, 'fresh', 1)
    for (let i = 0; i < 20; i++) {
      const tasks = [newTask('1', { name: `name ${i}` })]
      await http.send({ method: 'post', path: '/v1/projects/fresh/tasks', body: { tasks } })
      const read = await get('/v1/projects/fresh/tasks')
      expect(read.body.items[0].name).toBe(`name ${i}`)
      expect((await get('/v1/projects/fresh/tasks')).body).toEqual(read.body)
    }
  })

  it('are told apart by address', async () => {
    await makeProject(http, 'address')
    const page = await get('/v1/projects/address/tasks?limit=1')
    const other = await get('/v1/projects/address/tasks?limit=2')
    expect([page.body.items.length, other.body.items.length]).toEqual([1, 2])
    const again = await get('/v1/projects/address/tasks?limit=1')
    expect(again.body).toEqual(page.body)
    expect((await get('/v1/projects/address/budget')).body.images).toBe(0)
  })

  it('of a suggestion follow the model in use', async () => {
    await makeProject(http, 'model')
    await annotate('model', [newLabel('1'), newLabel('2')])
    const path = '/v1/projects/model/tasks/3/suggestion'
    expect((await get(path)).status).toBe(503)
    const first = await finishRound(http, 'model', Buffer.from('first'))
    expect((await get(path)).body.modelDigest).toBe(first.digest)
    await annotate('model', [newLabel('1', { version: 2, seconds: 1 })])
    const second = await finishRound(http, 'model', Buffer.from('second'))
    expect((await get(path)).body.modelDigest).toBe(second.digest)
    expect((await get(`${path}/mask.png`)).headers['suggest-model']).toBe(second.digest)
  })

  it('are compressed for those who can read that, except images', async () => {
    await makeProject(http, 'gzip', 50)
    const headers = { 'Accept-Encoding': 'gzip' }
    const path = '/v1/projects/gzip/tasks'
    const plain = await get(path, { 'Accept-Encoding': 'identity' })
    const packed = await http.raw({ method: 'get', path, headers })
    expect(packed.headers['content-encoding']).toBe('gzip')
    expect(packed.headers['etag']).toBe(plain.headers['etag'])
    expect(JSON.parse(gunzipSync(packed.body).toString())).toEqual(plain.body)
    expect(packed.body.length).toBeLessThan(Number(plain.headers['content-length']) / 3)
    await annotate('gzip', [newLabel('1'), newLabel('2')])
    await finishRound(http, 'gzip', Buffer.from('third'))
    const mask = '/v1/projects/gzip/tasks/3/suggestion/mask.png'
    const png = await http.raw({ method: 'get', path: mask, headers })
    expect(png.headers['content-encoding']).toBeUndefined()
  })

  it('tell with HEAD what GET would', async () => {
    await makeProject(http, 'head')
    const path = '/v1/projects/head/tasks'
    const whole = await get(path, { 'Accept-Encoding': 'identity' })
    const headers = { 'Accept-Encoding': 'identity' }
    const head = await http.send({ method: 'head', path, headers })
    expect(head.status).toBe(200)
    for (const name of ['etag', 'content-length', 'content-type']) {
      expect(head.headers[name]).toBe(whole.headers[name])
    }
  })
})

describe('replies', () => {
  it('carry a strict policy, the protocol, and nothing about the software', async () => {
    const { headers } = await get('/v1/projects')
    expect(headers['content-security-policy']).toContain("default-src 'none'")
    expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
    expect(headers['x-content-type-options']).toBe('nosniff')
    expect(headers['suggest-protocol']).toBe('1.0')
    expect(headers['x-powered-by']).toBeUndefined()
  })

  it('refuse other versions, unknown addresses and wrong escapes', async () => {
    const wrong = [
      ['/v2/projects', 400, 'protocol-mismatch'],
      ['/v1/nothing', 404, 'not-found'],
      ['/v1/projects/a/tasks/%E0%A4%A', 400, 'wrong-use'],
      ['/v1/projects/UPPER', 400, 'wrong-use'],
    ] as const
    for (const [path, status, kind] of wrong) {
      const refused = await get(path)
      expect([path, refused.status, refused.body.type.split(':').at(-1)]).toEqual([
        path,
        status,
        kind,
      ])
    }
  })

  it('keep what went wrong inside to the log', async () => {
    const secret = 'SELECT password FROM /var/lib'
    const { store } = http.deps
    const { problems } = store
    store.problems = () => Promise.reject(new Error(secret))
    const failed = await get('/v1/problems')
    store.problems = problems
    expect(failed.status).toBe(500)
    expect(failed.text).not.toContain('SELECT')
    const { instance } = failed.body
    const line = http.logged.find((one) => one.includes(instance))
    expect(line).toContain(secret)
  })
})
