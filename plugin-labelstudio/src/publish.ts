/** Makes Label Studio serve an order with its pre-labels: everything under a new model version, then one switch. */
import { Problem } from '@suggestive/shared/problem'
import type { Receipt } from '@suggestive/shared/protocol/queue'
import type { Publication } from '@suggestive/shared/tool'
import type { ProjectChange } from './client/projects.ts'
import { drafted, scoredBelow, withIds } from './client/task-query.ts'
import type { Project } from './client/wire.ts'
import type { Client } from './client.ts'
import type { Configuration } from './codec/configuration.ts'
import { leastRanked, mostRanked } from './publication/cost.ts'
import { type PredictionRow, predictionRows } from './publication/rows.ts'
import { sendAll } from './publication/send.ts'
import { versionOf } from './publication/version.ts'
import { rememberBefore, rememberPublished, uncertaintySampling } from './published.ts'
import type { MemoryStore, Published } from './state.ts'
import { ensureView } from './suggested-view.ts'

export interface Publishing {
  readonly client: Client
  readonly project: number
  readonly memory: MemoryStore
  readonly configuration: Configuration
  readonly shape: 'auto' | 'brush' | 'polygon'
  /** The project as it is now. */
  readonly present: Project
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Ids in one selection: addresses have a limit of some thousand characters. */
const idsAtOnce = 30
/** Ranks that are looked up after the switch. */
const verified = 20

/**
 * Repeating it completes what a crash has interrupted, or repairs what somebody has changed. Until the switch the
 * previous order serves.
 */
export async function publish(
  publication: Publication,
  publishing: Publishing,
  signal: AbortSignal,
): Promise<Receipt> {
  const { client, project, memory, present } = publishing
  const { revision, rows } = publication
  if (rows.length === 0) {
    return { revision, outcome: 'applied', applied: 0, untouched: 0, detail: 'The queue is empty.' }
  }
  const version = versionOf(publication)
  const projectTasks = Math.max(present.task_number ?? 0, rows.length)
  const { rows: ranked, detail } = partOf(publication, projectTasks)

  const entry: Published = {
    revision,
    modelVersion: version,
    modelDigest:
      rows.find(({ suggestion }) => suggestion !== undefined)?.suggestion?.modelDigest ?? null,
    rows: ranked.length,
    isComplete: false,
  }
  const known = rememberBefore(await memory.read(), present)
  const isKnown = known.published.some((one) => one.modelVersion === version && one.isComplete)
  if (!isKnown) await memory.write(rememberPublished(known, entry))

  const untouched = await untouchedTasks(publication, publishing, signal)
  const { rows: all, notes } = await predictionRows(rows, {
    version,
    configuration: publishing.configuration,
    shape: publishing.shape,
    untouched,
  })
  const wanted = all.slice(0, ranked.length)
  const sending = { project, version, projectTasks, pause: publishing.pause }
  const held = await sendAll(client, wanted, sending, signal)
  if (held.length === 0) {
    throw new Problem(
      'conflict',
      `None of the ${rows.length} tasks of the queue exists in project ${project} of Label Studio any more: wait for the next one.`,
    )
  }
  await switchTo(version, publishing, signal)
  await memory.write(
    rememberPublished(await memory.read(), { ...entry, rows: held.length, isComplete: true }),
  )
  await ensureView(publishing, signal)

  const fault = await orderFault(held, all.length, publishing, signal)
  const lost = wanted.length - held.length
  const sentences = [
    fault,
    detail,
    lost === 0 ? undefined : `${lost} tasks do not exist any more.`,
    ...notes,
  ].filter((one) => one !== undefined)
  return {
    revision,
    outcome: fault === undefined ? 'applied' : 'drifted',
    applied: held.length - untouched.size,
    untouched: untouched.size,
    detail: sentences.join(' ').slice(0, 2000),
  }
}

/** In projects of more than 20,000 tasks only the first ranks. */
function partOf({ rows }: Publication, projectTasks: number) {
  if (projectTasks <= mostRanked) return { rows, detail: undefined }
  const shown = rows.findLastIndex(({ suggestion }) => suggestion !== undefined) + 1
  const part = rows.slice(0, Math.max(shown, leastRanked))
  const detail = `The project has ${projectTasks} tasks: the first ${part.length} are in order, Label Studio draws the others at random after them.`
  return { rows: part, detail }
}

/** Tasks with a pre-label in the publication that people have finished or have begun. */
async function untouchedTasks(
  { rows }: Publication,
  { client, project }: Publishing,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const ids = rows
    .filter(({ suggestion }) => suggestion !== undefined)
    .map(({ taskKey }) => Number(taskKey))
  const untouched = new Set<number>()
  if (ids.length === 0) return untouched
  const parts = ids.flatMap((_, i) => (i % idsAtOnce === 0 ? [ids.slice(i, i + idsAtOnce)] : []))
  const [begun, ...states] = await Promise.all(
    [drafted, ...parts.map(withIds)].map((query) =>
      client.tasks({ project, query, page: 1, size: 1000 }, signal),
    ),
  )
  for (const { id } of begun?.tasks ?? []) if (ids.includes(id)) untouched.add(id)
  for (const task of states.flatMap(({ tasks }) => tasks)) {
    if (task.is_labeled || task.total_annotations > 0) untouched.add(task.id)
  }
  return untouched
}

/** One request: order and pre-labels change together. */
async function switchTo(
  version: string,
  { client, project, present }: Publishing,
  signal: AbortSignal,
) {
  const change: ProjectChange = {
    ...(present.sampling === uncertaintySampling ? {} : { sampling: uncertaintySampling }),
    ...(present.show_collab_predictions ? {} : { show_collab_predictions: true }),
    ...(present.model_version === version ? {} : { model_version: version }),
  }
  if (Object.keys(change).length === 0) return
  const changed = await client.changeProject(project, change, signal)
  if (changed.model_version === version && changed.sampling === uncertaintySampling) return
  throw new Problem(
    'tool-failed',
    `Label Studio did not take over the order of project ${project}: its sampling is "${changed.sampling}" and its model version "${changed.model_version}". Set them to "${uncertaintySampling}" and "${version}" in the project's settings.`,
  )
}

/** Looks at the first ranks as Label Studio sorts them; asking for the next task would lock it. */
async function orderFault(
  held: readonly PredictionRow[],
  ranks: number,
  { client, project }: Publishing,
  signal: AbortSignal,
): Promise<string | undefined> {
  const first = held.slice(0, verified)
  const last = first.at(-1)?.prediction.score ?? 0
  const query = scoredBelow(last + 0.5 / (ranks + 1))
  const { tasks } = await client.tasks({ project, query, page: 1, size: verified + 1 }, signal)
  const expected = first.map(({ task }) => task).join(', ')
  const found = tasks.map(({ id }) => id).join(', ')
  if (expected === found) return undefined
  return `Label Studio sorts tasks ${found} first, not ${expected}: see whether somebody else changes predictions of this version.`
}
