/** The form at `/connect` and the JSON interface behind it. */
import express, { type Request, type Response, type Router } from 'express'
import { z } from 'zod'
import { type AccessDeps, isHere } from '../access.ts'
import { checked } from '../schema.ts'
import type { Connector } from './outcome.ts'
import { styleSheet } from './page-style.ts'
import { ownRequests, untilGone } from './requests.ts'

export interface ConnectRouteDeps<Wish> extends AccessDeps {
  readonly connector: Connector<Wish>
  readonly status: () => Promise<object>
  /** Ends with the plugin. */
  readonly signal: AbortSignal
}

/** What one tool's form asks and shows. */
export interface ConnectForm<Wish> {
  /** Of the bodies of `/api/check` and `/api/connect`. */
  readonly wish: z.ZodType<Wish>
  readonly script: string
  page(isHere: boolean): string
}

const disconnectBody = z.strictObject({ project: z.int().min(1) })

export function connectRoutes<Wish>(deps: ConnectRouteDeps<Wish>, form: ConnectForm<Wish>): Router {
  const { connector, signal } = deps
  const routes = express.Router()
  const own = ownRequests(deps)
  const wishIn = (request: Request) => checked(form.wish, request.body, 'The body')
  const asset = (media: string, text: string) => (_: Request, response: Response) => {
    response.set('Cache-Control', 'no-cache').type(media).send(text)
  }
  routes.get('/connect.css', asset('css', styleSheet))
  routes.get('/connect.js', asset('js', form.script))
  routes.get('/connect', (request, response) => {
    response
      .set('Cache-Control', 'no-store')
      .type('html')
      .send(form.page(isHere(request)))
  })

  routes.get('/api/status', own, async (_: Request, response: Response) => {
    response.set('Cache-Control', 'no-store').json(await deps.status())
  })
  routes.post('/api/check', own, async (request: Request, response: Response) => {
    response.json(await connector.check(wishIn(request), untilGone(response, signal)))
  })
  routes.post('/api/connect', own, async (request: Request, response: Response) => {
    // Goes on when the page is closed: half a connection would be worse.
    response.json(await connector.connect(wishIn(request), signal))
  })
  routes.post('/api/disconnect', own, async (request: Request, response: Response) => {
    const { project } = checked(disconnectBody, request.body, 'The body')
    await connector.disconnect(project, signal)
    response.json({ project })
  })

  return routes
}
