/** A worker thread for the tests of `thread/`: one method for each thing that may go over. */
import { workerData } from 'node:worker_threads'
import { Problem } from '@suggestive/shared/problem'
import { serve } from '@suggestive/sidecar/thread/serve'

export class Target {
  #closed = false
  readonly #notify: (value: unknown) => void
  readonly kept = new Uint8Array([1, 2, 3])

  constructor(notify: (value: unknown) => void) {
    this.#notify = notify
  }

  async add(a: number, b: number) {
    return a + b
  }

  async fail(kind: 'conflict' | 'plain') {
    if (kind === 'plain') throw new TypeError('plain trouble')
    throw new Problem('conflict', 'It is taken.', { errors: [{ pointer: '/id', detail: 'taken' }] })
  }

  async count(to: number, on: (step: number) => void) {
    for (let step = 1; step <= to; step++) on(step)
    return to
  }

  /** Until the signal. */
  async wait(label: string, signal: AbortSignal) {
    if (!signal.aborted) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    }
    return `${label} stopped`
  }

  async give() {
    return this.kept
  }

  async isEmptied() {
    return this.kept.length === 0
  }

  /** Its result is moved, not copied: the second time it is empty here. */
  async giveAway() {
    return { parts: new Map([['a', this.kept]]) }
  }

  async sum(bytes: Uint8Array) {
    return bytes.reduce((a, b) => a + b, 0)
  }

  async announce(value: string) {
    this.#notify(value)
  }

  async exit(code: number) {
    process.exit(code)
  }

  async close() {
    if (this.#closed) throw new Error('closed twice')
    this.#closed = true
    this.#notify('closed')
  }
}

await serve(
  (notify) => {
    if (workerData === 'refuse') throw new Problem('corrupt-store', 'It is damaged.')
    return new Target(notify)
  },
  { moved: ['giveAway'] },
)
