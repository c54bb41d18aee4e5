/** All routes of the plugin. */
import { Problem } from '@suggestive/shared/problem'
import type { Express } from 'express'
import { type ConnectRouteDeps, connectRoutes } from './connect/routes.ts'
import { type BackendDeps, backendRoutes } from './routes.ts'

export interface AppDeps extends BackendDeps, ConnectRouteDeps {}

export function mountRoutes(app: Express, deps: AppDeps): void {
  app.use(backendRoutes(deps))
  app.use(connectRoutes(deps))
  app.use(({ method, path }) => {
    throw new Problem(
      'not-found',
      `There is nothing at ${method} ${path}: this ML backend trains by itself and has /health, /setup, /predict, /webhook and /versions; people open /connect.`,
    )
  })
}
