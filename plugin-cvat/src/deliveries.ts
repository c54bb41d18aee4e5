/** Webhooks: authenticated by their signature alone, acknowledged at once, only a hint that something has happened. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Probes } from '@suggestive/shared/connect/probes'
import type { Connections } from '@suggestive/shared/connections'
import type { Connection } from './connection.ts'
import { isHint, verifySignature } from './webhooks.ts'

export interface DeliveryDeps {
  readonly connections: Pick<Connections<Connection>, 'get'>
  readonly probes: Probes
}

/** A delivery has some kilobytes. */
const mostBytes = 10_000_000

/** @returns false when the request is no delivery */
export function takeDelivery(
  request: IncomingMessage,
  response: ServerResponse,
  deps: DeliveryDeps,
): boolean {
  const [path = ''] = (request.url ?? '').split('?')
  const [, of] = /^\/webhook\/(probe|\d{1,15})$/.exec(path) ?? []
  if (request.method !== 'POST' || of === undefined) return false
  request.on('error', () => {})
  const connection = of === 'probe' ? undefined : deps.connections.get(Number(of))
  const header = request.headers['x-signature-256']
  const signature = typeof header === 'string' ? header : ''
  const refuse = ([status, detail]: Answer) => {
    // What is still being sent is not waited for.
    request.resume()
    reply(response, status, detail)
  }
  // What CVAT gets a 4xx for it does not send again: it is not to try for days on end.
  if (of !== 'probe' && connection === undefined) refuse([404, 'This project is not connected.'])
  else if (signature === '') refuse([401, 'There is no signature.'])
  else if (Number(request.headers['content-length'] ?? 0) > mostBytes) refuse(tooLarge)
  else {
    read(request, (bytes) => {
      const [status, detail] =
        bytes === undefined
          ? tooLarge
          : connection === undefined
            ? takeProbe(bytes, signature, deps)
            : takeHint(bytes, signature, connection)
      reply(response, status, detail)
    })
  }
  return true
}

type Answer = readonly [status: number, detail: string]

const tooLarge: Answer = [413, 'The body is too large.']

function takeHint(bytes: Uint8Array, signature: string, connection: Connection): Answer {
  const { secret, account, bridge } = connection
  if (!verifySignature(bytes, signature, [secret])) {
    return [401, 'The signature is not that of this webhook.']
  }
  if (isHint(contentOf(bytes), account)) bridge.poke()
  return [200, 'ok']
}

/** A probe has no more to do than to arrive. */
function takeProbe(bytes: Uint8Array, signature: string, { probes }: DeliveryDeps): Answer {
  const isFrom = (secret: string) => verifySignature(bytes, signature, [secret])
  const content = contentOf(bytes)
  const hasEvent = typeof content === 'object' && content !== null && 'event' in content
  const isExpected = probes.deliver(isFrom, hasEvent ? String(content.event) : '')
  return isExpected ? [200, 'ok'] : [401, 'Nobody waits for this.']
}

/** Whatever is no JSON says nothing. */
function contentOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}

/** Tells the whole body once, or undefined when there is too much of it; nothing when it breaks off. */
function read(request: IncomingMessage, done: (bytes: Uint8Array | undefined) => void): void {
  const parts: Uint8Array[] = []
  let size = 0
  request.on('data', (part: Uint8Array) => {
    size += part.length
    if (size <= mostBytes) parts.push(part)
    else parts.length = 0
  })
  request.on('end', () => done(size <= mostBytes ? Buffer.concat(parts) : undefined))
}

function reply(response: ServerResponse, status: number, detail: string): void {
  const body = JSON.stringify({ detail })
  const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length }
  response.writeHead(status, headers).end(body)
}
