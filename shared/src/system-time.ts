/** Time as the system's own clock tells it. */
import type { Clock, Timers } from './bridge/deps.ts'

export const systemClock: Clock = { now: () => Date.now() }

export const systemTimers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
