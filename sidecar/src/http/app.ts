/** The HTTP server of the sidecar. */
import { randomBytes } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { protocolHeader, protocolVersion } from '@suggestive/shared/protocol'
import compression from 'compression'
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import helmet from 'helmet'
import { createArrivals } from './arrivals.ts'
import type { HttpDeps } from './deps.ts'
import { serveRoute } from './frame.ts'
import { createIdempotency } from './idempotency.ts'
import { createPageCache } from './pages.ts'
import { problemOf, sendProblem } from './problem.ts'
import { requireProtocol } from './protocol.ts'
import type { Route } from './route.ts'
import { routes } from './routes.ts'

/** Rendered pages that are kept. */
const cacheBytes = 32 * 2 ** 20

const policy = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      connectSrc: ["'self'"],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  // Set by whoever terminates TLS: on plain HTTP it means nothing.
  strictTransportSecurity: false,
})

export function createApp(deps: HttpDeps): Express {
  const { store, clock, conductor, log } = deps
  const app = express()
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use(policy, compression({ threshold: 1024, filter: isText }))
  app.use((request, response, next) => {
    response.setHeader(protocolHeader, protocolVersion)
    requireProtocol(request)
    next()
  })
  const failed = (error: unknown) =>
    log.error({ err: error }, 'The conductor was not told of images.')
  const frame = {
    deps: { ...deps, arrivals: createArrivals(store, conductor, failed) },
    cache: createPageCache(cacheBytes),
    idempotency: createIdempotency(store, clock),
    start: randomBytes(6).toString('hex'),
  }
  for (const path of new Set(routes.map((one) => one.path))) {
    const own = routes.filter((one) => one.path === path)
    for (const one of own) app[one.method](path, serveRoute(one, frame))
    app.all(path, refuseMethod(own))
  }
  app.use((request) => {
    throw new Problem(
      'not-found',
      `There is nothing at ${request.path}: /openapi.json lists all addresses.`,
    )
  })
  app.use(errorsTo(log, frame.start))
  return app
}

function isText(_: unknown, response: { getHeader(name: string): unknown }): boolean {
  return /^(application\/(problem\+)?json|text\/)/.test(String(response.getHeader('Content-Type')))
}

function refuseMethod(possible: readonly Route[]) {
  const allowed = possible.map(({ method }) => method.toUpperCase())
  if (allowed.includes('GET')) allowed.push('HEAD')
  const list = allowed.join(', ')
  return (request: Request, response: express.Response) => {
    response.setHeader('Allow', list)
    throw new Problem('method-not-allowed', `${request.method} is not possible here: use ${list}.`)
  }
}

/** Names each failed request by an id that the log has, too. */
function errorsTo(log: HttpDeps['log'], start: string): ErrorRequestHandler {
  let count = 0
  return (error: unknown, request, response, _next) => {
    const problem = problemOf(error)
    const instance = `urn:suggestive-annotation:request:${start}-${++count}`
    const { kind, status } = problem
    const facts = { kind, status, instance, method: request.method, path: request.path }
    if (status >= 500 && kind !== 'not-ready') log.error({ ...facts, err: error }, problem.message)
    if (response.headersSent) return response.destroy()
    sendProblem(response, problem, instance)
    // The rest of a body that nobody wants, so that the client reads the answer and the connection can go on.
    request.unpipe().resume()
  }
}
