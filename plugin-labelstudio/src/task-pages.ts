/** Long lists of tasks. */

import { afterId, type TaskQuery } from './client/task-query.ts'
import type { Task } from './client/wire.ts'
import type { Client } from './client.ts'

const pageSize = 1000

/**
 * By id, each page after the last id of the one before: tasks that come or go meanwhile make nothing be left out.
 *
 * @param query the selection behind an id
 */
export async function* taskPages(
  client: Pick<Client, 'tasks'>,
  project: number,
  signal: AbortSignal,
  query: (after: number) => TaskQuery = afterId,
): AsyncIterable<readonly Task[]> {
  for (let last = 0; ; ) {
    const page = { project, query: query(last), page: 1, size: pageSize }
    const { tasks } = await client.tasks(page, signal)
    if (tasks.length > 0) yield tasks
    if (tasks.length < pageSize) return
    last = tasks.at(-1)?.id ?? last
  }
}
