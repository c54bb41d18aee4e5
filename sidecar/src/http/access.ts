/** Who is asking, and whether they may. */
import type { IncomingMessage } from 'node:http'
import { createAttempts } from '@suggestive/shared/attempts'
import { Problem } from '@suggestive/shared/problem'
import type { Role } from '@suggestive/shared/protocol/session'
import type { Clock } from '../ports/clock.ts'
import { requireLoopback, requireSameOrigin, sessionOf } from './browser.ts'
import { createSessions, type Session } from './sessions.ts'
import { createTokens, type TokenEntry } from './tokens.ts'

export interface Principal {
  readonly role: Role
  /** As the configuration names the holder of the token. */
  readonly name: string
  /** Milliseconds since 1970; null where no session ends. */
  readonly expiresAt: number | null
}

export interface AccessOptions {
  /** None: everybody on this machine is owner, nobody else gets in. */
  readonly tokens: readonly TokenEntry[]
  readonly clock: Clock
  /** 12 hours when absent. */
  readonly sessionMs?: number
  /** Wrong tokens of one address within a minute; 10 when absent. */
  readonly attempts?: number
}

export interface Access {
  /**
   * The principal, if anybody has signed in.
   *
   * @throws Problem `unauthorised` for a wrong token or an ended session, `too-many-requests`, `forbidden` for a
   *   request that a foreign page makes
   */
  identify(request: IncomingMessage): Principal | undefined
  /** @throws Problem additionally `unauthorised` for nobody and `forbidden` for another role */
  admit(request: IncomingMessage, roles: readonly Role[]): Principal
  /** A session for the holder of a token. */
  signIn(request: IncomingMessage, token: string): Session
  signOut(request: IncomingMessage): void
}

const owner: Principal = { role: 'owner', name: 'this machine', expiresAt: null }

export function createAccess(options: AccessOptions): Access {
  const { clock, sessionMs = 12 * 3_600_000, attempts: most = 10 } = options
  const tokens = createTokens(options.tokens)
  const sessions = createSessions(clock, sessionMs)
  const attempts = createAttempts(clock, most, 60_000)
  const isOpen = options.tokens.length === 0

  function byToken(request: IncomingMessage, token: string): Principal {
    const address = request.socket.remoteAddress ?? 'unknown'
    const found = tokens.find(token)
    const isBlocked = attempts.isBlocked(address)
    if (found !== undefined && (!isBlocked || found.from.has(address))) {
      if (found.from.size < 1000) found.from.add(address)
      return { role: found.role, name: found.name, expiresAt: null }
    }
    if (isBlocked) {
      throw new Problem(
        'too-many-requests',
        'Too many wrong tokens came from this address: correct the token and wait a minute.',
      )
    }
    attempts.note(address)
    throw new Problem(
      'unauthorised',
      'The token is not known: use one that the configuration of the sidecar lists.',
    )
  }

  function identify(request: IncomingMessage): Principal | undefined {
    const { authorization } = request.headers
    if (authorization !== undefined) {
      const token = /^Bearer +(\S+)$/i.exec(authorization)?.[1]
      if (isOpen) requireLoopback(request)
      if (token === undefined) {
        throw new Problem('unauthorised', 'The Authorization header must be: Bearer TOKEN.')
      }
      return isOpen ? owner : byToken(request, token)
    }
    if (isOpen) {
      requireLoopback(request)
      requireSameOrigin(request, 'when-present')
      return owner
    }
    const id = sessionOf(request)
    if (id === undefined) return undefined
    requireSameOrigin(request, 'always')
    return sessions.find(id)
  }

  return {
    identify,
    admit(request, roles) {
      const principal = identify(request)
      if (principal === undefined) {
        throw new Problem(
          'unauthorised',
          'Nobody is signed in: send Authorization: Bearer TOKEN, or sign in on the page.',
        )
      }
      if (roles.includes(principal.role)) return principal
      throw new Problem(
        'forbidden',
        `The role ${principal.role} may not do that: ask somebody with the role ${roles.join(' or ')}.`,
      )
    },
    signIn(request, token) {
      if (isOpen) requireLoopback(request)
      requireSameOrigin(request, 'when-present')
      return sessions.open(isOpen ? owner : byToken(request, token))
    },
    signOut(request) {
      const id = sessionOf(request)
      if (id !== undefined) sessions.end(id)
    },
  }
}
