/** The frames of a task that a request is about, and what the product calls them. */
import type { Pool } from '../pool.ts'
import type { Question } from './question.ts'
import { Unanswerable } from './unanswerable.ts'

export interface WantedFrame {
  /** The task's number of it. */
  readonly frame: number
  /** Undefined for a frame that is none of the pool and no copy of one. */
  readonly taskKey: string | undefined
  /** In pixels. */
  readonly width: number
  readonly height: number
}

/** In the task's order, without deleted ones. @throws Unanswerable when there is no such task or frame in the project */
export function framesFor(
  { task, frame: wanted }: Pick<Question, 'task' | 'frame'>,
  pool: Pool,
): readonly WantedFrame[] {
  const found = pool.tasks.get(task)
  if (found === undefined) {
    throw new Unanswerable(
      `Task ${task} has no suggestions: this function is for tasks with images of the project that it is named after.`,
    )
  }
  const keys = new Map<number, string>()
  for (const job of pool.jobs.values()) {
    if (job.task_id !== task) continue
    for (const [frame, key] of pool.keysOf(job.id)) keys.set(frame, key)
  }
  const deleted = new Set(found.meta.deleted_frames)
  const frames = found.meta.frames.flatMap(({ width, height }, frame) => {
    const isMeant = !deleted.has(frame) && (wanted === undefined || wanted === frame)
    return isMeant ? [{ frame, taskKey: keys.get(frame), width, height }] : []
  })
  if (wanted !== undefined && frames.length === 0) {
    throw new Unanswerable(`Task ${task} has no frame ${wanted}, or it was deleted.`)
  }
  return frames
}
