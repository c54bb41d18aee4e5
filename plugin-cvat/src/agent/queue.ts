/** Takes requests from the queue of a function, one after the other in each category, and answers them. */
import { Problem } from '@suggestive/shared/problem'
import { type AgentCalls, type Category, categories } from '../client/agents.ts'
import { Bell } from './bell.ts'
import { answerRequest, type Desk, type Outcome } from './request.ts'
import { about, Patience } from './times.ts'
import { isPassing } from './unanswerable.ts'
import { watchQueue } from './watcher.ts'

export interface QueueDesk extends Desk {
  readonly calls: Pick<AgentCalls, 'progress' | 'complete' | 'fail' | 'acquire' | 'watch'>
  /** A sentence while CVAT cannot be asked; undefined when it can. */
  readonly report: (sentence: string | undefined) => void
  readonly onOutcome: (outcome: Outcome) => void
  readonly onWatch: (isOpen: boolean) => void
  /** Looked at when a queue is empty: whether the function has to be another one. */
  isOutdated(signal: AbortSignal): Promise<boolean>
}

/**
 * Somebody who waits in the editor is answered while whole tasks are worked on. Resolves with the signal, or when the
 * function is outdated.
 *
 * @throws Problem `not-found` when the function is gone
 */
export async function serveQueue(desk: QueueDesk, signal: AbortSignal): Promise<void> {
  const ending = new AbortController()
  const until = AbortSignal.any([signal, ending.signal])
  const bells = { interactive: new Bell(), batch: new Bell() }
  let isWatched = false
  const watching = {
    ...desk,
    id: desk.seat.function,
    onHint: (category: Category) => bells[category].ring(),
    onChange(isOpen: boolean) {
      isWatched = isOpen
      desk.onWatch(isOpen)
    },
  }

  async function serve(category: Category): Promise<void> {
    const patience = new Patience(desk.times)
    while (!until.aborted) {
      try {
        await drain(desk, category, until)
        if (category === 'batch' && (await desk.isOutdated(until))) return
        desk.report(undefined)
        patience.reset()
        const { pollMs, watchedPollMs } = desk.times
        const wait = about(isWatched ? watchedPollMs : pollMs)
        await bells[category].wait(wait, desk.timers, until)
      } catch (error) {
        if (until.aborted) return
        if (!(error instanceof Problem) || error.kind === 'not-found') throw error
        desk.report(`No requests can be taken from CVAT: ${error.message}`)
        await new Bell().wait(patience.next(!isPassing(error)), desk.timers, until)
      }
    }
  }

  const all = [...categories.map(serve), watchQueue(watching, until)]
  try {
    await Promise.race(all)
  } finally {
    ending.abort()
    await Promise.allSettled(all)
  }
}

async function drain(desk: QueueDesk, category: Category, signal: AbortSignal): Promise<void> {
  for (;;) {
    const assignment = await desk.calls.acquire(desk.seat, category, signal)
    if (assignment === undefined) return
    desk.onOutcome(await answerRequest(desk, assignment, signal))
    signal.throwIfAborted()
  }
}
