/** Listens to the event stream of a function, and comes back when it breaks off. Events are hints: polling is the truth. */
import type { Log, Timers } from '@suggestive/shared/bridge/deps'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import { type AgentCalls, type Category, categories } from '../client/agents.ts'
import { Bell } from './bell.ts'
import { eventsOf } from './event-stream.ts'
import { type AgentTimes, Patience } from './times.ts'

export interface Watching {
  readonly calls: Pick<AgentCalls, 'watch'>
  /** Id of the function. */
  readonly id: number
  readonly timers: Timers
  readonly times: AgentTimes
  readonly log: Log
  /** There may be a request. */
  readonly onHint: (category: Category) => void
  readonly onChange: (isOpen: boolean) => void
}

const news = z.looseObject({ request_category: z.enum(categories) })

/** Ends with the signal only. */
export async function watchQueue(watching: Watching, signal: AbortSignal): Promise<void> {
  const { calls, id, timers, times, log, onHint, onChange } = watching
  const patience = new Patience(times)
  const hintAtAll = () => {
    for (const category of categories) onHint(category)
  }
  while (!signal.aborted) {
    let isFinal = false
    try {
      const stream = await calls.watch(id, signal)
      onChange(true)
      patience.reset()
      // What came before the stream was open is told by nobody.
      hintAtAll()
      for await (const event of eventsOf(stream)) {
        if ('retryMs' in event) patience.reset(Math.max(1, event.retryMs))
        else if (event.type === 'newrequest') hint(event.data, onHint)
      }
    } catch (error) {
      // Older servers have no event stream.
      isFinal = error instanceof Problem && error.kind !== 'tool-failed'
      if (!signal.aborted) log.info({ function: id, error: String(error) }, 'no event stream')
    }
    onChange(false)
    if (signal.aborted) return
    // Perhaps the function is gone: asking for requests shows it.
    hintAtAll()
    await new Bell().wait(patience.next(isFinal), timers, signal)
  }
}

function hint(data: string, onHint: (category: Category) => void): void {
  try {
    onHint(news.parse(JSON.parse(data)).request_category)
  } catch {
    // Categories that come with newer servers are nothing for this agent.
  }
}
