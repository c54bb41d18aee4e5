/** What a command says while it works: one updating line on a terminal, JSON lines everywhere else. */
import type { CommandEvent } from './context.ts'
import { createBar } from './progress-bar.ts'

/** The part of `process.stderr` that is used. */
export interface ProgressStream {
  write(text: string): unknown
  /** Width of a terminal. */
  readonly columns?: number | undefined
}

export interface Progress {
  readonly on: (event: CommandEvent) => void
  /** Ends the updating line, so that other text can follow. */
  close(): void
}

export interface ProgressOptions {
  readonly isTerminal: boolean
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number
}

export function createProgress(stream: ProgressStream, options: ProgressOptions): Progress {
  return options.isTerminal ? createBar(stream, options.now) : createLines(stream, options.now)
}

/** Between two lines of the events that come by the thousand. */
const MS_BETWEEN_LINES = 1000

/** One JSON object per event; iterations and predicted images at most once per second, and their last. */
function createLines(stream: ProgressStream, now: () => number): Progress {
  const written = new Map<string, number>()
  const isDue = (event: CommandEvent): boolean => {
    const { kind } = event
    if (kind !== 'iteration' && kind !== 'predicted') return true
    const time = now()
    const isLast =
      kind === 'iteration' ? event.iteration === event.iterations : event.done === event.total
    const since = time - (written.get(kind) ?? Number.NEGATIVE_INFINITY)
    if (!isLast && since < MS_BETWEEN_LINES) return false
    written.set(kind, time)
    return true
  }
  return {
    on(event) {
      if (isDue(event)) stream.write(`${JSON.stringify(event)}\n`)
    },
    close() {},
  }
}
