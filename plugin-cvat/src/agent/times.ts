/** How long an agent waits for what: the same as CVAT's own agent. */
import { randomInt } from 'node:crypto'

export interface AgentTimes {
  /** Until the project has a name. */
  readonly nameMs: number
  /** Between two looks into the queue when nothing would tell of a request. */
  readonly pollMs: number
  /** The same when the event stream would. */
  readonly watchedPollMs: number
  /** Before a repetition; doubled at each further one up to `mostPauseMs`. */
  readonly leastPauseMs: number
  readonly mostPauseMs: number
  /** Between two reports of progress. */
  readonly progressMs: number
}

export const usualTimes: AgentTimes = {
  nameMs: 1000,
  pollMs: 60_000,
  watchedPollMs: 600_000,
  leastPauseMs: 5000,
  mostPauseMs: 600_000,
  progressMs: 10_000,
}

/** More or less, so that not all agents come at once. */
export function about(ms: number): number {
  const spread = Math.floor(0.15 * ms)
  return spread < 1 ? ms : ms + randomInt(-spread, spread + 1)
}

/** Pauses that grow from failure to failure. */
export class Patience {
  readonly #times: Pick<AgentTimes, 'leastPauseMs' | 'mostPauseMs'>
  #nextMs: number

  constructor(times: Pick<AgentTimes, 'leastPauseMs' | 'mostPauseMs'>) {
    this.#times = times
    this.#nextMs = times.leastPauseMs
  }

  /** The next pause, in milliseconds. @param isFinal whether waiting will hardly mend it */
  next(isFinal = false): number {
    const { mostPauseMs } = this.#times
    const ms = isFinal ? mostPauseMs : this.#nextMs
    this.#nextMs = Math.min(2 * ms, mostPauseMs)
    return about(ms)
  }

  /** It went well. @param leastMs the first pause from now on */
  reset(leastMs = this.#times.leastPauseMs): void {
    this.#nextMs = Math.min(leastMs, this.#times.mostPauseMs)
  }
}
