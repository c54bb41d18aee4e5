/** Sends the images that the sidecar asks for: some at a time, none twice, broken ones not for ever. */
import { createHash } from 'node:crypto'
import type { Connection } from './deps.ts'
import { isFinal, sentenceOf } from './failure.ts'
import type { Mirror } from './mirror.ts'

export interface Images {
  /** Tasks whose image the sidecar lacks. */
  want(taskKeys: readonly string[]): void
  /** Tasks whose image may be another one now. */
  check(taskKeys: readonly string[]): void
  /** Tries again what failed for a reason that may have passed. */
  retry(): void
  /** Waiting or under way. */
  outstanding(): number
  /** Everything that was wanted is sent, or will not be sent however often it is tried. */
  isSettled(): boolean
  readonly sent: number
  /** Resolves when nothing is outstanding. */
  idle(): Promise<void>
}

interface Failure {
  readonly count: number
  /** Milliseconds since 1970. */
  readonly until: number
  readonly isFinal: boolean
}

const sideBySide = 4
/** Pause after the first failure; doubled at each further one. */
const [transientMs, finalMs] = [15_000, 3_600_000]
const mostMs = 24 * 3_600_000
/** A passing fault is told from the third time on. */
const patience = 3

export function createImages(
  ports: Pick<Connection, 'tool' | 'sidecar' | 'clock' | 'log' | 'board' | 'id'> & {
    readonly mirror: Mirror
  },
  signal: AbortSignal,
): Images {
  const { tool, sidecar, mirror, board, clock, log } = ports
  /** True: the known digest does not count. */
  const waiting = new Map<string, boolean>()
  const failures = new Map<string, Failure>()
  const waiters = new Set<() => void>()
  let running = 0
  let sent = 0

  async function deliver(taskKey: string, isDoubted: boolean) {
    const task = mirror.get(taskKey)
    if (task === undefined || task.state === 'gone') return
    if (!isDoubted && task.imageDigest !== undefined) {
      const missing = await sidecar.missingImages([task.imageDigest], signal)
      if (missing.length === 0) return
    }
    const { bytes } = await tool.image(taskKey, signal)
    const digest = createHash('sha256').update(bytes).digest('hex')
    if ((await sidecar.missingImages([digest], signal)).length > 0) {
      await sidecar.putImage(digest, bytes, signal)
      sent++
    }
    // The size is the image's own from now on, whatever was known of another one before.
    mirror.set(taskKey, { imageDigest: digest, width: undefined, height: undefined })
    await mirror.flush(signal)
  }

  function failed(taskKey: string, error: unknown) {
    if (signal.aborted) return
    const count = (failures.get(taskKey)?.count ?? 0) + 1
    const final = isFinal(error)
    const pauseMs = Math.min(mostMs, (final ? finalMs : transientMs) * 2 ** (count - 1))
    failures.set(taskKey, { count, until: clock.now() + pauseMs, isFinal: final })
    log.warn({ task: taskKey, count, error: String(error) }, 'an image could not be sent')
    if (!final && count < patience) return
    board.setOf('image', taskKey, {
      sentence: `The image of task ${taskKey} is left out. ${sentenceOf(error)}`,
      remedy: 'See whether the image opens in the tool; replace it or delete the task.',
      url: mirror.get(taskKey)?.url,
    })
  }

  function next() {
    while (running < sideBySide && !signal.aborted) {
      const [first] = waiting
      if (first === undefined) break
      const [taskKey, isDoubted] = first
      waiting.delete(taskKey)
      running++
      deliver(taskKey, isDoubted)
        .then(
          () => {
            failures.delete(taskKey)
            board.clearOf('image', taskKey)
          },
          (error: unknown) => failed(taskKey, error),
        )
        .finally(() => {
          running--
          next()
        })
    }
    if (running > 0 || (waiting.size > 0 && !signal.aborted)) return
    for (const done of waiters) done()
    waiters.clear()
  }

  return {
    want(taskKeys) {
      for (const key of taskKeys) {
        const isTooEarly = clock.now() < (failures.get(key)?.until ?? 0)
        if (!isTooEarly && !waiting.has(key)) waiting.set(key, false)
      }
      next()
    },
    check(taskKeys) {
      for (const key of taskKeys) {
        failures.delete(key)
        waiting.set(key, true)
      }
      next()
    },
    retry() {
      const now = clock.now()
      for (const [key, failure] of failures) {
        if (!failure.isFinal && failure.until <= now && !waiting.has(key)) waiting.set(key, false)
      }
      next()
    },
    outstanding: () => waiting.size + running,
    isSettled: () =>
      waiting.size + running === 0 && ![...failures.values()].some(({ isFinal }) => !isFinal),
    get sent() {
      return sent
    },
    idle: () =>
      new Promise((resolve) => {
        waiters.add(resolve)
        next()
      }),
  }
}
