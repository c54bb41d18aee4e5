/** Addresses for annotators: the next job of one of them, and the list of jobs in the suggested order. */
import { createAttempts } from '@suggestive/shared/attempts'
import type { Clock, Log } from '@suggestive/shared/bridge/deps'
import type { Connections } from '@suggestive/shared/connections'
import { redact } from '@suggestive/shared/redact'
import express, { type Response, type Router } from 'express'
import type { Connection } from '../connection.ts'
import type { CvatSettings } from '../settings.ts'
import { messagePage } from './page.ts'
import { ownerOf } from './personal.ts'

export interface LinkDeps {
  readonly file: CvatSettings
  readonly connections: Pick<Connections<Connection>, 'get'>
  readonly clock: Clock
  readonly log: Log
  /** Ends with the plugin. */
  readonly signal: AbortSignal
}

const minuteMs = 60_000
/** Nobody finishes an image in two seconds, and guesses are hopeless anyway: this spares CVAT. */
const [mostOfOne, mostUnknown] = [30, 30]

export function linkRoutes(deps: LinkDeps): Router {
  const { file, connections, clock, log, signal } = deps
  const routes = express.Router()
  const uses = createAttempts(clock, mostOfOne, minuteMs)
  const misses = createAttempts(clock, mostUnknown, minuteMs)
  const tell = (response: Response, status: number, title: string, sentence: string) =>
    response.status(status).type('html').send(messagePage(title, sentence))

  routes.get('/next/:secret', async (request, response) => {
    response.set('Cache-Control', 'no-store').set('Referrer-Policy', 'no-referrer')
    const visitor = request.socket.remoteAddress ?? ''
    const { secret } = request.params
    const owner = misses.isBlocked(visitor) ? undefined : ownerOf(file, secret)
    if (owner === undefined) {
      const isBlocked = misses.isBlocked(visitor)
      misses.note(visitor)
      return isBlocked
        ? tell(response, 429, 'Too many requests', 'Wait a minute, then open your link again.')
        : tell(
            response,
            404,
            'This link is not valid',
            'It was taken back or is incomplete. Ask whoever gave it to you for a new one.',
          )
    }
    const { project, annotator } = owner
    const name = `${project} ${annotator.id}`
    if (uses.isBlocked(name)) {
      return tell(response, 429, 'Too many requests', 'Wait a minute, then open your link again.')
    }
    uses.note(name)
    // Programs that show a preview of a link, and browsers that load it in advance, must not take a job.
    if (request.method === 'HEAD') return response.end()
    if (/prefetch|preview/.test(`${request.get('sec-purpose')} ${request.get('purpose')}`)) {
      return tell(response, 503, 'Open your link', 'It leads to a job when you open it yourself.')
    }
    try {
      const found = await connections.get(project)?.next(annotator, signal)
      if (found?.kind === 'job') return response.redirect(302, found.url)
      const sentence = found?.sentence ?? 'The project is not connected at the moment.'
      return tell(response, 200, 'Nothing to annotate right now', sentence)
    } catch (error) {
      // Told here: elsewhere the log would get the address, which is a secret.
      log.error({ project, annotator: annotator.id, error: redact(String(error)) }, 'no next job')
      const sentence = 'CVAT did not answer as it should. Try again in a minute.'
      return tell(response, 503, 'Try again in a minute', sentence)
    }
  })

  routes.get('/order/:project', async (request, response) => {
    response.set('Cache-Control', 'no-store')
    const connection = connections.get(Number(request.params.project))
    if (connection !== undefined) return response.redirect(302, await connection.orderLink())
    return tell(response, 404, 'There is no such order', 'This project is not connected.')
  })
  return routes
}
