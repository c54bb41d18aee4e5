/** Serves one route: access, project, cache, idempotency, reply. */
import { createHash } from 'node:crypto'
import { pipeline } from 'node:stream/promises'
import { Problem } from '@suggestive/shared/problem'
import { projectId } from '@suggestive/shared/protocol'
import { checked } from '@suggestive/shared/schema'
import type { Request, Response } from 'express'
import type { ProjectRecord } from '../ports/store.ts'
import type { Principal } from './access.ts'
import { usualLimits } from './body.ts'
import type { Services } from './deps.ts'
import { takesKey } from './frame-problems.ts'
import type { Gate } from './gate.ts'
import { encoded, isText } from './gzip.ts'
import { type Idempotency, keyOf } from './idempotency.ts'
import type { PageCache, Rendered } from './pages.ts'
import { jsonMedia, type Reply, type Route } from './route.ts'

/** What all routes of a server share. */
export interface Frame {
  readonly deps: Services
  readonly cache: PageCache
  readonly idempotency: Idempotency
  /** For bodies that are kept whole. */
  readonly gate: Gate
  /** Of this start: after a restore the versions of projects begin to repeat. */
  readonly start: string
}

export type Params = Readonly<Record<string, string>>

/** Answers a request to this route. @param params of the address, decoded */
export type Serve = (request: Request, response: Response, params: Params) => Promise<void>

export function serveRoute(route: Route, frame: Frame): Serve {
  const { deps, cache, start } = frame
  const isBelowProject = route.path.includes('/:project')
  return async (request, response, params) => {
    measure(route, request, response, deps)
    const principal = route.roles === 'anyone' ? undefined : deps.access.admit(request, route.roles)
    const project = isBelowProject ? await find(deps, params['project']) : undefined
    const call = { request, params, principal, project }
    if (route.cache === undefined || project === undefined) {
      const reply = await act(route, call, frame)
      if ('stream' in reply) return stream(response, reply)
      return route.method === 'get' && 'json' in reply
        ? sendTagged(request, response, render(reply))
        : send(request, response, render(reply))
    }
    const etag = `W/"${start}-${project.version}"`
    if (request.headers['if-none-match'] === etag) return notChanged(response, etag)
    const known = cache.get(request.originalUrl, etag)
    if (known !== undefined) return send(request, response, known)
    const { status, headers, body } = render(await act(route, call, frame))
    const page = { status, headers: { ...headers, ETag: etag, 'Cache-Control': revalidate }, body }
    cache.put(request.originalUrl, etag, page)
    return send(request, response, page)
  }
}

const nothing = new Uint8Array()
const revalidate = 'private, no-cache'

interface Incoming {
  readonly request: Request
  readonly params: Params
  readonly principal: Principal | undefined
  readonly project: ProjectRecord | undefined
}

async function act(
  route: Route,
  { request, params, principal, project }: Incoming,
  { deps, idempotency, gate }: Frame,
): Promise<Reply> {
  const { limits = usualLimits } = deps
  const key = takesKey(route) ? request.headers['idempotency-key'] : undefined
  const hash = key === undefined ? undefined : createHash('sha256')
  hash?.update(`${request.method} ${request.originalUrl}\n`)
  const { project: _, ...others } = params
  const source = { request, limits, hash }
  const raw = { params: others, query: request.query, source, principal, request, project }
  const run = async () => {
    const work = await route.prepare(raw)
    const reply = () => work(deps)
    if (hash === undefined || key === undefined) return reply()
    const client = principal?.name ?? ''
    const once = async () => render(await reply())
    return replyOf(await idempotency.once(keyOf(client, String(key)), hash.digest('hex'), once))
  }
  const size = route.body.keeps?.(request, limits) ?? 0
  return size === 0 ? run() : gate.run(size, run)
}

/** The other way: for replies that were kept. */
function replyOf({ status, headers, body }: Rendered): Reply {
  if (status === 204) return { status, headers, empty: true }
  const { 'Content-Type': media = jsonMedia, ...rest } = headers
  return { status, headers: rest, bytes: body, media }
}

async function find({ store }: Services, id: unknown): Promise<ProjectRecord> {
  const wanted = checked(projectId, id, 'The name of the project')
  const record = await store.project(wanted)
  if (record !== undefined) return record
  throw new Problem(
    'not-found',
    `There is no project ${wanted}: list the projects, or create it with POST /v1/projects.`,
  )
}

function measure(route: Route, request: Request, response: Response, { metrics }: Services) {
  const started = performance.now()
  response.on('close', () => {
    const seconds = (performance.now() - started) / 1000
    metrics.request(route.path, request.method, response.statusCode, seconds)
  })
}

function render(reply: Reply): Rendered {
  const { status = 200, headers = {} } = reply
  if ('empty' in reply) return { status, headers, body: nothing }
  if ('bytes' in reply) {
    const body = typeof reply.bytes === 'string' ? Buffer.from(reply.bytes) : reply.bytes
    return { status, headers: { ...headers, 'Content-Type': reply.media }, body }
  }
  if ('stream' in reply) throw new Problem('internal', 'A stream cannot be kept.')
  const body = Buffer.from(JSON.stringify(reply.json))
  return { status, headers: { ...headers, 'Content-Type': jsonMedia }, body }
}

/** Of what has no version: told apart by its content. */
async function sendTagged(request: Request, response: Response, page: Rendered): Promise<void> {
  const digest = createHash('sha256').update(page.body).digest('base64url')
  const etag = `W/"${digest.slice(0, 22)}"`
  if (request.headers['if-none-match'] === etag) return notChanged(response, etag)
  const headers = { ...page.headers, ETag: etag, 'Cache-Control': revalidate }
  return send(request, response, { ...page, headers })
}

async function send(request: Request, response: Response, page: Rendered): Promise<void> {
  const { status, headers } = page
  response.statusCode = status
  for (const name in headers) response.setHeader(name, headers[name] ?? '')
  const body = isText(page) ? await encoded(page, request, response) : page.body
  if (status !== 204) response.setHeader('Content-Length', body.length)
  response.end(request.method === 'HEAD' ? undefined : body)
}

async function stream(response: Response, reply: Extract<Reply, { stream: unknown }>) {
  const { status = 200, headers = {}, media, length } = reply
  response.statusCode = status
  for (const name in headers) response.setHeader(name, headers[name] ?? '')
  response.setHeader('Content-Type', media)
  response.setHeader('Content-Length', length)
  if (response.req.method === 'HEAD') {
    for await (const _ of reply.stream) break
    response.end()
    return
  }
  await pipeline(reply.stream, response)
}

function notChanged(response: Response, etag: string) {
  response.writeHead(304, { ETag: etag, 'Cache-Control': revalidate })
  response.end()
}
