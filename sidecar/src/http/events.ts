/** The WebSocket `/v1/events`: what changed, replayed from an id and then live. */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import { WebSocketServer } from 'ws'
import type { HttpDeps } from './deps.ts'
import { admitListener } from './listener.ts'
import { problemOf } from './problem.ts'
import { createProgress } from './progress.ts'
import { refuseUpgrade } from './refuse.ts'
import { openSubscription, type Subscription } from './subscription.ts'

export interface EventTimes {
  /** Between two pings; who has not answered by the next one is gone. */
  readonly pingMs: number
  /** Between two progress events of a project. */
  readonly progressMs: number
  /** Most time that something may stay unsent. */
  readonly unsentMs: number
  /** How long a slow listener may take to read that it was closed. */
  readonly goodbyeMs: number
}

const usualTimes: EventTimes = {
  pingMs: 20_000,
  progressMs: 250,
  unsentMs: 5000,
  goodbyeMs: 5000,
}

/** Listeners at most. */
const mostListeners = 1000

export interface Events {
  /** Says goodbye to everybody. */
  close(): Promise<void>
}

export type EventDeps = Pick<HttpDeps, 'store' | 'conductor' | 'access' | 'clock' | 'log'>

/** Takes over all upgrades of the server. */
export function attachEvents(server: Server, deps: EventDeps, times = usualTimes): Events {
  const { store, conductor, clock, log } = deps
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, clientTracking: false })
  const open = new Set<Subscription>()
  const upgrading = new Set<Duplex>()
  let upgrades = 0

  async function upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const wish = await admitListener(request, deps, open.size < mostListeners)
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      const subscription = openSubscription(webSocket, wish, { store, clock, log, times })
      open.add(subscription)
      webSocket.on('close', () => open.delete(subscription))
      upgrading.delete(socket)
    })
  }

  function onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    // A client that is gone before it is answered.
    socket.on('error', () => socket.destroy())
    upgrading.add(socket)
    socket.once('close', () => upgrading.delete(socket))
    upgrade(request, socket, head).catch((error: unknown) => {
      const problem = problemOf(error)
      if (problem.status >= 500) log.error({ err: error }, problem.message)
      refuseUpgrade(socket, problem, `urn:suggestive-annotation:upgrade:${++upgrades}`)
    })
  }

  const progress = createProgress(clock, times.progressMs, (event: ProgressEvent) => {
    for (const one of open) one.tell(event)
  })
  const stopProgress = conductor.onProgress(progress.note)
  const stopEvents = store.onEvents((newest) => {
    for (const one of open) one.wake(newest)
  })
  const pings = setInterval(() => {
    for (const one of open) one.ping()
  }, times.pingMs).unref()
  server.on('upgrade', onUpgrade)

  return {
    async close() {
      server.off('upgrade', onUpgrade)
      clearInterval(pings)
      stopProgress()
      stopEvents()
      progress.close()
      await Promise.all([...open].map((one) => one.end(1001, 'The server stops.')))
      // Refused ones that did not read why, and those that are still being looked at.
      for (const socket of upgrading) socket.destroy()
    },
  }
}
