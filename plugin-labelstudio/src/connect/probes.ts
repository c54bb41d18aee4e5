/** Deliveries that a test of the connection waits for. */
import { randomBytes } from 'node:crypto'
import { isSame } from '../secret.ts'

export interface Probe {
  readonly secret: string
  /** Whether the delivery has come by then. */
  arrived(withinMs: number): Promise<boolean>
  close(): void
}

export interface Probes {
  open(): Probe
  /** @returns false when nobody waits for it */
  deliver(secret: string): boolean
}

export function createProbes(): Probes {
  const waiting = new Map<string, () => void>()
  return {
    open() {
      const secret = randomBytes(32).toString('base64url')
      let has = false
      let wake = () => {}
      waiting.set(secret, () => {
        has = true
        wake()
      })
      return {
        secret,
        arrived: (withinMs) =>
          new Promise((resolve) => {
            if (has) return resolve(true)
            const timer = setTimeout(() => resolve(false), withinMs)
            wake = () => {
              clearTimeout(timer)
              resolve(true)
            }
          }),
        close: () => void waiting.delete(secret),
      }
    },
    deliver(given) {
      for (const [secret, arrive] of waiting) {
        if (!isSame(given, secret)) continue
        arrive()
        return true
      }
      return false
    },
  }
}
