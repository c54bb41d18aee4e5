/** Who may connect projects: the owner of the sidecar, from a page of ours or a program, never through a foreign page. */
import type { IncomingMessage } from 'node:http'
import { Problem } from './problem.ts'
import { createSidecarClient } from './sidecar-client.ts'

export interface AccessDeps {
  /** Whether the sidecar takes this token for its owner's; undefined: no token. @throws Problem when it does not answer */
  isOwner(token: string | undefined): Promise<boolean>
}

/**
 * Where the sidecar has tokens, the holder of its owner token; where it has none, everybody on this machine.
 *
 * @throws Problem `forbidden`, which no browser answers with a window of its own
 */
export async function requireOwner(request: IncomingMessage, deps: AccessDeps): Promise<void> {
  requireOwnPage(request)
  const { authorization } = request.headers
  const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1]
  if (await deps.isOwner(undefined)) {
    // A sidecar without tokens takes everybody for its owner who comes from here, us included.
    if (isHere(request)) return
    throw new Problem(
      'forbidden',
      'The sidecar has no tokens: open this page on its machine, under 127.0.0.1 or localhost.',
    )
  }
  if (token !== undefined && (await deps.isOwner(token))) return
  throw new Problem(
    'forbidden',
    token === undefined
      ? 'The sidecar has tokens: give one with the role owner (suggest token --role owner --name NAME).'
      : 'This is no token with the role owner.',
  )
}

/** A page elsewhere can make a browser send requests, but not these headers. @throws Problem `forbidden` */
function requireOwnPage({ headers }: IncomingMessage): void {
  const { origin, host = '' } = headers
  const site = headers['sec-fetch-site']
  const isForeign =
    (site !== undefined && site !== 'same-origin' && site !== 'none') ||
    (origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host))
  if (isForeign)
    throw new Problem('forbidden', 'Another page has sent this request: it is refused.')
}

/** From this machine, under a name of this machine: a foreign name may point here, too. */
export function isHere({ socket, headers }: IncomingMessage): boolean {
  const host = (headers.host ?? '').replace(/:\d+$/, '').replace(/^\[|\]$/g, '')
  const isLocalName = host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host)
  return isLocalName && /^(::1|(::ffff:)?127(\.\d{1,3}){3})$/.test(socket.remoteAddress ?? '')
}

/** Asks the sidecar who the holder of a token is there. */
export function ownerAt(sidecar: string, signal: AbortSignal): AccessDeps['isOwner'] {
  return async (token) => {
    const client = createSidecarClient({ address: sidecar, token, attempts: 1, timeoutMs: 5000 })
    try {
      return (await client.session(signal)).role === 'owner'
    } catch (error) {
      if (error instanceof Problem && error.status < 500) return false
      throw error
    }
  }
}
