/** The page at `/` and its two files. */
import { Problem } from '@suggestive/shared/problem'
import type { ProjectView } from '@suggestive/shared/protocol/project'
import { securityHeaders } from '@suggestive/shared/security-headers'
import express, { type NextFunction, type Request, type Response, type Router } from 'express'
import type { Access, Principal } from '../http/access.ts'
import type { ProjectRecord, Store } from '../ports/store.ts'
import { type Invitation, renderPage, renderSignIn } from './render.ts'
import { script } from './script.ts'
import { readState } from './state.ts'
import { styleSheet } from './style.ts'

export interface PageDeps {
  readonly store: Store
  readonly access: Access
  /** No tokens are configured. */
  readonly isOpen: boolean
  readonly viewOf: (project: ProjectRecord) => Promise<ProjectView>
  readonly version: string
  /** Plugins that run and connect projects. */
  readonly invitations?: () => Promise<readonly Invitation[]>
}

export function pageRoutes(deps: PageDeps): Router {
  const routes = express.Router()
  const asset = (media: string, text: string) => (_: Request, response: Response) => {
    response.set('Cache-Control', 'no-cache').type(media).send(text)
  }
  routes.get('/page.css', securityHeaders, asset('css', styleSheet))
  routes.get('/page.js', securityHeaders, asset('js', script))
  routes.get('/', securityHeaders, async (request, response) => {
    response.set('Cache-Control', 'no-store')
    const principal = visitorOf(deps.access, request)
    if (principal === undefined) {
      response.send(renderSignIn(deps.version))
      return
    }
    const { name, role } = principal
    const state = await readState(deps.store, deps.viewOf)
    const address = `${request.protocol}://${request.headers.host ?? ''}`
    const invitations = (await deps.invitations?.()) ?? []
    const visitor = { name, role, isOpen: deps.isOpen }
    response.send(renderPage(state, visitor, deps.version, address, invitations))
  })
  routes.use((error: unknown, _: Request, response: Response, next: NextFunction) => {
    if (!(error instanceof Problem)) return next(error)
    response.status(error.status).type('text').send(`${error.message}\n`)
  })
  return routes
}

/** A session that has ended is no session. */
function visitorOf(access: Access, request: Request): Principal | undefined {
  try {
    return access.identify(request)
  } catch (error) {
    if (error instanceof Problem && error.kind === 'unauthorised') return undefined
    throw error
  }
}
