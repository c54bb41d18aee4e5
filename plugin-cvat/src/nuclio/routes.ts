/** The three routes of Nuclio that CVAT asks (contract section 7). */
import type { Log } from '@suggestive/shared/bridge/deps'
import type { Connections } from '@suggestive/shared/connections'
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import type { SidecarClient } from '@suggestive/shared/sidecar-client'
import express, { type Request, type Response, type Router } from 'express'
import type { Connection } from '../connection.ts'
import { detect, digestOf, segment } from './answers.ts'
import { described, functionNamed, functionsOf, type NamedFunction } from './functions.ts'
import { detectorBody, interactorBody, type Kind } from './wire.ts'

export interface NuclioDeps {
  readonly connections: Pick<Connections<Connection>, 'all'>
  readonly sidecar: Pick<SidecarClient, 'suggestion' | 'segment' | 'task'>
  readonly log: Log
  /** Where it listens. */
  readonly port: () => number
  /** Ends with the plugin. */
  readonly signal: AbortSignal
}

/** CVAT waits for 120 s. */
const patienceMs = 100_000

export function nuclioRoutes(deps: NuclioDeps): Router {
  const { connections, sidecar, log, port, signal } = deps
  const routes = express.Router()
  const all = () => functionsOf(connections.all())
  const until = () => AbortSignal.any([signal, AbortSignal.timeout(patienceMs)])
  const body = express.json({ limit: '200mb', type: () => true })

  routes.get('/api/functions', async (_, response) => {
    const items = await Promise.all(
      [...all()].map(async ([name, one]) => [name, await described(name, one, port(), until())]),
    )
    response.json(Object.fromEntries(items))
  })

  routes.get('/api/functions/:name', async (request, response) => {
    const { name } = request.params
    response.json(await described(name, functionNamed(all(), name), port(), until()))
  })

  routes.post('/api/function_invocations', body, async (request, response) => {
    const name = request.get('x-nuclio-function-name') ?? ''
    await answer(functionNamed(all(), name), request, response)
  })

  // Here nothing names the function: the body tells the kind, and the image the project.
  routes.post('/', body, async (request, response) => {
    const given: unknown = request.body
    const isPrompted = typeof given === 'object' && given !== null && 'pos_points' in given
    const kind: Kind = isPrompted ? 'interactor' : 'detector'
    const digest = digestOf(checked(detectorBody, given, 'The body').image)
    const own = [...all().values()].filter((one) => one.kind === kind)
    const found =
      own.find(({ connection }) => connection.bridge.taskWith(digest) !== undefined) ?? own[0]
    if (found !== undefined) return answer(found, request, response)
    throw new Problem('not-found', 'No project of CVAT is connected: there are no functions.')
  })

  async function answer(named: NamedFunction, request: Request, response: Response) {
    const began = performance.now()
    const answering = { sidecar, signal: until() }
    if (named.kind === 'detector') {
      const { image, threshold } = checked(detectorBody, request.body, 'The body')
      response.json(await detect(named, digestOf(image), threshold ?? 0, answering))
    } else {
      const prompts = checked(interactorBody, request.body, 'The body')
      const text = await segment(named, digestOf(prompts.image), prompts, answering)
      response.type('json').send(text)
    }
    const ms = Math.round(performance.now() - began)
    log.info({ project: named.project, kind: named.kind, ms }, 'an AI tool of CVAT was answered')
  }

  return routes
}
