/** One line of a test of the connection. */
import { Problem } from '../problem.ts'

export interface Check {
  readonly name: string
  /** `note`: it works, but somebody should know; `broken`: connecting makes no sense before it is changed. */
  readonly state: 'ok' | 'note' | 'broken'
  /** For people; what is wrong names what to change. */
  readonly finding: string
}

export const ok = (name: string, finding: string): Check => ({ name, state: 'ok', finding })
export const note = (name: string, finding: string): Check => ({ name, state: 'note', finding })
export const broken = (name: string, finding: string): Check => ({ name, state: 'broken', finding })

/** @throws whatever is no fault of the configuration */
export function brokenBy(name: string, error: unknown): Check {
  if (error instanceof Problem && error.kind !== 'cancelled') return broken(name, error.message)
  throw error
}
