/** What a page or `doctor` shows of a bridge. */
import type { ProblemReport } from '../protocol/problem-report.ts'

export interface BridgeStatus {
  readonly phase: 'connecting' | 'taking-in' | 'running' | 'stopped'
  /** Null until it is connected. */
  readonly project: { readonly id: string; readonly title: string; readonly url: string } | null
  /** The sidecar's events arrive; without them everything comes a poll later. */
  readonly hasEvents: boolean
  /** Milliseconds since 1970; null for never. */
  readonly lastPollAt: number | null
  /** When the sidecar last got a new label. */
  readonly lastLabelAt: number | null
  /** Of the first reading. */
  readonly tasksListed: number
  readonly tasksRead: number
  readonly imagesSent: number
  readonly imagesWaiting: number
  /** Of the queue; 0 before the first. */
  readonly published: number
  readonly applied: number
  readonly problems: readonly ProblemReport[]
}
