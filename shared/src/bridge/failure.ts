/** What went wrong, for people. */
import { Problem, type ProblemKind } from '../problem.ts'
import type { Found } from './board.ts'

/** What is wrong with one thing, and stays so however often it is asked for. */
const final: readonly ProblemKind[] = [
  'unreadable-input',
  'too-large',
  'wrong-use',
  'not-found',
  'forbidden',
  'digest-mismatch',
  'wrong-media-type',
]

export function isFinal(error: unknown): boolean {
  return error instanceof Problem && final.includes(error.kind)
}

/** Faults of ours are not told to people in words that they cannot understand. */
export function sentenceOf(error: unknown): string {
  if (error instanceof Problem) return error.message
  return 'Something unexpected went wrong in the plugin: its log says more.'
}

export function foundFrom(error: unknown, remedy: string): Found {
  return { sentence: sentenceOf(error), remedy }
}
