/** Calls about tasks and what people have said about them. */
import type { Caller } from './call.ts'
import { type TaskQuery, withIds } from './task-query.ts'
import * as wire from './wire.ts'

export interface TaskPage {
  readonly project: number
  readonly query?: TaskQuery
  /** From 1. */
  readonly page: number
  readonly size: number
}

export function taskCalls({ json, optional }: Caller) {
  return {
    /** Without annotations and predictions; no tasks past the end. */
    async tasks({ project, query, page, size }: TaskPage, signal: AbortSignal) {
      const parameters = {
        project,
        page,
        page_size: size,
        ...tersely,
        ...(query === undefined ? {} : { query: JSON.stringify(query) }),
      }
      const what = `page ${page} of the tasks of project ${project}`
      const call = { method: 'GET', path: 'api/tasks', query: parameters, what } as const
      if (page === 1) return json(call, wire.taskList, signal)
      return (await optional(call, wire.taskList, signal)) ?? { total: 0, tasks: [] }
    },

    /**
     * Annotations as the codec reads them, skips included, and predictions; tasks that do not exist any more are absent. The
     * address of one task's annotations would leave out skips.
     */
    async answers(project: number, ids: readonly number[], signal: AbortSignal) {
      const query = {
        project,
        page: 1,
        page_size: ids.length,
        ...wholly,
        query: JSON.stringify(withIds(ids)),
      }
      const what = `annotations of project ${project}`
      const call = { method: 'GET', path: 'api/tasks', query, what } as const
      return (await json(call, wire.answers, signal)).tasks
    },
  }
}

/** Without what is not read each task costs the server an eighth; addresses stay as they were imported. */
const tersely = {
  fields: 'task_only',
  include: 'id,data,updated_at,is_labeled,total_annotations,cancelled_annotations',
  resolve_uri: 'false',
}

/** Names of fields at any depth. */
const wholly = {
  fields: 'all',
  include: [
    ...[
      'id',
      'annotations',
      'result',
      'was_cancelled',
      'ground_truth',
      'lead_time',
      'completed_by',
    ],
    ...['created_at', 'updated_at', 'parent_prediction', 'predictions', 'model_version'],
  ].join(','),
  resolve_uri: 'false',
}
