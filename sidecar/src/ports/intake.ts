/** Large bodies, parsed, checked and written where that blocks nobody. */
import type { TaskInput } from '@suggestive/shared/protocol/task'
import type { NewLabel } from './store.ts'

/** Valid as a whole before the first slice is seen; slices of at most 200 items, in the order sent. */
export type Slices<Item> = AsyncIterable<readonly Item[]>

/** What is needed of a project to read its labels. */
export interface LabelScope {
  readonly project: string
  readonly tool: string
  readonly classIds: readonly number[]
}

/**
 * Reads JSON bodies. The bytes belong to the intake from the call on: they may be moved to another thread.
 *
 * All methods throw Problem `wrong-use` for what is no JSON (naming line and column) or does not fit the schema
 * (naming each field by its JSON pointer).
 */
export interface Intake {
  /** A body of `tasksBody`. */
  tasks(body: Uint8Array): Promise<Slices<TaskInput>>
  /** A body of `labelsBody`; masks are checked, of the project's classes, and packed. */
  labels(
    body: Uint8Array,
    scope: LabelScope,
  ): Promise<{ readonly beforeConnection: boolean; readonly slices: Slices<NewLabel> }>
  /** The other way: a packed mask as the JSON of a `RunMask`. The bytes belong to the intake, too. */
  maskText(packed: Uint8Array): Promise<Uint8Array>
}
