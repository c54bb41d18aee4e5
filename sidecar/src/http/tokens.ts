/** The tokens of the configuration, kept as hashes. */
import { createHash, timingSafeEqual } from 'node:crypto'
import type { Role } from '@suggestive/shared/protocol/session'

export interface TokenEntry {
  readonly role: Role
  readonly name: string
  readonly token: string
}

export interface KnownToken {
  readonly role: Role
  readonly name: string
  /** Addresses that have used it: wrong tokens of a neighbour behind the same address do not lock it out. */
  readonly from: Set<string>
}

export interface Tokens {
  /** Takes the same time whichever token it is, known or not. */
  find(token: string): KnownToken | undefined
}

export function createTokens(entries: readonly TokenEntry[]): Tokens {
  const known = entries.map(({ role, name, token }) => ({
    hash: sha256(token),
    token: { role, name, from: new Set<string>() },
  }))
  return {
    find(token) {
      const hash = sha256(token)
      let found: KnownToken | undefined
      for (const one of known) if (timingSafeEqual(one.hash, hash)) found = one.token
      return found
    },
  }
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
