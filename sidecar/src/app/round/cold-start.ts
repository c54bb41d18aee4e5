/** A queue before any model exists: images that look different first. Never empty while there are tasks. */
import type { PoolImage, ProjectRecord, Store } from '../../ports/store.ts'
import { wantTasks } from './images-wanted.ts'
import { reportLeftOut } from './left-out.ts'
import type { RoundPorts } from './ports.ts'
import { queueTail, rowsOf, stage, unseenTasks } from './queue-rows.ts'
import { fingerprint } from './rank.ts'

/** No image arrived for so long: what is here is published. */
const quietMs = 10_000
/** Images keep arriving: what is here is published this often. */
const patienceMs = 60_000
/** An image that is missing is asked for again after so long. */
const askMs = 60_000
/** Images that are asked for and have not come, at most. */
const mostAsked = 2000
/** Images that are described at a time, and in one step. */
const [batch, mostPerStep] = [32, 256]
/** How soon to look again while something is missing. */
const lookMs = 1000

/** What is known of a project that has no model yet. */
export interface ColdStart {
  readonly since: number
  readonly shards: string[]
  /** Digests of images whose appearance is known. */
  readonly known: Set<string>
  /** Labelled images that were not here when they were looked for. */
  readonly absent: Set<string>
  readonly askedAt: Map<string, number>
  arrivedAt: number
  published: { readonly at: number; readonly state: string } | undefined
}

export const newColdStart = (now: number): ColdStart => ({
  since: now,
  shards: [],
  known: new Set(),
  absent: new Set(),
  askedAt: new Map(),
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
  publish: Publish,
  signal: AbortSignal,
): Promise<number | undefined> {
  const { store, clock } = ports
  const project = record.id
  const began = clock.now()
  const pool = await store.pool(project, Math.max(1, record.round))
  const unseen = await unseenTasks(store, record)
  const labelled = await labelledImages(store, record)
  const wanted = pool
    .filter(({ stored, imageDigest }) => stored && !state.known.has(imageDigest))
    .map(({ imageDigest, taskKey }) => ({ digest: imageDigest, name: `task ${taskKey}` }))
  const more = labelled.filter(
    ({ digest }) => !state.known.has(digest) && !state.absent.has(digest),
  )
  const waiting = [...wanted, ...more]
  const isLate = began - (state.published?.at ?? state.since) >= patienceMs
  if (waiting.length > 0 && !isLate) {
    await describe(ports, project, state, waiting.slice(0, mostPerStep), signal)
    // What was found broken or missing is not in the pool any more.
    return clock.now()
  }
  const missing = pool
    .filter(({ stored, imageDigest }) => !stored && !state.known.has(imageDigest))
    .map(({ taskKey }) => taskKey)
  missing.push(...unseen)
  await ask(ports, project, state, missing)
  const now = clock.now()
  // Looking takes longer the larger the project is; it is never what the server mostly does.
  const again = now + Math.max(lookMs, 20 * (now - began))
  const later = waiting.length > 0 ? now : missing.length > 0 ? again : undefined
  const { counts } = record
  const shape = [counts.tasks, pool.length, state.known.size, unseen.length, labelled.length].join()
  if (state.published?.state === shape) return later
  if (!isLate && !isTime(state, now, missing.length === 0)) return again
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
  images: readonly { readonly digest: string; readonly name: string }[],
  signal: AbortSignal,
) {
  for (let first = 0; first < images.length && !signal.aborted; first += batch) {
    const slice = images.slice(first, first + batch)
    const { shard, images: described, leftOut } = await ports.workshop.appearances(slice, signal)
    if (shard !== null) state.shards.push(shard)
    for (const digest of described) state.known.add(digest)
    for (const { imageDigest } of leftOut) state.absent.add(imageDigest)
    await reportLeftOut(ports, project, leftOut)
    state.arrivedAt = ports.clock.now()
  }
}

async function ask(
  ports: RoundPorts,
  project: string,
  { askedAt }: ColdStart,
  missing: readonly string[],
) {
  const now = ports.clock.now()
  const isAsked = (key: string) => now - (askedAt.get(key) ?? Number.NEGATIVE_INFINITY) < askMs
  const due = missing.filter((key) => !isAsked(key))
  const room = mostAsked - (missing.length - due.length)
  const keys = due.slice(0, Math.max(0, room))
  for (const key of keys) askedAt.set(key, now)
  await wantTasks(ports, project, keys)
}

async function publishOrder(
  ports: RoundPorts,
  record: ProjectRecord,
  { shards }: ColdStart,
  seen: { readonly pool: readonly PoolImage[]; readonly labelled: readonly { digest: string }[] },
  publish: Publish,
  signal: AbortSignal,
) {
  const { store, workshop, clock, log } = ports
  const { k, depth, seed } = record.settings
  const { pool, labelled } = seen
  const busy = pool.filter(({ inProgress }) => inProgress)
  const { order, gains } = await workshop.coldStart({
    shards,
    eligible: pool.flatMap((image) => (image.inProgress ? [] : image.imageDigest)),
    chosen: [...busy.map(({ imageDigest }) => imageDigest), ...labelled.map((one) => one.digest)],
    count: k * depth,
    seed,
  })
  const taskOf = new Map(pool.map(({ imageDigest, taskKey }) => [imageDigest, taskKey]))
  const batchOf = gains.map((_, i) => Math.floor(i / k) + 1)
  const ranked = rowsOf({ order, taskOf, batchOf, gains })
  const rows = [...ranked, ...(await queueTail(ports, record, pool, new Set(order), ranked.length))]
  const name = fingerprint(rows.map(({ taskKey }) => taskKey))
  if (name === (await currentOrder(store, record))) return
  const draft = `cold-start-${record.queueRevision + 1}-${name}`
  await stage(store, record.id, draft, rows, signal)
  const as = { origin: 'cold-start', round: null, modelDigest: null } as const
  const published = { ...as, published: gains.length }
  await publish(async () => {
    const revision = await store.publish(record.id, draft, published, clock.now())
    log.info({ project: record.id, revision, images: order.length }, 'a cold start was published')
  })
}

/** Fingerprint of the current queue; undefined before the first one. */
async function currentOrder(store: Store, { id, queueRevision }: ProjectRecord) {
  if (queueRevision === 0) return undefined
  const keys: string[] = []
  for (;;) {
    const rows = await store.queueRows(id, queueRevision, keys.length, 500)
    if (rows.length === 0) return fingerprint(keys)
    keys.push(...rows.map(({ taskKey }) => taskKey))
  }
}

/** Images that somebody has labelled already: covered, not suggested. */
async function labelledImages(store: Store, { id, counts }: ProjectRecord) {
  const found = new Map<string, { readonly digest: string; readonly name: string }>()
  if (counts.labelled === 0) return []
  let after: string | undefined
  do {
    const page = await store.tasks(id, { limit: 1000, after })
    for (const { imageDigest, taskKey, label } of page.items) {
      if (imageDigest === null || (label !== 'labelled' && label !== 'empty')) continue
      found.set(imageDigest, { digest: imageDigest, name: `task ${taskKey}` })
    }
    after = page.next ?? undefined
  } while (after !== undefined)
  return [...found.values()]
}
