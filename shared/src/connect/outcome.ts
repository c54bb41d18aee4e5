/** What connecting a project finds and does, the same for every tool: the form and the command line show it. */
import type { Check } from './check.ts'

export interface ListedProject {
  /** The tool's own. */
  readonly id: number
  readonly title: string
  readonly tasks: number | null
  readonly isConnected: boolean
}

export interface Outcome {
  readonly checks: readonly Check[]
  readonly projects: readonly ListedProject[]
  /** What connecting changes in the tool. */
  readonly changes: readonly string[]
  readonly isConnected: boolean
}

export interface Connector<Wish> {
  /** Changes nothing but for a webhook that is there for a moment. */
  check(wish: Wish, signal: AbortSignal): Promise<Outcome>
  /** Nothing is changed when a check is broken. */
  connect(wish: Wish, signal: AbortSignal): Promise<Outcome>
  /** Restores the project as it was. @throws Problem when the tool does not answer; it can be repeated */
  disconnect(project: number, signal: AbortSignal): Promise<void>
}
