/** All routes of the plugin. */
import { type ConnectRouteDeps, connectRoutes } from '@suggestive/shared/connect/routes'
import { Problem } from '@suggestive/shared/problem'
import type { Express } from 'express'
import { formPage } from './connect/page.ts'
import { script } from './connect/page-script.ts'
import { type ProjectRouteDeps, projectRoutes } from './connect/project-routes.ts'
import { connectBody, type Wish } from './connect/wish.ts'
import { type LinkDeps, linkRoutes } from './links/routes.ts'

export interface AppDeps extends ConnectRouteDeps<Wish>, ProjectRouteDeps, LinkDeps {
  /** Of the sidecar. */
  readonly page: string
  readonly connections: ProjectRouteDeps['connections']
}

export function mountRoutes(app: Express, deps: AppDeps): void {
  app.use(linkRoutes(deps))
  const page = (isHere: boolean) => formPage(deps.page, isHere)
  app.use(connectRoutes(deps, { wish: connectBody, script, page }))
  app.use(projectRoutes(deps))
  app.use(({ method, path }) => {
    throw new Problem(
      'not-found',
      `There is nothing at ${method} ${path}: people open /connect, annotators their personal links, and CVAT sends webhooks to /webhook/ID.`,
    )
  })
}
