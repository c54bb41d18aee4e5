/** Rows of a queue: what was chosen, then the rest, then tasks whose image nobody has seen. */
import { Problem } from '@suggestive/shared/problem'
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import type { PoolImage, ProjectRecord, Store } from '../../ports/store.ts'
import type { RoundPorts } from './ports.ts'

export interface RankedImages {
  /** Image digests. */
  readonly order: readonly string[]
  readonly taskOf: ReadonlyMap<string, string>
  /** Batch of each of the first images, from 1. */
  readonly batchOf: readonly number[]
  readonly gains: ArrayLike<number>
  readonly uncertainty?: ArrayLike<number>
  readonly represents?: ArrayLike<number>
}

export function rowsOf(images: RankedImages): QueueRow[] {
  const { order, taskOf, batchOf, gains, uncertainty, represents } = images
  return order.flatMap((imageDigest, i) => {
    const taskKey = taskOf.get(imageDigest)
    if (taskKey === undefined) return []
    return {
      rank: i + 1,
      taskKey,
      imageDigest,
      batch: batchOf[i] ?? null,
      gain: gains[i] ?? null,
      uncertainty: uncertainty?.[i] ?? null,
      represents: represents?.[i] ?? null,
    }
  })
}

/** Everything that may be suggested but has no place yet: known images by digest, then unknown ones by task key. */
export async function queueTail(
  { store }: Pick<RoundPorts, 'store'>,
  record: ProjectRecord,
  pool: readonly PoolImage[],
  placed: ReadonlySet<string>,
  after: number,
): Promise<QueueRow[]> {
  const known = pool.filter(
    ({ imageDigest, inProgress }) => !inProgress && !placed.has(imageDigest),
  )
  const unseen = await unseenTasks(store, record)
  const rest = [
    ...known.map(({ taskKey, imageDigest }) => ({ taskKey, imageDigest })),
    ...unseen.map((taskKey) => ({ taskKey, imageDigest: null })),
  ]
  const nothing = { batch: null, gain: null, uncertainty: null, represents: null }
  return rest.map((row, i) => ({ rank: after + i + 1, ...row, ...nothing }))
}

/** Keys of open, unlabelled tasks whose image has no known digest, in byte order. */
export async function unseenTasks(store: Store, { id, counts }: ProjectRecord): Promise<string[]> {
  if (counts.images >= counts.tasks) return []
  const keys: string[] = []
  let after: string | undefined
  do {
    const page = await store.tasks(id, { limit: 1000, after })
    for (const { taskKey, imageDigest, state, label } of page.items) {
      if (imageDigest === null && state === 'open' && label === 'none') keys.push(taskKey)
    }
    after = page.next ?? undefined
  } while (after !== undefined)
  return keys.sort()
}

/** Rows of one transaction. */
const rowSlice = 500

/** @throws Problem `cancelled` between two slices */
export async function stage(
  store: Store,
  project: string,
  draft: string,
  rows: readonly QueueRow[],
  signal: AbortSignal,
): Promise<void> {
  // An empty queue is a queue, too: its draft has to exist.
  for (let first = 0; first === 0 || first < rows.length; first += rowSlice) {
    if (signal.aborted) throw new Problem('cancelled', 'The round was cancelled.')
    await store.stageQueue(project, draft, rows.slice(first, first + rowSlice))
  }
}
