/** What all parts of the tool share about one project. */
import { Problem } from '@suggestive/shared/problem'
import type { Stage } from '../client/wire.ts'
import type { Client } from '../client.ts'
import type { Classes } from '../codec/classes.ts'
import { Pool } from '../pool.ts'
import type { Ledger } from '../state.ts'
import type { JobList } from './job-list.ts'
import type { TaskList } from './task-list.ts'
import type { Turns } from './turns.ts'

export interface Access {
  readonly client: Client
  /** Id in CVAT. */
  readonly project: number
  readonly ledger: Ledger
  readonly jobs: JobList
  readonly tasks: TaskList
  /** From which on a completed job is finished. */
  readonly stage: Stage
  /** Milliseconds since 1970. */
  readonly now: () => number
  /** Everything that looks whose a job is and then gives it to somebody. */
  readonly assigning: Turns
  /** Tasks whose jobs were looked for once more, by the date at which that was done. */
  readonly completed: Map<number, string>
  readonly report: (key: 'tasks', sentence: string | undefined) => void
  /** @param isFresh whether they are read again: a label may have been added */
  classes(signal: AbortSignal, isFresh?: boolean): Promise<Classes>
}

/** As it is now. */
export async function readPool(access: Access, signal: AbortSignal): Promise<Pool> {
  const { jobs, tasks, ledger, completed, report } = access
  const { usable, leftOut } = await tasks.read(signal)
  report('tasks', leftOut)
  let all = await jobs.refresh(signal)
  const covered = new Map<number, number>()
  for (const { task_id, start_frame, stop_frame } of all.values()) {
    covered.set(task_id, (covered.get(task_id) ?? 0) + stop_frame - start_frame + 1)
  }
  for (const { task, meta } of usable) {
    if ((covered.get(task.id) ?? 0) >= meta.size) continue
    if (completed.get(task.id) === task.updated_date) continue
    completed.set(task.id, task.updated_date)
    await jobs.readTask(task.id, signal)
    all = await jobs.refresh(signal)
  }
  return new Pool(usable, all.values(), await ledger.read())
}

/** Runs something on what others may have deleted meanwhile. @returns undefined then */
export async function unlessGone<Result>(work: Promise<Result>): Promise<Result | undefined> {
  try {
    return await work
  } catch (error) {
    if (error instanceof Problem && error.kind === 'not-found') return undefined
    throw error
  }
}
