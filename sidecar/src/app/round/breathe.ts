/** Long loops over a pool let others have their turn: the thread that runs them answers people. */
import type { Timers } from '../../ports/timers.ts'

/** Elements that are handled in one go: a few milliseconds. */
const atOnce = 2000

/** @returns to be awaited for every element of a loop; waits for the others once in a while */
export function createBreath({ timers }: { readonly timers: Timers }): () => Promise<void> | void {
  let count = 0
  return () => {
    if (++count % atOnce !== 0) return undefined
    return new Promise((resolve) => {
      timers.after(0, resolve)
    })
  }
}
