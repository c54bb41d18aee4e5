/** A conductor that remembers what it was asked and answers what a test wants. */
import { Problem, type ProblemKind } from '@suggestive/shared/problem'
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import type { Conductor } from '@suggestive/sidecar/app/conductor'

export class FakeConductor implements Conductor {
  readonly poked: string[] = []
  readonly cancelled: string[] = []
  /** Projects whose rounds were started. */
  readonly started: string[] = []
  /** What the next request for a round, a cancellation, a rollback or a suggestion fails with. */
  failure: ProblemKind | undefined
  readonly #listeners = new Set<(event: ProgressEvent) => void>()

  poke(project: string) {
    this.poked.push(project)
  }

  async startRound(project: string) {
    this.#fail()
    this.started.push(project)
    return 1
  }

  async cancelRound(project: string, round: number) {
    this.#fail()
    this.cancelled.push(`${project}/${round}`)
  }

  async rollback(_project: string, modelDigest: string) {
    this.#fail()
    return { modelDigest, queueRevision: 2 }
  }

  async suggestion(): Promise<never> {
    this.#fail()
    throw new Problem('not-ready', 'There is no model yet: annotate two images first.')
  }

  onProgress(listener: (event: ProgressEvent) => void) {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Tells all listeners. */
  progress(event: ProgressEvent) {
    for (const listener of this.#listeners) listener(event)
  }

  async start() {}

  async stop() {}

  #fail() {
    const { failure } = this
    this.failure = undefined
    if (failure !== undefined) throw new Problem(failure, 'As the test wants it: try another test.')
  }
}
