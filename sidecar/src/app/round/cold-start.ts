/** A queue before any model exists: images that look different first. Never empty while there are tasks. */
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import type { LabelledImage, PoolImage, ProjectRecord, Store } from '../../ports/store.ts'
import type { NamedImage } from '../../ports/workshop.ts'
import { type Asked, ask, unseenKeys } from './asking.ts'
import { createBreath } from './breathe.ts'
import { reportLeftOut } from './left-out.ts'
import type { RoundPorts } from './ports.ts'
import { queueOf, rowsOfRevision, stage } from './queue-rows.ts'

/** No image arrived for so long: what is here is published. */
const quietMs = 10_000
/** Images keep arriving: what is here is published this often. */
const patienceMs = 60_000
/** Labelled images that are read at a time. */
const labelledSlice = 1000
/** Images that are described at a time. */
const batch = 32
/** How long images are described before the pool is looked at again, which takes longer the larger it is. */
const stepMs = 5000
/** How soon to look again while something is missing. */
const lookMs = 1000

/** What is known of a project that has no model yet. */
export interface ColdStart {
  readonly since: number
  readonly shards: string[]
  /** Digests of images whose appearance is known. */
  readonly known: Set<string>
  arrivedAt: number
  published: { readonly at: number; readonly state: string } | undefined
}

export const newColdStart = (now: number): ColdStart => ({
  since: now,
  shards: [],
  known: new Set(),
  arrivedAt: now,
  published: undefined,
})

type Publish = (work: () => Promise<void>) => Promise<void>

/**
 * Describes what has arrived, asks for what is missing, publishes when it is time.
 *
 * @param publish runs its argument unless the project has got a model meanwhile
 * @returns when to be called again, milliseconds since 1970; undefined when only an arrival changes anything
 */
export async function coldStartStep(
  ports: RoundPorts,
  record: ProjectRecord,
  state: ColdStart,
  asked: Asked,
  publish: Publish,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { store, clock } = ports
  const project = record.id
  const began = clock.now()
  const pool = await store.pool(project, Math.max(1, record.round))
  const labelled = await labelledImages(store, project)
  const breathe = createBreath(ports)
  const waiting: NamedImage[] = []
  const missing = new Set(await unseenKeys(ports, project, asked))
  for (const { imageDigest, taskKey, stored } of [...labelled, ...pool]) {
    await breathe()
    if (state.known.has(imageDigest)) continue
    if (stored) waiting.push({ digest: imageDigest, name: `task ${taskKey}` })
    else missing.add(taskKey)
  }
  await ask(ports, project, asked, [...missing])
  const isLate = began - (state.published?.at ?? state.since) >= patienceMs
  if (waiting.length > 0 && !isLate) {
    await describe(ports, project, state, waiting, signal)
    // What was found broken or missing is not in the pool any more.
    return clock.now()
  }
  const now = clock.now()
  // Looking takes longer the larger the project is; it is never what the server mostly does.
  const again = now + Math.max(lookMs, 20 * (now - began))
  const later = waiting.length > 0 ? now : missing.size > 0 ? again : undefined
  const { counts } = record
  const unknown = counts.tasks - counts.images
  const shape = [counts.tasks, pool.length, state.known.size, unknown, labelled.length].join()
  if (state.published?.state === shape) return later
  if (!isLate && !isTime(state, now, missing.size === 0)) return again
  await publishOrder(ports, record, state, { pool, labelled }, publish, signal)
  state.published = { at: clock.now(), state: shape }
  return later
}

function isTime({ arrivedAt, known, published }: ColdStart, now: number, isComplete: boolean) {
  const isQuiet = now - arrivedAt >= quietMs && known.size > 0
  if (published === undefined) return isComplete || isQuiet
  // Again, but not at every single image.
  return now - published.at >= quietMs && (isQuiet || isComplete)
}

async function describe(
  ports: RoundPorts,
  project: string,
  state: ColdStart,
  images: readonly NamedImage[],
  signal: AbortSignal,
) {
  const until = ports.clock.now() + stepMs
  for (let first = 0; first < images.length && !signal.aborted; first += batch) {
    if (ports.clock.now() >= until) return
    const slice = images.slice(first, first + batch)
    const { shard, images: described, leftOut } = await ports.workshop.appearances(slice, signal)
    if (shard !== null) state.shards.push(shard)
    for (const digest of described) state.known.add(digest)
    await reportLeftOut(ports, project, leftOut)
    state.arrivedAt = ports.clock.now()
  }
}

async function publishOrder(
  ports: RoundPorts,
  record: ProjectRecord,
  { shards }: ColdStart,
  seen: { readonly pool: readonly PoolImage[]; readonly labelled: readonly LabelledImage[] },
  publish: Publish,
  signal: AbortSignal,
) {
  const { store, workshop, clock, log } = ports
  const { k, depth, seed } = record.settings
  const { pool, labelled } = seen
  const breathe = createBreath(ports)
  const eligible: string[] = []
  const chosen = labelled.map(({ imageDigest }) => imageDigest)
  for (const { imageDigest, inProgress } of pool) {
    await breathe()
    const side = inProgress ? chosen : eligible
    side.push(imageDigest)
  }
  const work = { shards, eligible, chosen, count: k * depth, seed }
  const { order, gains } = await workshop.coldStart(work)
  const batchOf = gains.map((_, i) => Math.floor(i / k) + 1)
  const rows = () => queueOf(ports, record, pool, { order, batchOf, gains })
  if (await isCurrent(store, record, rows())) return
  // Whatever an attempt that broke off has left lies in another draft.
  const draft = `cold-start-${record.queueRevision + 1}-${clock.now()}`
  await stage(store, record.id, draft, rows(), signal)
  const as = { origin: 'cold-start', round: null, modelDigest: null } as const
  const published = { ...as, published: gains.length }
  await publish(async () => {
    const revision = await store.publish(record.id, draft, published, clock.now())
    log.info({ project: record.id, revision, images: order.length }, 'a cold start was published')
  })
}

/** Whether the current queue has the same tasks in the same order. */
async function isCurrent(
  store: Store,
  { id, queueRevision }: ProjectRecord,
  rows: AsyncIterable<QueueRow>,
): Promise<boolean> {
  if (queueRevision === 0) return false
  const current = rowsOfRevision(store, id, queueRevision)
  for await (const row of rows) {
    const { done, value } = await current.next()
    if (done === true || value.taskKey !== row.taskKey) return false
  }
  return (await current.next()).done === true
}

/** Images that somebody has labelled already: covered, not suggested. */
async function labelledImages(store: Store, project: string): Promise<readonly LabelledImage[]> {
  const found: LabelledImage[] = []
  for (;;) {
    const after = found.at(-1)?.imageDigest ?? ''
    const slice = await store.labelledImages(project, after, labelledSlice)
    found.push(...slice)
    if (slice.length < labelledSlice) return found
  }
}
