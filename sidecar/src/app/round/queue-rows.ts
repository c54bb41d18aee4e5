/** Rows of a queue: what was chosen, then the rest, then tasks whose image nobody has seen. One by one: it may be long. */
import { Problem } from '@suggestive/shared/problem'
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import type { PoolImage, ProjectRecord, Store } from '../../ports/store.ts'
import { createBreath } from './breathe.ts'
import type { RoundPorts } from './ports.ts'

export interface RankedImages {
  /** Image digests. */
  readonly order: readonly string[]
  /** Batch of each of the first images, from 1. */
  readonly batchOf: readonly number[]
  readonly gains: ArrayLike<number>
  readonly uncertainty?: ArrayLike<number>
  readonly represents?: ArrayLike<number>
}

type Ports = Pick<RoundPorts, 'store' | 'timers'>

const nothing = { batch: null, gain: null, uncertainty: null, represents: null }

/** Task keys that are read at a time. */
const keySlice = 1000

/** The ranked images, then everything that may be suggested, too: known images by digest, then unknown ones by key. */
export async function* queueOf(
  ports: Ports,
  record: ProjectRecord,
  pool: readonly PoolImage[],
  ranked: RankedImages,
): AsyncGenerator<QueueRow, void, undefined> {
  const { order, batchOf, gains, uncertainty, represents } = ranked
  const taskOf = await tasksOfPool(ports, pool)
  const breathe = createBreath(ports)
  const placed = new Set<string>()
  for (const [i, imageDigest] of order.entries()) {
    await breathe()
    const taskKey = taskOf.get(imageDigest)
    if (taskKey === undefined || placed.has(imageDigest)) continue
    placed.add(imageDigest)
    yield {
      rank: placed.size,
      taskKey,
      imageDigest,
      batch: batchOf[i] ?? null,
      gain: gains[i] ?? null,
      uncertainty: uncertainty?.[i] ?? null,
      represents: represents?.[i] ?? null,
    }
  }
  yield* queueTail(ports, record, pool, placed)
}

/** Everything that may be suggested but has no place yet: known images by digest, then unknown ones by task key. */
export async function* queueTail(
  ports: Ports,
  record: ProjectRecord,
  pool: readonly PoolImage[],
  placed: ReadonlySet<string>,
): AsyncGenerator<QueueRow, void, undefined> {
  const breathe = createBreath(ports)
  let rank = placed.size
  for (const { taskKey, imageDigest, inProgress } of pool) {
    await breathe()
    if (inProgress || placed.has(imageDigest)) continue
    yield { rank: ++rank, taskKey, imageDigest, ...nothing }
  }
  for await (const taskKey of unseenTasks(ports.store, record)) {
    yield { rank: ++rank, taskKey, imageDigest: null, ...nothing }
  }
}

/** The task by which people know each image of the pool. */
export async function tasksOfPool(
  ports: Pick<RoundPorts, 'timers'>,
  pool: readonly PoolImage[],
): Promise<ReadonlyMap<string, string>> {
  const breathe = createBreath(ports)
  const taskOf = new Map<string, string>()
  for (const { imageDigest, taskKey } of pool) {
    await breathe()
    taskOf.set(imageDigest, taskKey)
  }
  return taskOf
}

/** Keys of open, unlabelled tasks whose image has no known digest, in byte order. */
export async function* unseenTasks(store: Store, { id, counts }: ProjectRecord) {
  if (counts.images >= counts.tasks) return
  let after = ''
  for (;;) {
    const keys = await store.tasksOfUnknownImage(id, after, keySlice)
    yield* keys
    after = keys.at(-1) ?? ''
    if (keys.length < keySlice) return
  }
}

/** All rows of a revision as far as they are kept. */
export async function* rowsOfRevision(
  store: Pick<Store, 'queueRows'>,
  project: string,
  revision: number,
): AsyncGenerator<QueueRow, void, undefined> {
  let after = 0
  for (;;) {
    const rows = await store.queueRows(project, revision, after, rowSlice)
    yield* rows
    after = rows.at(-1)?.rank ?? after
    if (rows.length < rowSlice) return
  }
}

/** Rows of one transaction. */
const rowSlice = 200

/** @throws Problem `cancelled` between two slices */
export async function stage(
  store: Store,
  project: string,
  draft: string,
  rows: AsyncIterable<QueueRow>,
  signal: AbortSignal,
): Promise<void> {
  let slice: QueueRow[] = []
  const put = async () => {
    if (signal.aborted) throw new Problem('cancelled', 'The round was cancelled.')
    await store.stageQueue(project, draft, slice)
    slice = []
  }
  // An empty queue is a queue, too: its draft has to exist.
  await put()
  for await (const row of rows) {
    slice.push(row)
    if (slice.length === rowSlice) await put()
  }
  if (slice.length > 0) await put()
}
