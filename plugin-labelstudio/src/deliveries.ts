/** Webhooks: authenticated by their header alone, acknowledged at once, only a hint that something has happened. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Probes } from '@suggestive/shared/connect/probes'
import type { Connections } from '@suggestive/shared/connections'
import { basicHeader, isSame } from '@suggestive/shared/secret'
import type { Connection } from './connection.ts'
import { deliveryHeader } from './webhooks.ts'

export interface DeliveryDeps {
  readonly connections: Pick<Connections<Connection>, 'all'>
  readonly probes: Probes
  /** Label Studio's "Start training" comes with the credentials of the ML backend. */
  readonly basic?: { readonly user: string; readonly password: string } | undefined
}

/** Nothing of a body is kept: the poll that follows reads what has happened. */
const mostBytes = 100_000_000

/** @returns false when the request is no delivery */
export function takeDelivery(
  request: IncomingMessage,
  response: ServerResponse,
  deps: DeliveryDeps,
): boolean {
  const [path = ''] = (request.url ?? '').split('?')
  if (request.method !== 'POST' || !/^\/webhook(\/probe)?$/.test(path)) return false
  // What is still being sent is not waited for.
  request.resume()
  request.on('error', () => {})
  const given = request.headers.authorization ?? ''
  if (!isExpected(path, given, deps)) {
    reply(response, 401, { detail: 'This is no webhook of a connected project.' })
  } else if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
    reply(response, 413, { detail: 'The body is too large.' })
  } else reply(response, 200, { status: 'ok' })
  return true
}

/** Whose it is has to look; a probe has no more to do than to arrive. */
function isExpected(path: string, given: string, deps: DeliveryDeps): boolean {
  const { connections, probes, basic } = deps
  if (path === '/webhook/probe') {
    const secret = /^Bearer (\S+)$/.exec(given)?.[1]
    return secret !== undefined && probes.deliver((one) => isSame(secret, one), 'webhook')
  }
  const all = connections.all()
  const isOfBackend = basic !== undefined && isSame(given, basicHeader(basic.user, basic.password))
  const own = isOfBackend ? all : all.filter(({ secret }) => isSame(given, deliveryHeader(secret)))
  for (const { bridge } of own) bridge.poke()
  return isOfBackend || own.length > 0
}

function reply(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length }
  response.writeHead(status, headers).end(body)
}
