/** The HTTP server of a plugin: what all of them have, around the routes of one. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import express, { type Express } from 'express'
import type { Log } from './bridge/deps.ts'
import { Problem } from './problem.ts'
import { securityHeaders } from './security-headers.ts'
import { answerProblems } from './service/problems.ts'

export interface ServiceOptions {
  /** Of the product. */
  readonly version: string
  readonly log: Log
  /** Mounts the plugin's own routes. */
  readonly routes: (app: Express) => void
  /** Answers what cannot wait for anything else, such as a burst of webhooks. @returns false for all other requests */
  readonly first?: (request: IncomingMessage, response: ServerResponse) => boolean
  /** Where the port is set, for the sentence about a port that is taken. */
  readonly portSetting?: string
  /** False while it starts or stops; ready when absent. */
  readonly isReady?: () => boolean
  /** Text for Prometheus at `/metrics`; no such address when absent. */
  readonly metrics?: () => Promise<string>
}

export interface Service {
  readonly app: Express
  /** @throws Problem `conflict` when the port is taken. @returns the address */
  listen(port: number, host: string): Promise<string>
  /** Takes nothing new, lets requests end, resolves within 5 s. */
  stop(): Promise<void>
}

/** Requests that have not ended by then are cut off. */
const patienceMs = 5000

export function createService(options: ServiceOptions): Service {
  const { version, log, routes, isReady = () => true, metrics, first = () => false } = options
  const app = express()
  const start = randomBytes(6).toString('hex')
  let failures = 0
  let isStopping = false
  let server: Server | undefined
  app.disable('x-powered-by')
  app.set('etag', false)
  app.use(securityHeaders)
  app.get('/healthz', (_, response) => {
    response.json({ status: 'ok', version })
  })
  app.get('/readyz', (_, response) => {
    if (isStopping || !isReady()) {
      throw new Problem('not-ready', 'The plugin starts or stops: ask again in a moment.')
    }
    response.json({ status: 'ok', version })
  })
  if (metrics !== undefined) {
    app.get('/metrics', async (_, response) => {
      response.type('text/plain; version=0.0.4').send(await metrics())
    })
  }
  routes(app)
  app.use((request) => {
    throw new Problem('not-found', `There is nothing at ${request.path}: correct the address.`)
  })
  app.use(answerProblems(log, () => `urn:suggestive-annotation:request:${start}-${++failures}`))

  return {
    app,
    async listen(port, host) {
      const own = createServer((request, response) => {
        if (!first(request, response)) app(request, response)
      })
      server = own
      own.listen(port, host)
      await once(own, 'listening').catch((cause: unknown) => {
        throw new Problem(
          'conflict',
          `The plugin cannot listen at ${host}:${port}: choose another port, or stop what uses it.${options.portSetting === undefined ? '' : ` The port is ${options.portSetting}.`}`,
          { cause },
        )
      })
      const address = own.address()
      const actual = typeof address === 'object' && address !== null ? address.port : port
      return `http://${host.includes(':') ? `[${host}]` : host}:${actual}`
    },
    async stop() {
      isStopping = true
      const own = server
      if (own === undefined || !own.listening) return
      const closed = new Promise<void>((resolve) => own.close(() => resolve()))
      own.closeIdleConnections()
      const late = setTimeout(() => own.closeAllConnections(), patienceMs)
      await closed
      clearTimeout(late)
    },
  }
}
