/** Tasks that came after the queue was published get a place at its end, without waiting for the next round. */
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import type { ProjectRecord } from '../../ports/store.ts'
import { createBreath } from './breathe.ts'
import type { RoundPorts } from './ports.ts'
import { rowsOfRevision, stage, unseenTasks } from './queue-rows.ts'

/** Tasks that are looked through in one go. */
const taskSlice = 1000

interface Additions {
  /** Digests. */
  readonly images: ReadonlySet<string>
  /** Keys of tasks whose image has no known digest. */
  readonly unknown: ReadonlySet<string>
}

/** @param publish runs its argument unless a round runs or another queue has been published meanwhile */
export async function publishAdditions(
  ports: RoundPorts,
  record: ProjectRecord,
  publish: (work: () => Promise<void>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { store, clock, log } = ports
  const { id, queueRevision } = record
  const added = await additionsOf(ports, id)
  const tasks = added.images.size + added.unknown.size
  const current = await store.queue(id, queueRevision)
  if (tasks === 0 || current === undefined) return
  const draft = `addition-${queueRevision + 1}-${clock.now()}`
  await stage(store, id, draft, longer(ports, record, added), signal)
  const { round, modelDigest, published } = current
  const as = { origin: 'addition', round, modelDigest, published } as const
  await publish(async () => {
    const revision = await store.publish(id, draft, as, clock.now())
    log.info({ project: id, revision, tasks }, 'new tasks joined the queue')
  })
}

async function additionsOf({ store }: RoundPorts, project: string): Promise<Additions> {
  const images = new Set<string>()
  const unknown = new Set<string>()
  let after: string | undefined
  do {
    const page = await store.unqueuedTasks(project, { limit: taskSlice, after })
    for (const { taskKey, imageDigest } of page.items) {
      if (imageDigest === null) unknown.add(taskKey)
      else images.add(imageDigest)
    }
    after = page.next ?? undefined
  } while (after !== undefined)
  return { images, unknown }
}

/** The present queue, then known images by digest, then tasks without a known image by key. */
async function* longer(
  ports: RoundPorts,
  record: ProjectRecord,
  { images, unknown }: Additions,
): AsyncGenerator<QueueRow, void, undefined> {
  const { store } = ports
  const breathe = createBreath(ports)
  let rank = 0
  for await (const row of rowsOfRevision(store, record.id, record.queueRevision)) {
    rank = row.rank
    yield row
  }
  const nothing = { batch: null, gain: null, uncertainty: null, represents: null }
  for (const { imageDigest, taskKey } of await store.pool(record.id, Math.max(1, record.round))) {
    await breathe()
    if (images.has(imageDigest)) yield { rank: ++rank, taskKey, imageDigest, ...nothing }
  }
  for await (const taskKey of unseenTasks(store, record)) {
    if (unknown.has(taskKey)) yield { rank: ++rank, taskKey, imageDigest: null, ...nothing }
  }
}
