/** Projects, tasks, labels, queues and maps for tests of the server. */
import { randomBytes } from 'node:crypto'
import { projectSettings } from '@suggestive/shared/protocol/project'
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import { encodeMap, encodeMask } from '@suggestive/sidecar/images'
import type { Blobs } from '@suggestive/sidecar/ports/blobs'
import type { MapRecord, Store } from '@suggestive/sidecar/ports/store'
import type { HttpHarness } from './http.ts'

export const newProject = (id: string) => ({
  id,
  name: `Project ${id}`,
  tool: 'none' as const,
  classes: [{ id: 1, name: 'nucleus' }],
  settings: projectSettings.parse({}),
})

/** Size of every image here. */
const width = 8
const height = 4

export const digestOf = (number: number) => number.toString(16).padStart(64, '0')

export const newTask = (key: string, more: object = {}) => ({
  taskKey: key,
  name: `image ${key}.png`,
  imageDigest: digestOf(Number(key)),
  width,
  height,
  ...more,
})

/** A mask whose first `pixels` pixels belong to a class. */
export const newMask = (pixels: number, classId = 1) => ({
  width,
  height,
  layers: [{ classId, runs: [0, pixels, width * height - pixels] }],
})

export const newLabel = (taskKey: string, more: object = {}) => ({
  taskKey,
  externalId: `annotation-${taskKey}`,
  version: 1,
  annotator: 'ann',
  seconds: 12.5,
  outcome: 'labelled',
  mask: newMask(5),
  ...more,
})

/** A project with tasks `1` to `count`. */
export async function makeProject(http: HttpHarness, id: string, count = 3) {
  const role = 'owner'
  await http.send({ method: 'post', path: '/v1/projects', role, body: newProject(id) })
  const tasks = Array.from({ length: count }, (_, i) => newTask(String(i + 1)))
  await http.send({ method: 'post', path: `/v1/projects/${id}/tasks`, role, body: { tasks } })
}

export async function storeImages(store: Store, count: number, at: number) {
  for (let i = 1; i <= count; i++) {
    await store.noteImage({ digest: digestOf(i), bytes: 100, width, height }, at)
  }
}

/** A queue of the tasks in the order of their keys, as a revision of its own. */
export async function publishQueue(http: HttpHarness, id: string, count = 3): Promise<number> {
  const { store } = http.deps
  const draft = `draft-${randomBytes(4).toString('hex')}`
  const rows = Array.from({ length: count }, (_, i) => ({
    rank: i + 1,
    taskKey: String(i + 1),
    imageDigest: digestOf(i + 1),
    batch: i < 2 ? 1 : null,
    gain: i < 2 ? 0.5 : null,
    uncertainty: 0.1,
    represents: i < 2 ? 1 : null,
  }))
  await store.stageQueue(id, draft, rows)
  const as = { origin: 'cold-start' as const, round: null, modelDigest: null, published: 2 }
  return store.publish(id, draft, as, http.now)
}

/** A finished round with a model of these bytes and a map of task 1. Needs labels of tasks 1 and 2. */
export async function finishRound(http: HttpHarness, id: string, model: Uint8Array) {
  const { store, blobs } = http.deps
  await storeImages(store, 2, http.now)
  const { number } = await store.startRound(id, { reason: 'first', members: 4, seed: 1 }, http.now)
  const { digest, bytes } = await blobs.put('model', model)
  await store.progressRound(id, number, { state: 'publishing', model: { digest, bytes } }, http.now)
  const draft = `round-${number}`
  await store.stageMaps(id, number, [await makeMap(blobs, digest, number)])
  const row = { rank: 1, taskKey: '3', imageDigest: digestOf(3), batch: 1, gain: 1 }
  await store.stageQueue(id, draft, [{ ...row, uncertainty: 0.2, represents: 1 }])
  const as = { origin: 'round' as const, round: number, modelDigest: digest, published: 1 }
  await store.publish(id, draft, as, http.now)
  return { number, digest }
}

async function makeMap(blobs: Blobs, modelDigest: string, round: number): Promise<MapRecord> {
  const put = async (bytes: Uint8Array) => (await blobs.put('map', bytes)).digest
  const size = width * height
  return {
    imageDigest: digestOf(3),
    modelDigest,
    round,
    width,
    height,
    uncertainty: 0.2,
    foreground: 0.4,
    mask: await put(pack(newMask(7))),
    maskPng: await put(await encodeMask(width, height, new Uint8Array(size))),
    probability: [
      {
        classId: 1,
        blob: await put(await encodeMap(width, height, new Uint16Array(size).fill(7))),
        score: 0.75,
      },
    ],
    variance: await put(await encodeMap(width, height, new Uint16Array(size).fill(40_000))),
  }
}
