/** What the command line provides to its commands. */
import type { ReplayEvent } from '../app/replay/events.ts'
import type { EngineInfo } from '../ports.ts'
import type { ReplayContext } from './replay.ts'

export type CommandEvent =
  | ReplayEvent
  /** Something that people want to know and that is no warning. */
  | { readonly kind: 'note'; readonly sentence: string }
  | ({ readonly kind: 'engine'; readonly why: string } & EngineInfo)

export interface CommandContext extends Omit<ReplayContext, 'on'> {
  readonly on: (event: CommandEvent) => void
}
