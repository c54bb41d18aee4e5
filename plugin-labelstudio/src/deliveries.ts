/** Webhooks: authenticated by their header alone, acknowledged at once, only a hint that something has happened. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Probes } from '@suggestive/shared/connect/probes'
import type { Connections } from '@suggestive/shared/connections'
import { basicHeader, isSame } from '@suggestive/shared/secret'
import type { Connection } from './connection.ts'
import type { Account } from './settings.ts'
import { trainingIn } from './training.ts'
import { deliveryHeader } from './webhooks.ts'

export interface DeliveryDeps {
  readonly connections: Pick<Connections<Connection>, 'all' | 'get'>
  readonly probes: Probes
  /** With which Label Studio asks the ML backend; its "Start training" comes with it. */
  readonly account: () => Account | undefined
  readonly train: (connection: Connection) => void
}

/** Nothing of these bodies is kept: the poll that follows reads what has happened. */
const mostBytes = 100_000_000
/** With the project's configuration. */
const mostTrainingBytes = 10_000_000

/** @returns false when the request is no delivery */
export function takeDelivery(
  request: IncomingMessage,
  response: ServerResponse,
  deps: DeliveryDeps,
): boolean {
  const [path = ''] = (request.url ?? '').split('?')
  if (request.method !== 'POST' || !/^\/webhook(\/probe)?$/.test(path)) return false
  request.on('error', () => {})
  const given = request.headers.authorization ?? ''
  const isTraining = path === '/webhook' && isOfBackend(given, deps)
  if (isTraining) takeTraining(request, deps)
  // What is still being sent is not waited for.
  else request.resume()
  if (!isTraining && !isExpected(path, given, deps)) {
    reply(response, 401, { detail: 'This is no webhook of a connected project.' })
  } else if (Number(request.headers['content-length'] ?? 0) > mostBytes) {
    reply(response, 413, { detail: 'The body is too large.' })
  } else reply(response, 200, { status: 'ok' })
  return true
}

/** Whose it is has to look; a probe has no more to do than to arrive. */
function isExpected(path: string, given: string, { connections, probes }: DeliveryDeps): boolean {
  if (path === '/webhook/probe') {
    const secret = /^Bearer (\S+)$/.exec(given)?.[1]
    return secret !== undefined && probes.deliver((one) => isSame(secret, one), 'webhook')
  }
  const own = connections.all().filter(({ secret }) => isSame(given, deliveryHeader(secret)))
  for (const { bridge } of own) bridge.poke()
  return own.length > 0
}

function isOfBackend(given: string, { account }: DeliveryDeps): boolean {
  const known = account()
  return known !== undefined && isSame(given, basicHeader(known.user, known.password))
}

function takeTraining(request: IncomingMessage, { connections, train }: DeliveryDeps): void {
  const parts: Buffer[] = []
  let bytes = 0
  request.on('data', (part: Buffer) => {
    bytes += part.length
    if (bytes <= mostTrainingBytes) parts.push(part)
  })
  request.on('end', () => {
    const project = bytes > mostTrainingBytes ? undefined : trainingIn(Buffer.concat(parts))
    const connection = connections.get(project ?? -1)
    if (connection !== undefined) train(connection)
    else for (const { bridge } of connections.all()) bridge.poke()
  })
}

function reply(response: ServerResponse, status: number, content: object): void {
  const body = JSON.stringify(content)
  const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length }
  response.writeHead(status, headers).end(body)
}
