/** Idempotency keys: a repeated POST gets the reply of the first one and changes nothing. */
import { createHash } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import type { Rendered } from './pages.ts'

export interface Idempotency {
  /**
   * The kept reply, or that of `act`, which is kept unless it is a problem: those have changed nothing.
   *
   * @param key of one client
   * @param fingerprint digest of the request
   * @throws Problem `key-reused` for another request under the key, `conflict` while the first one is under way
   */
  once(key: string, fingerprint: string, act: () => Promise<Rendered>): Promise<Rendered>
}

export function createIdempotency(store: Store, clock: Clock): Idempotency {
  const running = new Set<string>()

  async function recalled(key: string, fingerprint: string): Promise<Rendered | undefined> {
    const kept = await store.recall(key)
    if (kept === undefined) return undefined
    if (kept.fingerprint !== fingerprint) {
      throw new Problem(
        'key-reused',
        'The Idempotency-Key came before with another request: use a new key for each request.',
      )
    }
    return { status: kept.status, headers: replayed, body: Buffer.from(kept.body) }
  }

  return {
    async once(key, fingerprint, act) {
      if (running.has(key)) {
        throw new Problem(
          'conflict',
          'A request with this Idempotency-Key is under way: repeat it when that one has ended.',
        )
      }
      running.add(key)
      try {
        const kept = await recalled(key, fingerprint)
        if (kept !== undefined) return kept
        const reply = await act()
        const body = Buffer.from(reply.body).toString()
        await store.remember(key, { fingerprint, status: reply.status, body }, clock.now())
        return reply
      } finally {
        running.delete(key)
      }
    },
  }
}

/** Names the client and its key in at most 64 characters. */
export function keyOf(client: string, key: string): string {
  if (/^[\x21-\x7e]{1,200}$/.test(key)) {
    return createHash('sha256')
      .update(JSON.stringify([client, key]))
      .digest('hex')
  }
  throw new Problem(
    'wrong-use',
    'The Idempotency-Key must have 1 to 200 visible ASCII characters: use a UUID.',
  )
}

const replayed = {
  'Content-Type': 'application/json; charset=utf-8',
  'Idempotent-Replayed': 'true',
}
