/** Somebody who waits, and what wakes them. */
import type { Timers } from '@suggestive/shared/bridge/deps'

export class Bell {
  #isRung = false
  #wake = () => {}

  /** Wakes whoever waits, or the next who would. */
  ring(): void {
    this.#isRung = true
    this.#wake()
  }

  /** Resolves when it rings or has rung since the last time, after so many milliseconds, and when all ends. */
  async wait(ms: number, timers: Timers, signal: AbortSignal): Promise<void> {
    if (!this.#isRung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const cancel = timers.after(ms, end)
        function end() {
          cancel()
          signal.removeEventListener('abort', end)
          resolve()
        }
        signal.addEventListener('abort', end)
        this.#wake = end
      })
    }
    this.#wake = () => {}
    this.#isRung = false
  }
}
