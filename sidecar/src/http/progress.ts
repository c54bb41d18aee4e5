/** Thins out progress: the newest of each project, at most once in so many milliseconds. */
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import type { Clock } from '../ports/clock.ts'

export interface Progress {
  note(event: ProgressEvent): void
  close(): void
}

export function createProgress(
  clock: Clock,
  intervalMs: number,
  tell: (event: ProgressEvent) => void,
): Progress {
  const told = new Map<string, number>()
  const waiting = new Map<string, { event: ProgressEvent; readonly timer: NodeJS.Timeout }>()
  function now(event: ProgressEvent) {
    told.set(event.project, clock.now())
    tell(event)
  }
  return {
    note(event) {
      const { project } = event
      const earlier = waiting.get(project)
      if (earlier !== undefined) {
        earlier.event = event
        return
      }
      const wait = (told.get(project) ?? Number.NEGATIVE_INFINITY) + intervalMs - clock.now()
      if (wait <= 0) return now(event)
      const timer = setTimeout(() => {
        const latest = waiting.get(project)
        waiting.delete(project)
        if (latest !== undefined) now(latest.event)
      }, wait).unref()
      waiting.set(project, { event, timer })
    },
    close() {
      for (const { timer } of waiting.values()) clearTimeout(timer)
      waiting.clear()
    },
  }
}
