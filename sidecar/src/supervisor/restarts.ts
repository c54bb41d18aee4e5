/** When a crashed process starts again: back-off, and what counts as a crash loop. */

const firstDelayMs = 1000
const longestDelayMs = 60_000
const loopWindowMs = 10 * 60_000
const loopCrashes = 5

export interface Restarts {
  /** Notes a crash. @returns how long to wait, and whether it crashes again and again */
  crashed(at: number): { readonly delayMs: number; readonly isLoop: boolean }
  /** Whether the process has been quiet for so long that a crash loop is over. */
  isCalm(at: number): boolean
}

/** Times in milliseconds. */
export function createRestarts(): Restarts {
  let crashes: number[] = []
  const recent = (at: number) => {
    crashes = crashes.filter((time) => at - time < loopWindowMs)
    return crashes.length
  }
  return {
    crashed(at) {
      crashes.push(at)
      const count = recent(at)
      const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (count - 1))
      return { delayMs, isLoop: count >= loopCrashes }
    },
    isCalm: (at) => recent(at) === 0,
  }
}
