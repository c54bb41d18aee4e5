/** The server as people run it: `suggest serve` in a process of its own, and the requests that tests make. */
import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { runsOf } from '@suggestive/shared/mask'
import { type AnyEvent, anyEvent } from '@suggestive/shared/protocol/event'
import { imagesReply } from '@suggestive/shared/protocol/image'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import WebSocket from 'ws'
import type { z } from 'zod'
import { encodePng } from '../bench/png.ts'

/** Without the support of tests around commands: benches use this file, too. */
const bin = fileURLToPath(new URL('../../sidecar/bin/suggest.js', import.meta.url))

export interface Served {
  readonly address: string
  readonly data: string
  readonly supervisor: ChildProcess
  /** Process id of the sidecar. */
  sidecar(): number
  /** The checked body of a good reply. */
  ask<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<Schema>>
  /** Any reply: its status and its text. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>
  bytes(path: string): Promise<Uint8Array>
  /** Exit code and seconds. */
  stop(): Promise<{ code: number | null; seconds: number }>
  /** All that it said on standard error. */
  said(): string
}

/** A port that nobody listens at now. */
async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}

/** Starts it and waits until it says what to open. */
export async function serve(
  data: string,
  words: readonly string[] = [],
  token?: string,
): Promise<Served> {
  const port = String(await freePort())
  const args = [bin, 'serve', '--data', data, '--port', port, '--engine', 'onnx', ...words]
  const supervisor = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let stderr = ''
  supervisor.stderr.on('data', (text) => {
    stderr += String(text)
  })
  const ended = new Promise<number | null>((resolve) => supervisor.on('close', resolve))
  const address = await new Promise<string>((resolve, reject) => {
    let stdout = ''
    supervisor.stdout.on('data', (text) => {
      stdout += String(text)
      const found = /is at (http:\S+) /.exec(stdout)?.[1]
      if (found !== undefined) resolve(found)
    })
    void ended.then(() => reject(new Error(`the server ended: ${stderr}`)))
  })
  const authorization: Record<string, string> =
    token === undefined ? {} : { Authorization: `Bearer ${token}` }

  async function send(method: string, path: string, body?: unknown) {
    const isForm = body instanceof FormData
    const reply = await fetch(address + path, {
      method,
      headers: {
        ...authorization,
        ...(body === undefined || isForm ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    })
    return { status: reply.status, text: await reply.text() }
  }

  return {
    address,
    data,
    supervisor,
    sidecar: () => JSON.parse(readFileSync(join(data, 'running.json'), 'utf8')).pid,
    send,
    async ask(schema, method, path, body) {
      const { status, text } = await send(method, path, body)
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text.slice(0, 500)}`)
      return schema.parse(JSON.parse(text))
    },
    async bytes(path) {
      const reply = await fetch(address + path, { headers: authorization })
      if (!reply.ok) throw new Error(`${path}: ${reply.status} ${await reply.text()}`)
      return new Uint8Array(await reply.arrayBuffer())
    },
    async stop() {
      const start = performance.now()
      supervisor.kill('SIGTERM')
      const code = await ended
      return { code, seconds: (performance.now() - start) / 1000 }
    },
    said: () => stderr,
  }
}

/** Generated images with their masks as labels. */
export interface Specimen {
  readonly name: string
  readonly png: Uint8Array
  readonly mask: ReturnType<typeof runsOf>
}

export function specimens(count: number, size: number, seed = 5): Specimen[] {
  return Array.from({ length: count }, (_, index) => {
    const { picture, mask } = phantom({ seed, index, size })
    const png = encodePng(size, size, picture.channels, Uint8Array.from(picture.data))
    return { name: `specimen-${index}.png`, png, mask: runsOf(mask) }
  })
}

/** Sends the images; returns their digests in order. */
export async function sendImages(
  server: Served,
  images: readonly Pick<Specimen, 'name' | 'png'>[],
): Promise<string[]> {
  const digests: string[] = []
  for (let at = 0; at < images.length; at += 500) {
    const form = new FormData()
    for (const { name, png } of images.slice(at, at + 500))
      form.append('files', new Blob([png]), name)
    const { stored, refused } = await server.ask(imagesReply, 'POST', '/v1/images', form)
    if (refused.length > 0) throw new Error(JSON.stringify(refused).slice(0, 500))
    digests.push(...stored.map(({ digest }) => digest))
  }
  return digests
}

/** What a server says over its WebSocket; after a break it goes on where it was. */
export interface Listening {
  readonly events: readonly AnyEvent[]
  /** The first event that fits, earlier ones included. */
  until(fits: (event: AnyEvent) => boolean, what: string, timeoutMs?: number): Promise<AnyEvent>
  close(): void
}

export function listenTo(address: string): Listening {
  const events: AnyEvent[] = []
  const waiting = new Set<() => void>()
  let after = 0
  let isClosed = false
  let socket: WebSocket | undefined
  const open = () => {
    if (isClosed) return
    const one = new WebSocket(`${address.replace('http', 'ws')}/v1/events?after=${after}`)
    socket = one
    one.on('message', (data) => {
      const event = anyEvent.parse(JSON.parse(String(data)))
      if ('id' in event) after = event.id
      events.push(event)
      for (const check of waiting) check()
    })
    one.on('error', () => {})
    one.on('close', () => setTimeout(open, 200))
  }
  open()
  return {
    events,
    until: (fits, what, timeoutMs = 60_000) =>
      new Promise((resolve, reject) => {
        const check = () => {
          const found = events.find(fits)
          if (found === undefined) return
          clearTimeout(timer)
          waiting.delete(check)
          resolve(found)
        }
        const timer = setTimeout(() => {
          waiting.delete(check)
          const seen = JSON.stringify(events.slice(-5))
          reject(new Error(`no ${what} within ${timeoutMs} ms; the last events: ${seen}`))
        }, timeoutMs)
        waiting.add(check)
        check()
      }),
    close() {
      isClosed = true
      socket?.terminate()
    },
  }
}
