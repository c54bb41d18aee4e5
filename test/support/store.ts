/** Projects, tasks and labels for tests of the store. */
import { createHash } from 'node:crypto'
import type { NewProject, ProjectSettings } from '@suggestive/shared/protocol/project'
import type { QueueRow } from '@suggestive/shared/protocol/queue'
import type { TaskInput } from '@suggestive/shared/protocol/task'
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import type { MapRecord, NewLabel, Store } from '@suggestive/sidecar/ports/store'

export const settings: ProjectSettings = {
  k: 8,
  candidates: 16,
  depth: 8,
  scale: 'from-labels',
  profile: 'auto',
  seed: 1,
  scoreMinutes: 10,
  idleMinutes: 10,
  emptyMeans: 'background',
  overlap: 'newest',
}

export const newProject = (id: string, more: Partial<NewProject> = {}): NewProject => ({
  id,
  name: 'Nuclei',
  tool: 'none',
  classes: [
    { id: 1, name: 'nucleus' },
    { id: 2, name: 'debris' },
  ],
  settings,
  ...more,
})

export const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')

/** The image of task `key`. */
export const imageOf = (key: string) => digestOf(`image ${key}`)

export const taskOf = (key: string, more: Partial<TaskInput> = {}): TaskInput => ({
  taskKey: key,
  name: `${key}.png`,
  state: 'open',
  imageDigest: imageOf(key),
  ...more,
})

/** A 4x4 mask with one pixel of class 1. */
export const mask = pack({
  width: 4,
  height: 4,
  layers: [{ classId: 1, runs: [5, 1, 10] }],
})

export function labelOf(taskKey: string, more: Partial<NewLabel> = {}): NewLabel {
  const label = {
    taskKey,
    externalId: `${taskKey}/a`,
    version: 1,
    annotator: 'ann',
    seconds: 10,
    outcome: 'labelled' as const,
    groundTruth: false,
    pixels: 16,
    ...more,
  }
  const said = JSON.stringify([label.externalId, label.version, label.outcome, label.groundTruth])
  return {
    identity: digestOf(said),
    ...(label.outcome === 'labelled' ? { mask } : {}),
    ...label,
  }
}

export const rowOf = (rank: number, taskKey: string): QueueRow => ({
  rank,
  taskKey,
  imageDigest: imageOf(taskKey),
  batch: 1,
  gain: 0.5,
  uncertainty: 0.1,
  represents: 3,
})

export const mapOf = (key: string, modelDigest: string, round: number): MapRecord => ({
  imageDigest: imageOf(key),
  modelDigest,
  round,
  width: 4,
  height: 4,
  uncertainty: 0.1,
  foreground: 0.5,
  mask: digestOf(`mask ${key} ${modelDigest}`),
  maskPng: digestOf(`png ${key} ${modelDigest}`),
  probability: [{ classId: 1, blob: digestOf(`probability ${key} ${modelDigest}`), score: 0.5 }],
  variance: digestOf(`variance ${key} ${modelDigest}`),
})

export const noteImageOf = (store: Store, key: string, at = 1) =>
  store.noteImage({ digest: imageOf(key), bytes: 100, width: 4, height: 4 }, at)

/** A project of these tasks, whose images have been seen. */
export async function openProject(store: Store, id: string, keys: readonly string[]) {
  await store.createProject(newProject(id), 1)
  await store.putTasks(
    id,
    keys.map((key) => taskOf(key)),
    1,
  )
  await Promise.all(keys.map((key) => noteImageOf(store, key)))
}

export const countsOf = async (store: Store, id: string) => (await store.project(id))?.counts

/** A whole round that publishes these tasks, labelled ones not included. */
export async function finishRound(
  store: Store,
  id: string,
  model: string,
  keys: readonly string[],
) {
  const { number } = await store.startRound(id, { reason: 'request', members: 4, seed: 1 }, 10)
  await store.progressRound(
    id,
    number,
    { model: { digest: model, bytes: 1000 }, computeSeconds: 60, state: 'publishing' },
    11,
  )
  await store.stageScores(
    id,
    number,
    keys.map((key) => ({ imageDigest: imageOf(key), uncertainty: 0.1, foreground: 0.5 })),
  )
  await store.stageMaps(
    id,
    number,
    keys.map((key) => mapOf(key, model, number)),
  )
  const draft = `round-${number}`
  await store.stageQueue(
    id,
    draft,
    keys.map((key, i) => rowOf(i + 1, key)),
  )
  const revision = await store.publish(
    id,
    draft,
    { origin: 'round', round: number, modelDigest: model, published: 2 },
    12,
  )
  return { number, revision }
}

/** What the parts of the conformance suite share. */
export interface StoreBench {
  /** Once the tests run. */
  store(): Store
  /** A new project with tasks of its own, whose images have been seen. */
  fresh(
    tasks?: number,
  ): Promise<{ readonly id: string; readonly keys: readonly string[]; key(i: number): string }>
}
