/** Requests of the owner about connected projects: personal links, and new tasks of one-image jobs. */

import { ownRequests } from '@suggestive/shared/connect/requests'
import type { ConnectRouteDeps } from '@suggestive/shared/connect/routes'
import type { Connections } from '@suggestive/shared/connections'
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import { changeProject } from '@suggestive/shared/settings-file'
import express, { type Request, type Response, type Router } from 'express'
import type { Connection } from '../connection.ts'
import { linksOf, renewLink, revokeLink } from '../links/personal.ts'
import type { CvatSettings } from '../settings.ts'
import { type LinksWish, linksBody, poolBody } from './link-bodies.ts'
import { poolCheck } from './new-pool.ts'

export interface ProjectRouteDeps extends Pick<ConnectRouteDeps<unknown>, 'isOwner' | 'signal'> {
  readonly file: CvatSettings
  readonly connections: Connections<Connection>
}

export function projectRoutes(deps: ProjectRouteDeps): Router {
  const { file, connections, signal } = deps
  const routes = express.Router()
  const own = ownRequests(deps)

  routes.post('/api/links', own, async (request: Request, response: Response) => {
    const wish = checked(linksBody, request.body, 'The body')
    await change(wish)
    const asked = wish.project === undefined ? connections.all() : [connected(wish.project)]
    const links = asked.flatMap(({ project }) =>
      linksOf(file, project).map((link) => ({ project, ...link })),
    )
    response.set('Cache-Control', 'no-store').json({ links })
  })

  routes.post('/api/make-pool', own, async (request: Request, response: Response) => {
    const { project, upload } = checked(poolBody, request.body, 'The body')
    const check = poolCheck(await connected(project).tool.planPool(signal), upload)
    const isBegun = check.state === 'ok'
    if (isBegun) {
      await changeProject(file, project, (one) => ({ ...one, makesPool: true }))
      await connections.open(project)
    }
    response.json({ check, isBegun })
  })

  async function change({ project: named, create, revoke }: LinksWish): Promise<void> {
    if (create === undefined && revoke === undefined) return
    const { project, client } = connected(named ?? theOnlyOne())
    if (revoke !== undefined) return revokeLink(file, project, revoke)
    const [user] = await client.users([create ?? ''], signal)
    if (user === undefined) {
      throw new Problem('not-found', `CVAT has no user ${create}: correct the name.`)
    }
    await renewLink(file, project, { id: user.id, username: user.username })
  }

  function connected(project: number): Connection {
    const found = connections.get(project)
    if (found !== undefined) return found
    throw new Problem('not-found', `Project ${project} of CVAT is not connected.`)
  }

  function theOnlyOne(): number {
    const [first, ...others] = connections.all()
    if (first !== undefined && others.length === 0) return first.project
    throw new Problem(
      first === undefined ? 'not-found' : 'wrong-use',
      first === undefined
        ? 'No project of CVAT is connected.'
        : 'Several projects are connected: name one with --project ID.',
    )
  }

  return routes
}
