/** Sessions of browsers, in memory: a restart signs everybody out. */
import { randomBytes } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import type { Clock } from '../ports/clock.ts'
import type { Principal } from './access.ts'

export interface Session {
  readonly id: string
  readonly principal: Principal
}

export interface Sessions {
  open(principal: Principal): Session
  /** @throws Problem `unauthorised` when it has ended */
  find(id: string): Principal
  end(id: string): void
}

const mostSessions = 10_000

export function createSessions(clock: Clock, sessionMs: number): Sessions {
  const open = new Map<string, Principal & { readonly expiresAt: number }>()
  return {
    open({ role, name }) {
      const id = randomBytes(32).toString('base64url')
      const principal = { role, name, expiresAt: clock.now() + sessionMs }
      open.set(id, principal)
      const [oldest] = open.keys()
      if (open.size > mostSessions && oldest !== undefined) open.delete(oldest)
      return { id, principal }
    },
    find(id) {
      const principal = open.get(id)
      if (principal !== undefined && principal.expiresAt > clock.now()) return principal
      open.delete(id)
      throw new Problem('unauthorised', 'The session has ended: sign in again.')
    },
    end(id) {
      open.delete(id)
    },
  }
}
