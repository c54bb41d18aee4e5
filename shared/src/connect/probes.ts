/** Deliveries that a test of the connection waits for. */
import { randomBytes } from 'node:crypto'

export interface Probe {
  readonly secret: string
  /** Whether a delivery of this kind has come by then. */
  arrived(kind: string, withinMs: number): Promise<boolean>
  close(): void
}

export interface Probes {
  open(): Probe
  /**
   * @param isFrom whether the delivery carries this secret
   * @param kind of the delivery, where the tool has several
   * @returns false when nobody waits for it
   */
  deliver(isFrom: (secret: string) => boolean, kind: string): boolean
}

export function createProbes(): Probes {
  const waiting = new Map<string, (kind: string) => void>()
  return {
    open() {
      const secret = randomBytes(32).toString('base64url')
      const come = new Set<string>()
      let wake = () => {}
      waiting.set(secret, (kind) => {
        come.add(kind)
        wake()
      })
      return {
        secret,
        arrived: (kind, withinMs) =>
          new Promise((resolve) => {
            if (come.has(kind)) return resolve(true)
            const timer = setTimeout(() => resolve(false), withinMs)
            wake = () => {
              if (!come.has(kind)) return
              clearTimeout(timer)
              resolve(true)
            }
          }),
        close: () => void waiting.delete(secret),
      }
    },
    deliver(isFrom, kind) {
      for (const [secret, arrive] of waiting) {
        if (!isFrom(secret)) continue
        arrive(kind)
        return true
      }
      return false
    },
  }
}
