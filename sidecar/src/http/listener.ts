/** Who may listen to events, and to which. */
import type { IncomingMessage } from 'node:http'
import { Problem } from '@suggestive/shared/problem'
import { projectId } from '@suggestive/shared/protocol'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'
import type { EventDeps } from './events.ts'
import { requireProtocol } from './protocol.ts'
import { everybody } from './route.ts'

/** What a listener asked for; without `after` only what is new. */
export interface Wish {
  readonly after: number | undefined
  readonly project: string | undefined
}

const eventsQuery = z.strictObject({
  after: z.coerce.number().int().min(0).optional(),
  project: projectId.optional(),
})

/**
 * Checks an upgrade before it is accepted.
 *
 * @throws Problem for another address, wrong parameters, tokens in the address, nobody, foreign pages, unknown projects
 */
export async function admitListener(
  request: IncomingMessage,
  { access, store }: EventDeps,
  hasRoom: boolean,
): Promise<Wish> {
  requireProtocol(request)
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://sidecar')
  if (pathname !== '/v1/events') {
    throw new Problem('not-found', `There are no events at ${pathname}: connect to /v1/events.`)
  }
  const query = Object.fromEntries(searchParams)
  const secret = Object.keys(query).find((name) => /token|key|auth|secret/i.test(name))
  if (secret !== undefined) {
    throw new Problem(
      'wrong-use',
      `Addresses end up in logs, so ${secret} is not taken from one: send the token in the Authorization header.`,
    )
  }
  access.admit(request, everybody)
  const { after, project } = checked(eventsQuery, query, 'The query')
  if (project !== undefined && (await store.project(project)) === undefined) {
    throw new Problem('not-found', `There is no project ${project}: list the projects.`)
  }
  if (!hasRoom) {
    throw new Problem('too-many-requests', 'Too many clients listen already: close some of them.')
  }
  return { after, project }
}
