/** The typed client of the sidecar against the sidecar, and against what is not one. */
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import type { AnyEvent } from '@suggestive/shared/protocol/event'
import { createSidecarClient } from '@suggestive/shared/sidecar-client'
import { WebSocketServer } from 'ws'
import { openRig, type Rig, realTimers, until } from '../support/bridge.ts'
import { newLabel, newProject, newTask } from '../support/http-data.ts'
import { problemOf } from '../support/problems.ts'

const { signal } = new AbortController()
const id = 'client'
let rig: Rig
let client: ReturnType<Rig['client']>
beforeAll(async () => {
  rig = await openRig()
  client = rig.client()
  await client.createProject(newProject(id), signal)
})
afterAll(() => rig.close())

describe('the client', () => {
  it('reads every page of a list', async () => {
    const tasks = Array.from({ length: 2100 }, (_, i) => ({
      taskKey: `${i + 1}`,
      name: `${i + 1}.png`,
      state: 'open' as const,
    }))
    expect(await client.putTasks(id, tasks, signal)).toMatchObject({ added: 2100 })
    const pages: number[] = []
    for await (const { items } of client.tasks(id, signal)) pages.push(items.length)
    expect(pages).toEqual([1000, 1000, 100])
  })

  it('throws what the sidecar says, with its kind and its fields', async () => {
    const odd = { ...newLabel('nowhere'), outcome: 'labelled' as const, groundTruth: false }
    const refused = client.putLabels(id, [odd], false, signal)
    await expect(refused).rejects.toBeInstanceOf(Problem)
    const error = await client.putLabels(id, [odd], false, signal).catch((cause) => cause)
    expect(error).toMatchObject({ kind: 'not-found', errors: [{ pointer: '/labels/0/taskKey' }] })
    await problemOf('not-found', () => client.project('nowhere', signal))
    await problemOf('not-ready', () => client.suggestion(id, '1', 0, signal))
    await problemOf('cancelled', () => client.projects(AbortSignal.abort()))
  })

  it('sends one receipt although the answer to the first attempt was lost', async () => {
    const rows = [{ ...row, rank: 1, taskKey: '1' }]
    const { store, now } = { store: rig.store, now: rig.http.now }
    await store.putTasks(id, [{ ...newTask('1'), state: 'open' }], now)
    await store.stageQueue(id, 'draft', rows)
    const as = { origin: 'cold-start', round: null, modelDigest: null, published: 1 } as const
    const revision = await store.publish(id, 'draft', as, now)
    const proxy = await open(async (request, response) => {
      const chunks: Buffer[] = []
      for await (const chunk of request) chunks.push(chunk)
      const { host: _, ...headers } = request.headers
      const url = new URL(request.url ?? '', client.address)
      const answer = await fetch(url, {
        method: request.method ?? 'GET',
        headers: new Headers(Object.entries(headers).map(([name, value]) => [name, `${value}`])),
        body: Buffer.concat(chunks),
      })
      if (++proxied === 1) return void response.destroy()
      response.writeHead(answer.status).end()
    })
    let proxied = 0
    const other = rig.client(3, proxy.address)
    const receipt = { revision, outcome: 'applied', applied: 1, untouched: 0, detail: '' } as const
    await other.sendReceipt(id, receipt, signal)
    expect(proxied).toBe(2)
    expect((await store.receipts(id, { limit: 9 })).items).toHaveLength(1)
    await proxy.close()
  })

  it('says that something else than the sidecar answers', async () => {
    const page = await open((_, response) => {
      response.writeHead(404, { 'Content-Type': 'text/html' }).end('<h1>nginx</h1>')
    })
    const odd = await open((_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('[{"id":1}]')
    })
    const sentence = (address: string, kind: 'tool-failed' | 'protocol-mismatch') =>
      problemOf(kind, () => createSidecarClient({ address, attempts: 1 }).projects(signal))
    expect(await sentence(page.address, 'tool-failed')).toMatch(
      /404 and text\/html.*not the sidecar/,
    )
    expect(await sentence(odd.address, 'protocol-mismatch')).toContain('GET http://127.0.0.1')
    await Promise.all([page.close(), odd.close()])
    expect(await sentence(page.address, 'tool-failed')).toMatch(/ECONN(REFUSED|RESET)/)
  })
})

describe('the events', () => {
  function follow(address: string, after?: number) {
    const told: AnyEvent[] = []
    const changes: string[] = []
    const position = () => {
      const last = told.findLast((event) => 'id' in event)
      return last !== undefined && 'id' in last ? last.id : after
    }
    const stream = createSidecarClient({ address, token: rig.token }).events({
      project: id,
      after: position,
      onEvent: (event) => told.push(event),
      onChange: (isOpen, why) => changes.push(isOpen ? 'open' : why),
      timers: realTimers,
      times: { leastPauseMs: 10, mostPauseMs: 40, silenceMs: 150 },
    })
    return { told, changes, stream }
  }

  it('come from an id on, and go on after a break without a gap or a repetition', async () => {
    const { store, http } = rig
    await store.wantImages(id, ['1'], http.now)
    const { told, stream } = follow(client.address, 0)
    const wanted = () =>
      told.flatMap((event) => (event.type === 'image.wanted' ? event.data.taskKeys : []))
    await until(() => wanted().length === 1)
    await rig.stopServer()
    await store.wantImages(id, ['2'], http.now)
    await until(() => !stream.isOpen())
    await rig.startServer()
    await store.wantImages(id, ['3'], http.now)
    await until(() => wanted().length === 3)
    expect(wanted()).toEqual(['1', '2', '3'])
    stream.close()
  })

  it('that are refused are asked for again, and the reason is told', async () => {
    const server = await open((_, response) => void response.end())
    server.http.on('upgrade', (_, socket) =>
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n'),
    )
    const { changes, stream } = follow(server.address)
    await until(() => changes.length > 2)
    expect(new Set(changes)).toEqual(new Set(['the sidecar refuses the events with status 401']))
    stream.close()
    await server.close()
  })

  it('of a silent connection are given up; unknown ones are passed over', async () => {
    const server = await open((_, response) => void response.end())
    const sockets = new WebSocketServer({ server: server.http })
    sockets.on('connection', (socket) => {
      for (const text of ['{"type":"from.the.future","id":9}', 'no JSON', '[]']) socket.send(text)
      socket.send('{"type":"reset","id":7,"at":"2026-11-24T12:00:00.000Z"}')
    })
    const { told, changes, stream } = follow(server.address)
    await until(() => changes.includes('the sidecar is silent'))
    expect(told.map(({ type }) => type)).toContain('reset')
    expect(new Set(told.map(({ type }) => type)).size).toBe(1)
    stream.close()
    for (const socket of sockets.clients) socket.terminate()
    await server.close()
  })
})

const row = { imageDigest: null, batch: 1, gain: 1, uncertainty: null, represents: null }

async function open(listener: RequestListener) {
  const http = createServer(listener)
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  const address = http.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    http,
    address: `http://127.0.0.1:${port}`,
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}
