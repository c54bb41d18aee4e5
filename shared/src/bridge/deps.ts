/** What a bridge is given, and what its parts share. */
import type { ProjectSettings } from '../protocol/project.ts'
import type { SidecarClient } from '../sidecar-client.ts'
import type { AnnotationTool } from '../tool.ts'
import type { Board } from './board.ts'
import type { State } from './state.ts'

/** Milliseconds since 1970. */
export interface Clock {
  now(): number
}

export interface Timers {
  /** Calls back once after so many milliseconds. @returns how to prevent that */
  after(ms: number, callback: () => void): () => void
}

/** Structured lines; pino fits. Never pixels, never secrets. */
export interface Log {
  info(fields: object, sentence: string): void
  warn(fields: object, sentence: string): void
  error(fields: object, sentence: string): void
}

export interface BridgeOptions {
  readonly tool: AnnotationTool
  readonly sidecar: SidecarClient
  readonly state: State
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  /** Of the sidecar's page, as people open it; the sidecar's own address when absent. */
  readonly page?: string
  /** Of a project that is new to the sidecar. */
  readonly settings?: Partial<ProjectSettings>
  /** Between two polls; default 15. */
  readonly pollSeconds?: number
  /** Between a hint and the poll that follows; default 500. */
  readonly hintMs?: number
  /** What is done when somebody has changed the tool so that it does not serve the queue; default `report`. */
  readonly onDrift?: 'report' | 'repair'
}

/** Of one connected project, to the parts of its bridge. */
export interface Connection
  extends Pick<BridgeOptions, 'tool' | 'sidecar' | 'clock' | 'log' | 'state'> {
  /** Its name in the sidecar. */
  readonly id: string
  readonly board: Board
  /** Of the project on the sidecar's page. */
  readonly page: string
}
