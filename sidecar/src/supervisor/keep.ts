/** Keeps one child process running until it is stopped. */
import type { ChildProcess } from 'node:child_process'
import { type FromChild, fromChild, type ToChild } from './messages.ts'
import { createRestarts } from './restarts.ts'

export interface Surroundings {
  /** Starts the process; it has a channel for messages. */
  fork(): ChildProcess
  /** Milliseconds of a clock that never goes back. */
  now(): number
  /** Calls later. @returns how to prevent that */
  later(action: () => void, delayMs: number): () => void
}

export interface KeepEvents {
  onReady(address: string | null): void
  /** It says itself that it cannot start; it is not started again when it never worked before. */
  onRefused(sentence: string, exitCode: number): void
  onCrash(how: string, delayMs: number, isLoop: boolean): void
  /** No crash for ten minutes after a loop. */
  onCalm(): void
  /** It ended although nobody asked and nothing was wrong. */
  onEnd(): void
}

export interface Kept {
  readonly pid: number | undefined
  send(message: ToChild): void
  /** Asks it to end; kills it when it takes longer than `patienceMs`. */
  stop(patienceMs: number): Promise<void>
}

/** How often it is looked whether a crash loop is over. */
const calmCheckMs = 60_000

export function keepRunning(surroundings: Surroundings, events: KeepEvents): Kept {
  const restarts = createRestarts()
  let child: ChildProcess | undefined
  let isStopping = false
  let wasReady = false
  let isLooping = false
  let cancel = () => {}
  let ended = () => {}

  function start() {
    const running = surroundings.fork()
    child = running
    let refusal: Extract<FromChild, { kind: 'refused' }> | undefined
    let isOver = false
    running.on('message', (message) => {
      const parsed = fromChild.safeParse(message)
      if (!parsed.success) return
      if (parsed.data.kind === 'refused') {
        refusal = parsed.data
        return
      }
      wasReady = true
      events.onReady(parsed.data.address)
      if (isLooping) watchCalm()
    })
    const end = (how: string, code: number | null) => {
      if (isOver) return
      isOver = true
      child = undefined
      cancel()
      if (isStopping) return ended()
      if (code === 0) return events.onEnd()
      if (refusal !== undefined && !wasReady)
        return events.onRefused(refusal.sentence, refusal.exitCode)
      const { delayMs, isLoop } = restarts.crashed(surroundings.now())
      isLooping = isLoop
      events.onCrash(refusal?.sentence ?? how, delayMs, isLoop)
      cancel = surroundings.later(start, delayMs)
    }
    running.on('error', (error) => end(error.message, null))
    running.on('exit', (code, signal) => end(signal ?? `exit code ${code}`, code))
  }

  function watchCalm() {
    cancel = surroundings.later(() => {
      if (!restarts.isCalm(surroundings.now())) return watchCalm()
      isLooping = false
      events.onCalm()
    }, calmCheckMs)
  }

  start()
  return {
    get pid() {
      return child?.pid
    },
    send(message) {
      if (child?.connected === true) child.send(message)
    },
    async stop(patienceMs) {
      isStopping = true
      cancel()
      const running = child
      if (running === undefined) return
      const over = new Promise<void>((resolve) => {
        ended = resolve
      })
      running.kill('SIGTERM')
      const forget = surroundings.later(() => running.kill('SIGKILL'), patienceMs)
      await over
      forget()
    },
  }
}
