/** The fake's routes, one after the other. */
import { randomUUID } from 'node:crypto'
import express, { type NextFunction, type Request, type Response } from 'express'
import type { FakeCvat } from '../cvat.ts'
import { agentRoutes } from './agents.ts'
import { answer, asker } from './exchange.ts'
import { type Asked, react } from './reactions.ts'
import { Refusal } from './refusal.ts'
import { accountRoutes, publicRoutes } from './routes-accounts.ts'
import { dataRoutes } from './routes-data.ts'
import { jobRoutes } from './routes-jobs.ts'
import { lambdaRoutes } from './routes-lambda.ts'
import { organizationRoutes } from './routes-organizations.ts'
import { projectRoutes } from './routes-projects.ts'
import { serverRoutes } from './routes-server.ts'
import { taskRoutes } from './routes-tasks.ts'
import { uploadRoutes } from './routes-uploads.ts'
import { webhookRoutes } from './routes-webhooks.ts'

const isJson = ({ headers }: { readonly headers: Request['headers'] }) =>
  /json/.test(headers['content-type'] ?? '')

type Told = Pick<FakeCvat, 'asked' | 'onRequest' | 'state' | 'agents'>

export function cvatApplication(fake: Told): express.Express {
  const { state } = fake
  const app = express()
  app.use(
    express.json({
      limit: '250mb',
      strict: false,
      type: (one) => isJson({ headers: one.headers }),
    }),
  )
  app.use((request, response, next) => meet(fake, request, response, next))
  const router = express.Router()
  app.use('/api', router)
  publicRoutes(router, state)
  router.use((request, _, next) => {
    asker(state, request)
    next()
  })
  serverRoutes(router, state)
  accountRoutes(router, state)
  organizationRoutes(router, state)
  projectRoutes(router, state)
  taskRoutes(router, state)
  jobRoutes(router, state)
  dataRoutes(router, state)
  uploadRoutes(router, state)
  webhookRoutes(router, state)
  lambdaRoutes(router, state)
  agentRoutes(router, fake.agents)
  app.use((_: Request, response: Response) => {
    response.status(404).type('html').send('<!doctype html><title>Not Found</title>')
  })
  app.use(refuse)
  return app
}

function meet(fake: Told, request: Request, response: Response, next: NextFunction): void {
  response.set('X-Request-ID', randomUUID())
  const { pathname, search } = new URL(request.originalUrl, 'http://fake')
  const asked: Asked = {
    method: request.method,
    path: pathname,
    search,
    number: fake.asked.length + 1,
    user: nameOf(fake, request),
    body: request.body,
  }
  fake.asked.push(asked)
  const reaction = fake.onRequest(asked)
  if (reaction === undefined) next()
  else react(reaction, response, next).catch(next)
}

function nameOf({ state }: Told, request: Request): string | undefined {
  try {
    return asker(state, request).username
  } catch {
    return undefined
  }
}

function refuse(error: unknown, _: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) {
    next(error)
    return
  }
  if (error instanceof Refusal) {
    answer(response, error.status, error.body)
    return
  }
  // As Django's page for mistakes of its own.
  response.status(500).type('text/plain').send(String(error))
}
