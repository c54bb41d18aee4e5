/** Back to an earlier model and its order, without what was labelled since. */
import { Problem } from '@suggestive/shared/problem'
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import { noProject } from './no-project.ts'
import type { RoundPorts } from './ports.ts'
import { queueTail, stage } from './queue-rows.ts'
import { fingerprint } from './rank.ts'

/** @throws Problem `not-found` when the project or the model's file is not here */
export async function rollback(
  ports: RoundPorts,
  project: string,
  modelDigest: string,
): Promise<{ readonly modelDigest: string; readonly queueRevision: number }> {
  const { store, blobs, clock, log } = ports
  const record = await store.project(project)
  if (record === undefined) throw noProject(project)
  const model = (await store.models(project)).find(({ digest }) => digest === modelDigest)
  const isHere = model?.stored === true && (await blobs.facts('model', modelDigest)) !== undefined
  if (model === undefined || !isHere) {
    throw new Problem(
      'not-found',
      `The model ${modelDigest.slice(0, 12)} is not kept any more: choose one from the list of models.`,
    )
  }
  const pool = await store.pool(project, Math.max(1, record.round))
  const open = new Map(
    pool.flatMap((image) => (image.inProgress ? [] : [[image.imageDigest, image.taskKey]])),
  )
  const rows: QueueRow[] = []
  for (const row of await rowsOfRound(ports, project, model.round)) {
    const taskKey = row.imageDigest === null ? undefined : open.get(row.imageDigest)
    if (taskKey !== undefined) rows.push({ ...row, taskKey, rank: rows.length + 1 })
  }
  const published = rows.filter(({ batch }) => batch !== null).length
  const placed = new Set(rows.flatMap(({ imageDigest }) => imageDigest ?? []))
  rows.push(...(await queueTail(ports, record, pool, placed, rows.length)))
  const name = fingerprint(rows.map(({ taskKey }) => taskKey))
  const draft = `rollback-${record.queueRevision + 1}-${model.round}-${name}`
  await stage(store, project, draft, rows, new AbortController().signal)
  await store.useModel(project, modelDigest, clock.now())
  const as = { origin: 'rollback', round: model.round, modelDigest, published } as const
  const queueRevision = await store.publish(project, draft, as, clock.now())
  log.info({ project, round: model.round, model: modelDigest, queueRevision }, 'rolled back')
  return { modelDigest, queueRevision }
}

/** The order that the round published, as far as it is kept. */
async function rowsOfRound(
  { store }: RoundPorts,
  project: string,
  round: number,
): Promise<readonly QueueRow[]> {
  const revision = (await store.round(project, round))?.queueRevision ?? null
  if (revision === null) return []
  const rows: QueueRow[] = []
  for (;;) {
    const more = await store.queueRows(project, revision, rows.at(-1)?.rank ?? 0, 500)
    if (more.length === 0) return rows
    rows.push(...more)
  }
}
