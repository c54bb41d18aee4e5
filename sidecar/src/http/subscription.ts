/** One listener: reads the store from where it is, page after page, until it has caught up; then again when woken. */
import type { AnyEvent, ProgressEvent } from '@suggestive/shared/protocol/event'
import type { WebSocket } from 'ws'
import type { Clock } from '../ports/clock.ts'
import type { Log } from '../ports/log.ts'
import type { Store } from '../ports/store.ts'
import type { EventTimes } from './events.ts'
import type { Wish } from './listener.ts'

export interface Subscription {
  /** Something was stored. @param newest id of the newest event */
  wake(newest: number): void
  /** Something that is not stored; dropped while the listener is behind. */
  tell(event: ProgressEvent): void
  ping(): void
  end(code: number, reason: string): Promise<void>
}

export interface SubscriptionDeps {
  readonly store: Store
  readonly clock: Clock
  readonly log: Log
  readonly times: EventTimes
}

/** Close code for those who do not keep up; they connect again with their last id. */
const tooSlow = 4008
const mostUnsentBytes = 2 ** 20
/** Before the next event, as much has to be sent that at most this is left. */
const aheadBytes = 2 ** 17
const pageLength = 500
/** How long a listener may take to answer a goodbye. */
const answerMs = 1000

export function openSubscription(
  socket: WebSocket,
  wish: Wish,
  { store, clock, log, times }: SubscriptionDeps,
): Subscription {
  const { project } = wish
  let position: number | undefined
  let isWoken = true
  let newest = 0
  let isReading = false
  let isAlive = true

  const isOpen = () => socket.readyState === socket.OPEN

  /** Resolves when it is sent, or when only little is unsent. */
  async function send(event: AnyEvent): Promise<void> {
    if (!isOpen()) return
    let isSent = false
    const sent = new Promise<void>((resolve) => {
      const late = setTimeout(() => slow(`for ${times.unsentMs} ms`), times.unsentMs).unref()
      socket.send(JSON.stringify(event), () => {
        clearTimeout(late)
        isSent = true
        resolve()
      })
    })
    if (!isSent && socket.bufferedAmount > mostUnsentBytes) slow(`${mostUnsentBytes} bytes`)
    if (socket.bufferedAmount > aheadBytes) await sent
  }

  function slow(what: string) {
    void end(
      tooSlow,
      `Too slow: unsent ${what}. Connect again after your last id.`,
      times.goodbyeMs,
    )
  }

  function end(code: number, reason: string, patienceMs = answerMs): Promise<void> {
    if (socket.readyState === socket.CLOSED) return Promise.resolve()
    const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()))
    socket.close(code, reason)
    const timer = setTimeout(() => socket.terminate(), patienceMs)
    return ended.then(() => clearTimeout(timer))
  }

  /** Where to begin: at the end without a wish; with one reset when what it asks for is gone. */
  async function begin(): Promise<number> {
    const { oldest, newest } = await store.eventRange()
    const { after = newest } = wish
    const isKept = oldest === 0 ? after === newest : after >= oldest - 1
    if (isKept && after <= newest) return after
    await send({ type: 'reset', id: newest, at: new Date(clock.now()).toISOString() })
    return newest
  }

  async function readOn() {
    let from = position ?? (await begin())
    while (isWoken && isOpen()) {
      isWoken = false
      const upTo = newest
      for (let isMore = true; isMore && isOpen(); ) {
        const events = await store.events(from, project, pageLength)
        for (const event of events) {
          await send(event)
          from = event.id
        }
        isMore = events.length === pageLength
      }
      // What is not of the project is not looked at again.
      from = Math.max(from, upTo)
    }
    position = from
    // In the same breath as the last look at `isWoken`: nobody can wake in between.
    isReading = false
  }

  function wake(stored = 0) {
    isWoken = true
    newest = Math.max(newest, stored)
    if (isReading || !isOpen()) return
    isReading = true
    readOn().catch((error: unknown) => {
      log.error({ err: error }, 'Events could not be read.')
      void end(1011, 'The events could not be read.')
    })
  }

  socket.on('pong', () => {
    isAlive = true
  })
  // Whatever is wrong with the connection ends in `close`.
  socket.on('error', () => socket.terminate())
  wake()
  return {
    wake,
    tell(event) {
      const isMine = project === undefined || project === event.project
      if (isMine && socket.bufferedAmount < aheadBytes) void send(event)
    },
    ping() {
      if (!isOpen()) return
      if (!isAlive) return socket.terminate()
      isAlive = false
      socket.ping()
    },
    end,
  }
}
