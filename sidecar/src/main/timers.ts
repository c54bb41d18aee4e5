/** The ports of time, by the system's own clock. */
import type { Clock } from '../ports/clock.ts'
import type { Timers } from '../ports/timers.ts'

export const systemClock: Clock = { now: () => Date.now() }

export const systemTimers: Timers = {
  after(ms, callback) {
    const timer = setTimeout(callback, ms)
    return () => clearTimeout(timer)
  },
}
