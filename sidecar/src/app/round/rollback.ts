/** Back to an earlier model and its order, without what was labelled since. */
import { Problem } from '@suggestive/shared/problem'
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import { noProject } from './no-project.ts'
import type { RoundPorts } from './ports.ts'
import { queueTail, rowsOfRevision, stage, tasksOfPool } from './queue-rows.ts'

/**
 * Runs alone: no round of the project comes to publish meanwhile.
 *
 * @throws Problem `not-found` when the project or the model's file is not here, `conflict` while a round is publishing
 */
export async function rollback(
  ports: RoundPorts,
  project: string,
  modelDigest: string,
): Promise<{ readonly modelDigest: string; readonly queueRevision: number }> {
  const { store, blobs, clock, log } = ports
  const record = await store.project(project)
  if (record === undefined) throw noProject(project)
  const last = await store.round(project, record.round)
  if (last?.state === 'publishing') {
    throw new Problem(
      'conflict',
      `Round ${last.number} of project ${project} is publishing its queue: try again in a moment, or cancel it.`,
    )
  }
  const model = (await store.models(project)).find(({ digest }) => digest === modelDigest)
  const isHere = model?.stored === true && (await blobs.facts('model', modelDigest)) !== undefined
  if (model === undefined || !isHere) {
    throw new Problem(
      'not-found',
      `The model ${modelDigest.slice(0, 12)} is not kept any more: choose one from the list of models.`,
    )
  }
  const count = { published: 0 }
  const rows = rowsAgain(ports, record, model.round, count)
  // Whatever an attempt that broke off has left lies in another draft.
  const draft = `rollback-${record.queueRevision + 1}-${model.round}-${clock.now()}`
  await stage(store, project, draft, rows, new AbortController().signal)
  const as = { origin: 'rollback', round: model.round, modelDigest, ...count } as const
  const queueRevision = await store.publish(project, draft, as, clock.now())
  log.info({ project, round: model.round, model: modelDigest, queueRevision }, 'rolled back')
  return { modelDigest, queueRevision }
}

/** The order that the round published, as far as it is kept and still open, then the rest. */
async function* rowsAgain(
  ports: RoundPorts,
  record: NonNullable<Awaited<ReturnType<RoundPorts['store']['project']>>>,
  round: number,
  count: { published: number },
): AsyncGenerator<QueueRow, void, undefined> {
  const { store } = ports
  const pool = await store.pool(record.id, Math.max(1, record.round))
  const open = await tasksOfPool(
    ports,
    pool.filter(({ inProgress }) => !inProgress),
  )
  const placed = new Set<string>()
  const revision = (await store.round(record.id, round))?.queueRevision ?? null
  if (revision !== null) {
    for await (const row of rowsOfRevision(store, record.id, revision)) {
      const { imageDigest } = row
      const taskKey = imageDigest === null ? undefined : open.get(imageDigest)
      if (imageDigest === null || taskKey === undefined || placed.has(imageDigest)) continue
      placed.add(imageDigest)
      if (row.batch !== null) count.published++
      yield { ...row, taskKey, rank: placed.size }
    }
  }
  yield* queueTail(ports, record, pool, placed)
}
