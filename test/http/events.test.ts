import { once } from 'node:events'
import { connect as netConnect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import { type HttpHarness, openHttp, tokenOf, tokens } from '../support/http.ts'
import { newProject } from '../support/http-data.ts'
import { connect, type Listening, listen, refusal } from '../support/sockets.ts'

let http: HttpHarness
let listening: Listening
const roles = { role: 'service' } as const

beforeEach(async () => {
  http = await openHttp({ access: { tokens } })
  await http.deps.store.createProject(newProject('a'), http.now)
  await http.deps.store.createProject(newProject('b'), http.now)
  listening = await listen(http, { pingMs: 50, unsentMs: 300, progressMs: 100 })
})
afterEach(async () => {
  await listening.close()
  await http.close()
})

/** One event. */
const raise = (key: string, project: string | null = 'a', sentence = 'It is wrong.') =>
  http.deps.store.raiseProblem({ key, project, sentence, remedy: 'Look.' }, http.now)

const ids = (told: readonly object[]) => told.map((one) => ('id' in one ? one.id : undefined))
const progress = (project: string, iteration: number): ProgressEvent => ({
  at: '2026-11-24T12:00:00.000Z',
  project,
  type: 'round.progress',
  data: {
    round: 1,
    state: 'training',
    member: 0,
    members: 4,
    iteration,
    iterations: 300,
    loss: 0.5,
    scored: 0,
    pool: 10,
    secondsLeft: 9,
  },
})

describe('the event stream', () => {
  it('replays everything after an id, then goes on live', async () => {
    for (const key of ['one', 'two', 'three']) await raise(key)
    const client = await connect(listening.port, '?after=1')
    expect(ids(await client.until(2))).toEqual([2, 3])
    await raise('four')
    expect(ids(await client.until(3))).toEqual([2, 3, 4])
    expect(client.told[2]).toMatchObject({ type: 'problem.raised', data: { key: 'four' } })
  })

  it('begins with what is new when no id is named', async () => {
    await raise('old')
    const client = await connect(listening.port, '')
    await raise('new')
    expect(ids(await client.until(1))).toEqual([2])
  })

  it('has no gap and no repetition while much is written during the replay', async () => {
    const many = 700
    for (let i = 0; i < many / 2; i++) void raise(`before-${i}`)
    await raise('last-before')
    const writing = (async () => {
      for (let i = 0; i < many / 2; i++) await raise(`during-${i}`)
    })()
    const client = await connect(listening.port, '?after=0')
    await writing
    const told = await client.until(many + 1)
    expect(ids(told)).toEqual(Array.from({ length: many + 1 }, (_, i) => i + 1))
  })

  it('tells of one project when one is named', async () => {
    await raise('mine', 'a')
    await raise('theirs', 'b')
    await raise('mine-too', 'a')
    const client = await connect(listening.port, '?after=0&project=a')
    expect(ids(await client.until(2))).toEqual([1, 3])
  })

  it('does not look at events of other projects again and again', async () => {
    const { store } = http.deps
    const read = store.events
    const from: number[] = []
    store.events = (after, project, limit) => {
      from.push(after)
      return read(after, project, limit)
    }
    const client = await connect(listening.port, '?project=a')
    for (let i = 0; i < 5; i++) await raise(`theirs-${i}`, 'b')
    await raise('mine', 'a')
    expect(ids(await client.until(1))).toEqual([6])
    await raise('more', 'b')
    while (from.at(-1) !== 6) await new Promise((resolve) => setTimeout(resolve, 5))
    expect(from.filter((after) => after > 0 && after < 6).length).toBeGreaterThan(0)
    await raise('mine-too', 'a')
    expect(ids(await client.until(2))).toEqual([6, 8])
    expect(from.at(-1)).toBe(7)
  })

  it.each([
    ['is no longer kept', 1, 'forget'],
    ['was never given', 99, 'keep'],
  ])('resets once when the id %s', async (_, after, what) => {
    for (const key of ['one', 'two', 'three']) await raise(key)
    http.now += 8 * 24 * 3_600_000
    if (what === 'forget') await http.deps.store.forgetEvents(http.now - 7 * 24 * 3_600_000)
    const client = await connect(listening.port, `?after=${after}`)
    const [reset] = await client.until(1)
    expect(reset).toEqual({ type: 'reset', id: 3, at: expect.any(String) })
    await raise('four')
    expect(ids(await client.until(2))).toEqual([3, 4])
  })

  it('does not reset who is up to date after everything was forgotten', async () => {
    await raise('one')
    await http.deps.store.forgetEvents(http.now + 1)
    const client = await connect(listening.port, '?after=1')
    await raise('two')
    expect(ids(await client.until(1))).toEqual([2])
  })

  it('thins out progress of each project and keeps the newest', async () => {
    const all = await connect(listening.port, '')
    const other = await connect(listening.port, '?project=b')
    for (let i = 1; i <= 50; i++) http.conductor.progress(progress('a', i))
    http.conductor.progress(progress('b', 7))
    http.now += 100
    const told = await all.until(3)
    const seen = told.map(
      (one) => one.type === 'round.progress' && [one.project, one.data.iteration],
    )
    expect(seen).toEqual([
      ['a', 1],
      ['b', 7],
      ['a', 50],
    ])
    expect(other.told).toHaveLength(1)
    expect(await http.deps.store.events(0, undefined, 10)).toEqual([])
  })

  it('drops who does not answer pings, and keeps who does', async () => {
    const deaf = await connect(listening.port, '')
    const client = await connect(listening.port, '')
    deaf.socket.pong = () => {}
    Reflect.set(deaf.socket, '_autoPong', false)
    expect((await deaf.ended).code).toBe(1006)
    await raise('one')
    expect(ids(await client.until(1))).toEqual([1])
  })

  it('closes who does not read, and says why', async () => {
    await listening.close()
    listening = await listen(http, { unsentMs: 100 })
    const client = await connect(listening.port, '?after=0')
    client.socket.pause()
    const large = 'x'.repeat(900_000)
    for (let i = 0; i < 12; i++) await raise(`large-${i}`, 'a', large)
    await new Promise((resolve) => setTimeout(resolve, 200))
    client.socket.resume()
    const { code, reason } = await client.ended
    expect([code, reason]).toEqual([4008, expect.stringContaining('Too slow')])
  })

  it('says goodbye when the server stops', async () => {
    const client = await connect(listening.port, '')
    await listening.events.close()
    expect((await client.ended).code).toBe(1001)
  })
})

describe('an upgrade', () => {
  it.each([
    ['nobody', '', {}, 401, 'signed in'],
    ['a wrong token', '', { headers: { Authorization: 'Bearer nonsense' } }, 401, 'not known'],
    ['a token in the address', `?token=${tokenOf('owner')}`, roles, 400, 'Authorization header'],
    ['a token beside another', '?access_token=x', roles, 400, 'Authorization header'],
    ['an id that is no number', '?after=x', roles, 400, '/after'],
    ['an unknown parameter', '?since=1', roles, 400, 'since'],
    ['an unknown project', '?project=nope', roles, 404, 'nope'],
    ['a major version', '', { ...roles, headers: { 'Suggest-Protocol': '3.0' } }, 400, 'version 3'],
  ] as const)('is refused to %s', async (_, query, connection, status, words) => {
    const problem = await refusal(listening.port, query, connection)
    expect([problem.status, problem.detail]).toEqual([status, expect.stringContaining(words)])
    expect(JSON.stringify(problem)).not.toContain(tokenOf('owner'))
  })

  it('is refused to a foreign page with a session, and granted to our own', async () => {
    const body = { token: tokenOf('viewer') }
    const made = await http.send({ method: 'post', path: '/v1/session', body })
    const cookie = String(made.headers['set-cookie']).split(';')[0] ?? ''
    const { port } = listening
    const from = (origin: string) => ({ headers: { Cookie: cookie, Origin: origin } })
    expect((await refusal(port, '', from('http://evil.example'))).status).toBe(403)
    expect((await refusal(port, '', { headers: { Cookie: cookie } })).status).toBe(403)
    const client = await connect(port, '', from(`http://127.0.0.1:${port}`))
    await raise('one')
    expect(ids(await client.until(1))).toEqual([1])
  })

  it('that is refused leaves no connection, whatever the client does with its end', async () => {
    const socket = netConnect({ port: listening.port, host: '127.0.0.1', allowHalfOpen: true })
    socket.write(
      'GET /v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    )
    let answer = ''
    socket.on('data', (text) => {
      answer += String(text)
    })
    socket.on('error', () => {})
    await once(socket, 'end')
    expect(answer).toMatch(/^HTTP\/1\.1 401 /)
    const connections = () =>
      new Promise((resolve) => listening.server.getConnections((_, count) => resolve(count)))
    for (let i = 0; i < 100 && (await connections()) !== 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(await connections()).toBe(0)
    socket.destroy()
  })

  it('that is looked at while the server stops does not hold it up', async () => {
    const { store } = http.deps
    store.project = () => new Promise(() => {})
    const client = connect(listening.port, '?project=a').catch((error: unknown) => error)
    await new Promise((resolve) => setTimeout(resolve, 50))
    await listening.events.close()
    await new Promise((resolve) => listening.server.close(resolve))
    expect(await client).toHaveProperty('message', expect.stringContaining('hang up'))
  })

  it('is refused at other addresses', async () => {
    const problem = await refusal(listening.port, '/../../other', roles)
    expect(problem.status).toBe(404)
  })
})
