/** The form at `/connect` and the JSON interface behind it. */
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import express, { type Request, type Response, type Router } from 'express'
import { type AccessDeps, isHere, requireOwner } from '../access.ts'
import type { Connector } from './connector.ts'
import { connectPage } from './page.ts'
import { script } from './page-script.ts'
import { styleSheet } from './page-style.ts'
import { connectBody, disconnectBody } from './wish.ts'

export interface ConnectRouteDeps extends AccessDeps {
  readonly connector: Connector
  readonly status: () => Promise<object>
  /** Ends with the plugin. */
  readonly signal: AbortSignal
  /** Of the sidecar's page. */
  readonly page: string
}

export function connectRoutes(deps: ConnectRouteDeps): Router {
  const { connector, signal } = deps
  const routes = express.Router()
  const guarded = [
    async (request: Request, _: Response, next: () => void) => {
      await requireOwner(request, deps)
      next()
    },
    express.json({ limit: '64kb' }),
    (request: Request, _: Response, next: () => void) => {
      // Forms of foreign pages cannot send it.
      if (request.method === 'GET' || request.is('application/json')) return next()
      throw new Problem('wrong-media-type', 'Send application/json.')
    },
  ]
  const asset = (media: string, text: string) => (_: Request, response: Response) => {
    response.set('Cache-Control', 'no-cache').type(media).send(text)
  }
  routes.get('/connect.css', asset('css', styleSheet))
  routes.get('/connect.js', asset('js', script))
  routes.get('/connect', (request, response) => {
    response
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(connectPage({ page: deps.page, isHere: isHere(request) }))
  })

  routes.get('/api/status', guarded, async (_: Request, response: Response) => {
    response.set('Cache-Control', 'no-store').json(await deps.status())
  })
  routes.post('/api/check', guarded, async (request: Request, response: Response) => {
    const wish = checked(connectBody, request.body, 'The body')
    response.json(await connector.check(wish, untilGone(response, signal)))
  })
  routes.post('/api/connect', guarded, async (request: Request, response: Response) => {
    // Goes on when the page is closed: half a connection would be worse.
    response.json(await connector.connect(checked(connectBody, request.body, 'The body'), signal))
  })
  routes.post('/api/disconnect', guarded, async (request: Request, response: Response) => {
    const { project } = checked(disconnectBody, request.body, 'The body')
    await connector.disconnect(project, signal)
    response.json({ project })
  })

  return routes
}

/** Aborts when nobody reads the answer any more, or the plugin ends. */
function untilGone(response: Response, signal: AbortSignal): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return AbortSignal.any([gone.signal, signal])
}
