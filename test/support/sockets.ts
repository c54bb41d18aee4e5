/** WebSocket clients that remember what they were told. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { expect } from '@jest/globals'
import { type AnyEvent, anyEvent } from '@suggestive/shared/protocol/event'
import { problemDocument } from '@suggestive/shared/protocol/problem'
import { attachEvents, type Events, type EventTimes } from '@suggestive/sidecar/http/events'
import { WebSocket } from 'ws'
import { type HttpHarness, tokenOf } from './http.ts'

export interface Listening {
  readonly server: Server
  readonly port: number
  readonly events: Events
  close(): Promise<void>
}

export async function listen(
  http: HttpHarness,
  times: Partial<EventTimes> = {},
  at = 0,
): Promise<Listening> {
  const server = createServer(http.app)
  const usual = { pingMs: 20_000, progressMs: 250, unsentMs: 5000, goodbyeMs: 5000 }
  const events = attachEvents(server, http.deps, { ...usual, ...times })
  server.listen(at, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  return {
    server,
    port,
    events,
    async close() {
      await events.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export interface Client {
  readonly socket: WebSocket
  /** In the order of their arrival, checked against the schema. */
  readonly told: AnyEvent[]
  /** Resolves when so many events are here. */
  until(count: number): Promise<readonly AnyEvent[]>
  /** Code and reason of the end. */
  readonly ended: Promise<{ readonly code: number; readonly reason: string }>
}

interface Connection {
  readonly role?: string
  readonly headers?: Readonly<Record<string, string>>
}

const socketTo = (port: number, query: string, { role, headers }: Connection) =>
  new WebSocket(`ws://127.0.0.1:${port}/v1/events${query}`, {
    headers: {
      ...(role === undefined ? {} : { Authorization: `Bearer ${tokenOf(role)}` }),
      ...headers,
    },
  })

export async function connect(
  port: number,
  query: string,
  connection: Connection = { role: 'service' },
): Promise<Client> {
  const socket = socketTo(port, query, connection)
  const told: AnyEvent[] = []
  const waiting = new Set<() => void>()
  socket.on('message', (data) => {
    told.push(anyEvent.parse(JSON.parse(String(data))))
    for (const look of waiting) look()
  })
  const ended = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  await once(socket, 'open')
  return {
    socket,
    told,
    ended,
    until: (count) =>
      new Promise((resolve) => {
        const look = () => {
          if (told.length < count) return
          waiting.delete(look)
          resolve(told)
        }
        waiting.add(look)
        look()
      }),
  }
}

/** The problem document of an upgrade that is refused. */
export async function refusal(port: number, query: string, connection: Connection) {
  const socket = socketTo(port, query, connection)
  socket.on('error', () => {})
  const [request, response] = await once(socket, 'unexpected-response')
  const document = problemDocument.parse(JSON.parse(await textOf(response)))
  expect(document.status).toBe(response.statusCode)
  request.destroy()
  return document
}

async function textOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}
