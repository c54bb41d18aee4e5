/** Recorded exchanges with CVAT 2.73.0 on a socket, and whatever else a test wants to be answered. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { goldenJson } from './golden.ts'

export interface Exchange {
  readonly method: string
  /** With the query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly sent?: unknown
  readonly status: number
  readonly type: string
  /** JSON, or a note such as `<image/png 1345 bytes 89504e470d0a1a0a>`. */
  readonly body: unknown
}

interface Stored {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly status: number
  readonly type: string
  readonly reply: unknown
}

const exchanges = goldenJson<readonly Stored[]>('cvat/exchanges.json')

export function recorded(name: string): Exchange {
  const found = exchanges.find((one) => one.name === name)
  if (found === undefined) throw new Error(`Nothing was recorded as ${name}.`)
  const { method, path, headers = {}, body, status, type, reply } = found
  return { method, path, headers, sent: body, status, type, body: reply }
}

export interface Asked {
  readonly method: string
  /** Decoded by nobody. */
  readonly path: string
  readonly query: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly bytes: Buffer
  /** JSON, else undefined. */
  readonly body: unknown
}

export interface Answer {
  readonly status?: number
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
  /** Bytes and texts of another type than JSON as they are, all else as JSON. */
  readonly body?: unknown
}

export interface Wire {
  readonly address: string
  readonly asked: readonly Asked[]
  /** First of all; undefined: the recordings answer. `cut` breaks the connection off. */
  answer: (asked: Asked) => Answer | 'cut' | undefined
  /** From now on these answer, the last one that fits. */
  replay(...names: readonly string[]): void
  close(): Promise<void>
}

/** What nothing answers is 404. */
export async function openWire(...names: readonly string[]): Promise<Wire> {
  const asked: Asked[] = []
  const replayed: Exchange[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const url = new URL(request.url ?? '', 'http://localhost')
    const bytes = Buffer.concat(chunks)
    const one: Asked = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers,
      bytes,
      body: jsonOf(bytes),
    }
    asked.push(one)
    const answer = wire.answer(one) ?? replayOf(replayed, one)
    if (answer === 'cut') return request.socket.destroy()
    const { status = 200, body = '', headers = {} } = answer
    const isBytes = body instanceof Uint8Array
    const type = answer.type ?? (isBytes ? 'image/png' : 'application/vnd.cvat+json')
    response.writeHead(status, { 'Content-Type': type, ...headers })
    const isText = typeof body === 'string' && !type.includes('json')
    return response.end(
      status === 204 ? undefined : isBytes || isText ? body : JSON.stringify(body),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const at = server.address()
  const wire: Wire = {
    address: `http://127.0.0.1:${at !== null && typeof at === 'object' ? at.port : 0}`,
    asked,
    answer: () => undefined,
    replay(...more) {
      replayed.push(...more.map(recorded))
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  wire.replay(...names)
  return wire
}

function replayOf(replayed: readonly Exchange[], { method, path }: Asked): Answer {
  const found = replayed.findLast((one) => one.method === method && one.path.split('?')[0] === path)
  return found ?? { status: 404, body: { detail: 'Not found.' } }
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
