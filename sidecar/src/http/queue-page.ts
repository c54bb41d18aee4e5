/** Pages of a queue that do not mix revisions. */
import { Problem } from '@suggestive/shared/problem'
import type { QueuePage } from '@suggestive/shared/protocol/queue'
import type { PageQuery, ProjectRecord, Store } from '../ports/store.ts'

/**
 * A cursor is `REVISION.RANK`: while somebody reads page after page, a new revision may be published.
 *
 * @param revision the current one when absent
 * @throws Problem `not-found` without such a revision, `precondition-failed` when that of the cursor is no longer kept,
 *   `wrong-use` for a cursor of another list
 */
export async function queuePageOf(
  store: Store,
  project: ProjectRecord,
  { limit, after }: PageQuery,
  revision?: number,
): Promise<QueuePage> {
  const cursor = after === undefined ? undefined : cursorOf(after, revision)
  if (
    cursor !== undefined &&
    revision === undefined &&
    cursor.revision < project.queueRevision - 1
  ) {
    throw new Problem(
      'precondition-failed',
      `The queue has changed twice since revision ${cursor.revision}: read it again from the beginning.`,
    )
  }
  const queue = await store.queue(project.id, revision ?? cursor?.revision)
  if (queue === undefined) {
    throw new Problem(
      'not-found',
      revision === undefined
        ? `The project ${project.id} has no queue yet: send its tasks and images, the first queue follows by itself.`
        : `The project ${project.id} has no queue revision ${revision}: list the revisions.`,
    )
  }
  const rank = cursor?.rank ?? 0
  const items = await store.queueRows(project.id, queue.revision, rank, limit)
  const last = items.at(-1)?.rank ?? queue.length
  const isLast = items.length < limit || last >= queue.length
  return { queue, items: [...items], next: isLast ? null : `${queue.revision}.${last}` }
}

function cursorOf(after: string, revision: number | undefined) {
  const [, named, rank] = /^(\d{1,10})\.(\d{1,10})$/.exec(after) ?? []
  if (named !== undefined && (revision === undefined || Number(named) === revision)) {
    return { revision: Number(named), rank: Number(rank) }
  }
  throw new Problem(
    'wrong-use',
    `The cursor ${after} belongs to another list: take the one in next of the page before.`,
    { errors: [{ pointer: '/after', detail: 'belongs to another list' }] },
  )
}
