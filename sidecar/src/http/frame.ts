/** Serves one route: access, project, cache, idempotency, reply. */
import { createHash } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { projectId } from '@suggestive/shared/protocol'
import { checked } from '@suggestive/shared/schema'
import type { Request, RequestHandler, Response } from 'express'
import type { ProjectRecord } from '../ports/store.ts'
import type { Principal } from './access.ts'
import { usualLimits } from './body.ts'
import type { Services } from './deps.ts'
import { takesKey } from './frame-problems.ts'
import { type Idempotency, keyOf } from './idempotency.ts'
import type { PageCache, Rendered } from './pages.ts'
import type { Reply, Route } from './route.ts'

/** What all routes of a server share. */
export interface Frame {
  readonly deps: Services
  readonly cache: PageCache
  readonly idempotency: Idempotency
  /** Of this start: after a restore the versions of projects begin to repeat. */
  readonly start: string
}

export function serveRoute(route: Route, frame: Frame): RequestHandler {
  const { deps, cache, start } = frame
  const isBelowProject = route.path.includes('/:project')
  return async (request, response) => {
    measure(route, request, response, deps)
    const principal = route.roles === 'anyone' ? undefined : deps.access.admit(request, route.roles)
    const project = isBelowProject ? await find(deps, request.params['project']) : undefined
    if (route.cache === undefined || project === undefined) {
      return send(response, await act(route, request, principal, project, frame))
    }
    const etag = `W/"${start}-${project.version}"`
    if (request.headers['if-none-match'] === etag) return notChanged(response, etag)
    const known = cache.get(request.originalUrl, etag)
    if (known !== undefined) return send(response, known)
    const { status, headers, body } = await act(route, request, principal, project, frame)
    const page = { status, headers: { ...headers, ETag: etag, 'Cache-Control': revalidate }, body }
    cache.put(request.originalUrl, etag, page)
    send(response, page)
  }
}

const nothing = new Uint8Array()
const revalidate = 'private, no-cache'

async function act(
  route: Route,
  request: Request,
  principal: Principal | undefined,
  project: ProjectRecord | undefined,
  { deps, idempotency }: Frame,
): Promise<Rendered> {
  const { limits = usualLimits } = deps
  const key = takesKey(route) ? request.headers['idempotency-key'] : undefined
  const hash = key === undefined ? undefined : createHash('sha256')
  hash?.update(`${request.method} ${request.originalUrl}\n`)
  const { project: _, ...params } = request.params
  const source = { request, limits, hash }
  const raw = { params, query: request.query, source, principal, request, project }
  const run = await route.prepare(raw)
  const reply = async () => render(await run(deps))
  if (hash === undefined || key === undefined) return reply()
  const client = principal?.name ?? ''
  return idempotency.once(keyOf(client, String(key)), hash.digest('hex'), reply)
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
  const media = 'application/json; charset=utf-8'
  const body = Buffer.from(JSON.stringify(reply.json))
  return { status, headers: { ...headers, 'Content-Type': media }, body }
}

function send(response: Response, { status, headers, body }: Rendered) {
  response.statusCode = status
  for (const name in headers) response.setHeader(name, headers[name] ?? '')
  if (status !== 204) response.setHeader('Content-Length', body.length)
  response.end(response.req.method === 'HEAD' ? undefined : body)
}

function notChanged(response: Response, etag: string) {
  response.writeHead(304, { ETag: etag, 'Cache-Control': revalidate })
  response.end()
}
