/** A clock that stands still until somebody advances it, and timers that follow it. */
import type { Clock } from '@suggestive/sidecar/ports/clock'
import type { Timers } from '@suggestive/sidecar/ports/timers'

export interface FakeTime extends Clock {
  readonly timers: Timers
  /** Lets the time pass in steps; what follows from a timer goes on while the next steps pass. */
  pass(ms: number): Promise<void>
  /** Sets the clock forward; no timer notices before the time passes. */
  leap(ms: number): void
  /** Lets the time pass until it is so; throws after so many milliseconds of that time. */
  until(isSo: () => boolean | Promise<boolean>, mostMs?: number): Promise<void>
}

/** 2026-01-01, so that moments look like moments. */
const start = 1_767_225_600_000

/** Long enough a step to get somewhere, short enough to be exact. */
const stepMs = 250

/** Turns of the event loop after each timer: while much time passes little happens, else much does. */
const [fewTurns, manyTurns] = [6, 12]

export function createFakeTime(): FakeTime {
  let now = start
  const waiting = new Map<number, { readonly at: number; readonly callback: () => void }>()
  let last = 0

  async function settle(turns: number) {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve))
  }

  async function step(to: number, turns: number) {
    for (;;) {
      const [next] = [...waiting].sort((a, b) => a[1].at - b[1].at || a[0] - b[0])
      if (next === undefined || next[1].at > to) break
      now = Math.max(now, next[1].at)
      waiting.delete(next[0])
      next[1].callback()
      await settle(turns)
    }
    now = to
    await settle(turns)
  }

  async function pass(ms: number) {
    const end = now + ms
    while (now < end) await step(Math.min(end, now + stepMs), fewTurns)
    await settle(manyTurns)
  }

  return {
    now: () => now,
    timers: {
      after(ms, callback) {
        const id = ++last
        waiting.set(id, { at: now + ms, callback })
        return () => waiting.delete(id)
      },
    },
    pass,
    leap(ms) {
      now += ms
    },
    async until(isSo, mostMs = 600_000) {
      const end = now + mostMs
      await settle(manyTurns)
      while (!(await isSo())) {
        if (now >= end) throw new Error(`it was not so after ${mostMs} ms`)
        await step(now + stepMs, manyTurns)
      }
    },
  }
}
