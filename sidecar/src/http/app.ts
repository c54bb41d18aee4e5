/** The HTTP server of the sidecar. */
import { randomBytes } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { createArrivals } from './arrivals.ts'
import { mostKeptBytes } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { createFind } from './dispatch.ts'
import { type Frame, type Serve, serveRoute } from './frame.ts'
import { createGate } from './gate.ts'
import { createIdempotency } from './idempotency.ts'
import { createPageCache } from './pages.ts'
import { headersOfHelmet } from './policy.ts'
import { problemOf, sendProblem } from './problem.ts'
import { requireProtocol } from './protocol.ts'
import { routes } from './routes.ts'

/** Rendered pages that are kept. */
const cacheBytes = 32 * 2 ** 20

const policy = headersOfHelmet()

/** @param others handlers beside the interface: those of the page */
export function createApp(deps: HttpDeps, others: readonly RequestHandler[] = []): Express {
  const { store, clock, conductor, log } = deps
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  const failed = (error: unknown) =>
    log.error({ err: error }, 'The conductor was not told of images.')
  const frame = {
    deps: { ...deps, arrivals: createArrivals(store, conductor, failed) },
    cache: createPageCache(cacheBytes),
    idempotency: createIdempotency(store, clock),
    gate: createGate(mostKeptBytes),
    start: randomBytes(6).toString('hex'),
  }
  const find = createFind(new Map(routes.map(({ path }) => [path, servesOf(path, frame)])))
  app.use(async (request, response, next) => {
    for (const [name, value] of policy) response.setHeader(name, value)
    requireProtocol(request)
    const found = find(request.path)
    if (found === undefined) return next()
    const { method } = request
    const serve = found.target.get(method === 'HEAD' ? 'GET' : method)
    if (serve === undefined) throw refusedMethod(request, response, [...found.target.keys()])
    await serve(request, response, found.params)
  })
  for (const other of others) app.use(other)
  app.use((request) => {
    throw new Problem(
      'not-found',
      `There is nothing at ${request.path}: /openapi.json lists all addresses.`,
    )
  })
  app.use(errorsTo(log, frame.start))
  return app
}

/** By method. */
function servesOf(path: string, frame: Frame): ReadonlyMap<string, Serve> {
  const own = routes.filter((one) => one.path === path)
  return new Map(own.map((one) => [one.method.toUpperCase(), serveRoute(one, frame)]))
}

function refusedMethod(request: Request, response: Response, possible: readonly string[]) {
  const list = [...possible, ...(possible.includes('GET') ? ['HEAD'] : [])].join(', ')
  response.setHeader('Allow', list)
  return new Problem('method-not-allowed', `${request.method} is not possible here: use ${list}.`)
}

/** Names each failed request by an id that the log has, too. */
function errorsTo(log: HttpDeps['log'], start: string): ErrorRequestHandler {
  let count = 0
  return (error: unknown, request, response, _next) => {
    const problem = problemOf(error)
    const instance = `urn:suggestive-annotation:request:${start}-${++count}`
    const { kind, status } = problem
    const facts = { kind, status, instance, method: request.method, path: request.path }
    // Who has hung up is told nothing, and nobody has to look into it.
    if (request.destroyed && !request.complete) return response.destroy()
    if (response.headersSent && response.destroyed) return
    if (status >= 500 && kind !== 'not-ready') log.error({ ...facts, err: error }, problem.message)
    if (response.headersSent) return response.destroy()
    sendProblem(response, problem, instance)
    // The rest of a body that nobody wants, so that the client reads the answer and the connection can go on.
    request.unpipe().resume()
  }
}
