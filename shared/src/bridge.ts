/** Connects one project of a labelling tool with the sidecar: labels and tasks in, the queue out. */
import { createBoard } from './bridge/board.ts'
import type { BridgeOptions } from './bridge/deps.ts'
import { foundFrom } from './bridge/failure.ts'
import { createLoop } from './bridge/loop.ts'
import { openSession, type Session } from './bridge/session.ts'
import type { BridgeStatus } from './bridge/status.ts'
import { Problem } from './problem.ts'

export interface Bridge {
  /** Polls now and from now on. */
  start(): void
  /** A hint that something may have happened: polls soon. What the hint says does not matter. */
  poke(): void
  /** Resolves at the end of a poll that began after this call. */
  poll(): Promise<void>
  status(): BridgeStatus
  /**
   * A task whose image has this SHA-256, in lower-case hex; undefined for an unknown image, also for one that was not
   * sent to the sidecar yet.
   */
  taskWith(imageDigest: string): string | undefined
  /** Resolves when no poll, publication or image is under way. */
  idle(): Promise<void>
  /** Stops everything; what was not finished is repeated after the next start. */
  stop(): Promise<void>
}

/** Polling is the truth: without a single event or hint, everything happens a poll later. */
export function createBridge(options: BridgeOptions): Bridge {
  const { sidecar, state, clock, timers, log, pollSeconds = 15, hintMs = 500 } = options
  const board = createBoard(sidecar)
  const stopping = new AbortController()
  const { signal } = stopping
  let session: Session | undefined
  let lastPollAt: number | null = null
  let isStarted = false
  let stopPolling = () => {}
  let stopHint: (() => void) | undefined
  if (state.fault !== undefined) {
    board.set('state', { sentence: state.fault, remedy: 'See whether the disk is sound.' })
  }

  const polls = createLoop(async () => {
    stopPolling()
    if (signal.aborted) return
    try {
      session ??= await openSession({ ...options, board }, () => void polls.run(), signal)
      await session.pass()
      lastPollAt = clock.now()
    } catch (error) {
      if (!signal.aborted) await failed(error)
    }
    if (isStarted && !signal.aborted) {
      stopPolling = timers.after(pollSeconds * 1000, () => void polls.run())
    }
  })

  async function failed(error: unknown) {
    log.error({ error: String(error) }, 'a poll failed, it is tried again')
    board.set('connection', foundFrom(error, 'It is tried again by itself at the next poll.'))
    // The sidecar has another database now: the project is connected anew.
    if (session === undefined || !(error instanceof Problem) || error.kind !== 'not-found') return
    const old = session
    session = undefined
    await old.close()
  }

  async function idle() {
    await polls.idle()
    await session?.idle()
  }

  return {
    start() {
      isStarted = true
      void polls.run()
    },
    poke() {
      if (!isStarted || signal.aborted) return
      stopHint ??= timers.after(hintMs, () => {
        stopHint = undefined
        void polls.run()
      })
    },
    poll: () => polls.run(),
    idle,
    taskWith: (digest) => session?.taskWith(digest),
    status: () => ({
      phase: phaseOf(signal.aborted, session),
      project: projectOf(session),
      hasEvents: session?.hasEvents() ?? false,
      lastPollAt,
      lastLabelAt: session?.facts.lastLabelAt ?? null,
      tasksListed: session?.facts.tasksListed ?? 0,
      tasksRead: session?.facts.tasksRead ?? 0,
      imagesSent: session?.images.sent ?? 0,
      imagesWaiting: session?.images.outstanding() ?? 0,
      published: session?.published() ?? 0,
      applied: session?.publisher.applied() ?? 0,
      problems: board.open(),
    }),
    async stop() {
      stopping.abort()
      stopPolling()
      stopHint?.()
      await polls.idle()
      await session?.close()
    },
  }
}

function phaseOf(isStopped: boolean, session: Session | undefined): BridgeStatus['phase'] {
  if (isStopped) return 'stopped'
  if (session === undefined) return 'connecting'
  return session.isComplete() ? 'running' : 'taking-in'
}

function projectOf(session: Session | undefined): BridgeStatus['project'] {
  if (session === undefined) return null
  const { title, url } = session.described()
  return { id: session.id, title, url }
}
