/** Answers one request: with shapes, with a sentence, or not at all when it was withdrawn. */
import type { Clock, Log, Timers } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import type { AgentCalls, Assignment, Seat } from '../client/agents.ts'
import type { NewShape } from '../client/wire.ts'
import { Bell } from './bell.ts'
import { type Question, questionOf } from './question.ts'
import { type AgentTimes, Patience } from './times.ts'
import { isGone, isPassing, sentenceFor, Unanswerable } from './unanswerable.ts'

export interface Desk {
  readonly calls: Pick<AgentCalls, 'progress' | 'complete' | 'fail'>
  readonly seat: Seat
  readonly clock: Clock
  readonly timers: Timers
  readonly times: AgentTimes
  readonly log: Log
  answer(
    question: Question,
    step: (progress: number) => Promise<void>,
    signal: AbortSignal,
  ): Promise<readonly NewShape[]>
}

export type Outcome = 'answered' | 'failed' | 'withdrawn'

/** An answer is too dear to be lost by one lost connection. */
const mostAttempts = 4

/** Somebody has cancelled it, or it was given to another agent. */
class Withdrawn extends Error {}

/** Never throws; stopped by the signal it says nothing to the server, which gives the request to another agent. */
export async function answerRequest(
  desk: Desk,
  { id, parameters }: Assignment,
  signal: AbortSignal,
): Promise<Outcome> {
  const { calls, seat, log } = desk
  try {
    const question = questionOf(parameters)
    const shapes = await desk.answer(question, progressOf(desk, id, signal), signal)
    await deliver(desk, id, shapes, signal)
    log.info({ request: id, shapes: shapes.length }, 'a request of CVAT was answered')
    return 'answered'
  } catch (error) {
    if (signal.aborted || error instanceof Withdrawn) {
      log.info({ request: id }, 'a request of CVAT was left')
      return 'withdrawn'
    }
    log.error({ request: id, error: String(error) }, 'a request of CVAT cannot be answered')
    await calls.fail(seat, id, sentenceFor(error), signal).catch((failure: unknown) => {
      // The server finds out by itself after a while.
      log.warn({ request: id, error: String(failure) }, 'CVAT could not be told so')
    })
    return 'failed'
  }
}

/** Now and then, so that the server knows that somebody works on it; that is how cancellation is noticed. */
function progressOf({ calls, seat, clock, times, log }: Desk, id: string, signal: AbortSignal) {
  let last = clock.now()
  return async (progress: number): Promise<void> => {
    signal.throwIfAborted()
    if (clock.now() - last < times.progressMs) return
    last = clock.now()
    try {
      await calls.progress(seat, id, progress, signal)
    } catch (error) {
      if (isGone(error)) throw new Withdrawn()
      log.warn({ request: id, error: String(error) }, 'CVAT could not be told of progress')
    }
  }
}

async function deliver(
  { calls, seat, timers, times }: Desk,
  id: string,
  shapes: readonly NewShape[],
  signal: AbortSignal,
): Promise<void> {
  const patience = new Patience(times)
  for (let attempt = 1; ; attempt++) {
    try {
      return await calls.complete(seat, id, shapes, signal)
    } catch (error) {
      // Most likely it had arrived before, and only the reply was lost.
      if (isGone(error) && attempt > 1) return
      if (isGone(error)) throw new Withdrawn()
      if (!isPassing(error) && error instanceof Problem) {
        throw new Unanswerable(error.message, error)
      }
      if (attempt === mostAttempts) throw error
      await new Bell().wait(patience.next(), timers, signal)
      signal.throwIfAborted()
    }
  }
}
