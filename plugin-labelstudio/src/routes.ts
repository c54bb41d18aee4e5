/** What Label Studio asks of an ML backend, answered within its limits whatever else happens. */

import type { IncomingMessage } from 'node:http'
import type { Log } from '@suggestive/shared/bridge/deps'
import type { Connections } from '@suggestive/shared/connections'
import { checked } from '@suggestive/shared/schema'
import { basicHeader, isSame } from '@suggestive/shared/secret'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import express, { type RequestHandler, type Router } from 'express'
import { answer } from './backend/interactive.ts'
import { type Entry, idleVersion, predictions } from './backend/predictions.ts'
import { type PredictBody, predictBody, setupBody } from './backend/wire.ts'
import type { Connection } from './connection.ts'

export interface BackendDeps {
  readonly connections: Connections<Connection>
  readonly sidecar: Pick<SidecarClient, 'suggestion' | 'segment'>
  readonly log: Log
  /** Asked of every request but webhooks, when configured. */
  readonly basic?: { readonly user: string; readonly password: string } | undefined
  /**
   * Connects a project whose settings page somebody has added this address to. Resolves when it is known that that is
   * possible, not when it is done; `host` is how Label Studio reaches the plugin.
   *
   * @throws Problem with what is missing
   */
  setUp(project: number, host: string): Promise<void>
}

/** Label Studio waits 1 s for health, 3 s for setup, 100 s for predictions. */
const [setupMs, interactiveMs, predictMs] = [2000, 30_000, 80_000]
/** Data addresses make large tasks. */
const mostPredictBytes = '200mb'

export function backendRoutes(deps: BackendDeps): Router {
  const { connections } = deps
  const routes = express.Router()
  const admitted = requireBasic(deps)

  routes.get('/health', admitted, (_, response) => {
    response.json({ status: 'UP', model_class: 'SuggestiveAnnotation' })
  })

  routes.post('/setup', admitted, express.json({ limit: '10mb' }), async (request, response) => {
    const { project } = checked(setupBody, request.body, 'The body')
    if (connections.get(project) === undefined) {
      await withinMs(setupMs, deps.setUp(project, request.headers.host ?? ''))
    }
    response.json({ model_version: await versionOf(connections.get(project)) })
  })

  const body = express.json({ limit: mostPredictBytes })
  routes.post('/predict', admitted, body, async (request, response) => {
    const given = checked(predictBody, request.body, 'The body')
    response.json({ results: await resultsFor(given, deps) })
  })

  routes.get('/versions', admitted, async (_, response) => {
    const served = await Promise.all(connections.all().map(versionOf))
    response.json({ versions: [...new Set(served)].filter((one) => one !== idleVersion) })
  })

  return routes
}

async function resultsFor(
  { tasks, project, params }: PredictBody,
  { connections, sidecar, log }: BackendDeps,
): Promise<readonly Entry[]> {
  const ids = tasks.map(({ id }) => id)
  const connection = connections.get(project ?? -1)
  if (connection === undefined) return ids.map(() => [])
  const context = params?.context?.result
  const [first] = ids
  if (context === undefined || first === undefined) {
    return predictions(connection, sidecar, ids, log, AbortSignal.timeout(predictMs))
  }
  const deadline = AbortSignal.timeout(interactiveMs)
  try {
    const found = await answer(connection, sidecar, first, context, deadline)
    return [found ?? { model_version: idleVersion, score: 0, result: [] }]
  } catch (error) {
    log.warn({ project, task: first, error: String(error) }, 'the smart tool gets no answer')
    return [{ model_version: idleVersion, score: 0, result: [] }]
  }
}

async function versionOf(connection: Connection | undefined): Promise<string> {
  return (await connection?.serving())?.modelVersion ?? idleVersion
}

/** What takes longer goes on by itself. */
async function withinMs(ms: number, work: Promise<void>): Promise<void> {
  let stop = () => {}
  const late = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop = () => clearTimeout(timer)
  })
  await Promise.race([work, late]).finally(stop)
}

function requireBasic({ basic }: BackendDeps): RequestHandler {
  return (request, response, next) => {
    if (basic === undefined || isBasic(request.headers.authorization ?? '', basic)) return next()
    response.setHeader('WWW-Authenticate', 'Basic realm="suggestive annotation"')
    response.status(401).json({
      detail:
        'Wrong user or password: choose Basic Authentication in the ML backend settings, with those that the plugin is configured with.',
    })
    end(request)
  }
}

function isBasic(header: string, { user, password }: NonNullable<BackendDeps['basic']>): boolean {
  return isSame(header, basicHeader(user, password))
}

/** What is still being sent is not waited for. */
function end(request: IncomingMessage): void {
  request.resume()
  request.on('error', () => {})
}
