/** Counts what somebody does by address; bounded, so that many addresses cannot fill the memory. */
import type { Clock } from './bridge/deps.ts'

export interface Attempts {
  isBlocked(address: string): boolean
  note(address: string): void
}

const mostAddresses = 10_000

/** Blocks an address for the rest of the window in which `most` of its doings were noted. */
export function createAttempts(clock: Clock, most: number, windowMs: number): Attempts {
  const counts = new Map<string, { since: number; count: number }>()
  return {
    isBlocked(address) {
      const own = counts.get(address)
      return own !== undefined && own.count >= most && clock.now() - own.since < windowMs
    },
    note(address) {
      const now = clock.now()
      const own = counts.get(address)
      if (own !== undefined && now - own.since < windowMs) {
        own.count++
        return
      }
      counts.delete(address)
      counts.set(address, { since: now, count: 1 })
      const [oldest] = counts.keys()
      if (counts.size > mostAddresses && oldest !== undefined) counts.delete(oldest)
    },
  }
}
