/** Requests to the JSON interface of a plugin: of its owner alone, and JSON. */
import express, { type Request, type RequestHandler, type Response } from 'express'
import { type AccessDeps, requireOwner } from '../access.ts'
import { Problem } from '../problem.ts'

export function ownRequests(deps: AccessDeps): RequestHandler[] {
  return [
    async (request, _, next) => {
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
}

/** Aborts when nobody reads the answer any more, or the plugin ends. */
export function untilGone(response: Response, signal: AbortSignal): AbortSignal {
  const gone = new AbortController()
  response.on('close', () => gone.abort())
  return AbortSignal.any([gone.signal, signal])
}
