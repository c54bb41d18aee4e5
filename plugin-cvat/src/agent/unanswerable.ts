/** Why a request fails, in words for whoever has made it: nothing about this machine. */
import { Problem } from '@suggestive/shared/problem'

/** Its sentence is sent to CVAT. */
export class Unanswerable extends Problem {
  constructor(sentence: string, cause?: unknown) {
    super('wrong-use', sentence, { cause })
  }
}

/** One sentence; addresses and the like stay in the log. */
export function sentenceFor(error: unknown): string {
  return error instanceof Unanswerable
    ? error.message
    : 'The suggestions cannot be read at the moment: try again later; the log of the plugin says why.'
}

/** The server has forgotten what is asked for, or has given it to somebody else. */
export function isGone(error: unknown): boolean {
  return error instanceof Problem && (error.kind === 'not-found' || error.kind === 'conflict')
}

/** It may be otherwise in a moment. */
export function isPassing(error: unknown): boolean {
  return (
    error instanceof Problem && (error.kind === 'tool-failed' || error.kind === 'too-many-requests')
  )
}
