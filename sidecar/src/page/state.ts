/** What the page shows, read from the store. */
import type { ProblemView } from '@suggestive/shared/protocol/event'
import type { ProjectView } from '@suggestive/shared/protocol/project'
import type { QueueRow, QueueSummary, ReceiptRecord } from '@suggestive/shared/protocol/queue'
import type { RoundView } from '@suggestive/shared/protocol/round'
import type { ProjectRecord, Store } from '../ports/store.ts'

export interface ShownRow extends QueueRow {
  readonly name: string
  readonly url: string | null
}

export interface ShownProject {
  readonly project: ProjectView
  /** The latest one. */
  readonly round: RoundView | undefined
  readonly queue: QueueSummary | undefined
  /** The first ones of the queue. */
  readonly rows: readonly ShownRow[]
  /** What the tool says it serves. */
  readonly receipt: ReceiptRecord | undefined
}

export interface PageState {
  readonly projects: readonly ShownProject[]
  readonly problems: readonly ProblemView[]
  /** Of the newest event that this state contains. */
  readonly eventId: number
}

type Read = Pick<
  Store,
  'projects' | 'problems' | 'eventRange' | 'round' | 'queue' | 'queueRows' | 'task' | 'receipts'
>

const rowsShown = 8

/** @param viewOf adds the next step */
export async function readState(
  store: Read,
  viewOf: (project: ProjectRecord) => Promise<ProjectView>,
): Promise<PageState> {
  // First: what happens meanwhile is told again.
  const { newest } = await store.eventRange()
  const records = await store.projects()
  const projects = await Promise.all(
    records.map(async (record) => shownProject(store, await viewOf(record))),
  )
  return { projects, problems: await store.problems(), eventId: newest }
}

async function shownProject(store: Read, project: ProjectView): Promise<ShownProject> {
  const { id } = project
  const queue = await store.queue(id)
  const rows = queue === undefined ? [] : await store.queueRows(id, queue.revision, 0, rowsShown)
  const [receipt] = (await store.receipts(id, { limit: 1 })).items
  return {
    project,
    round: project.round === 0 ? undefined : await store.round(id, project.round),
    queue,
    rows: await Promise.all(
      rows.map(async (row) => {
        const task = await store.task(id, row.taskKey)
        return { ...row, name: task?.name ?? row.taskKey, url: task?.url ?? null }
      }),
    ),
    receipt,
  }
}
