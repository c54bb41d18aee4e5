/** All routes of the plugin. */
import { type ConnectRouteDeps, connectRoutes } from '@suggestive/shared/connect/routes'
import { Problem } from '@suggestive/shared/problem'
import type { Express } from 'express'
import { formPage } from './connect/page.ts'
import { script } from './connect/page-script.ts'
import { connectBody, type Wish } from './connect/wish.ts'
import { type BackendDeps, backendRoutes } from './routes.ts'

export interface AppDeps extends BackendDeps, ConnectRouteDeps<Wish> {
  /** Of the sidecar. */
  readonly page: string
}

export function mountRoutes(app: Express, deps: AppDeps): void {
  app.use(backendRoutes(deps))
  const page = (isHere: boolean) => formPage(deps.page, isHere)
  app.use(connectRoutes(deps, { wish: connectBody, script, page }))
  app.use(({ method, path }) => {
    throw new Problem(
      'not-found',
      `There is nothing at ${method} ${path}: this ML backend trains by itself and has /health, /setup, /predict, /webhook and /versions; people open /connect.`,
    )
  })
}
