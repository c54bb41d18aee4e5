/** How often a job is tried, and how long its next attempt waits. */
import { Problem } from '@suggestive/shared/problem'

const pausesMs = [2000, 10_000, 60_000] as const

/** The first one and three more. */
export const attempts = pausesMs.length + 1

/** Milliseconds until the next attempt; undefined when it would end no better. */
export function pauseAfter(attempt: number, error: unknown): number | undefined {
  if (error instanceof Problem && isFinal(error)) return undefined
  return pausesMs[attempt - 1]
}

/** Nothing that goes away by itself. */
function isFinal({ kind }: Problem): boolean {
  return ['too-few-labels', 'wrong-use', 'unreadable-input', 'not-found', 'conflict'].includes(kind)
}
