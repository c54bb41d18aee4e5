/** Queues and suggestions in the sidecar of a rig, as if a round had made them. */
import { randomBytes } from 'node:crypto'
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import { encodeMap } from '@suggestive/sidecar/images'
import type { Draft, MapRecord } from '@suggestive/sidecar/ports/store'
import { height, width } from '../fakes/tool.ts'
import type { Rig } from './bridge.ts'

async function stage({ store }: Rig, project: string, draft: string, order: readonly string[]) {
  const rows = await Promise.all(
    order.map(async (taskKey, index) => ({
      rank: index + 1,
      taskKey,
      imageDigest: (await store.task(project, taskKey))?.imageDigest ?? null,
      batch: 1,
      gain: 1,
      uncertainty: 0.1,
      represents: 41,
    })),
  )
  await store.stageQueue(project, draft, rows)
}

/** @returns its revision */
export async function publishColdStart(rig: Rig, project: string, order: readonly string[]) {
  const draft = `draft-${randomBytes(4).toString('hex')}`
  await stage(rig, project, draft, order)
  const as: Draft = { origin: 'cold-start', round: null, modelDigest: null, published: 2 }
  return rig.store.publish(project, draft, as, rig.http.now)
}

/** Needs two labelled tasks with images. The first `suggested` of the order get maps. @returns the model */
export async function publishRound(
  rig: Rig,
  project: string,
  order: readonly string[],
  suggested: number,
) {
  const { store, http } = rig
  const { blobs } = http.deps
  const start = { reason: 'first', members: 4, seed: 1 } as const
  const { number } = await store.startRound(project, start, http.now)
  const model = await blobs.put('model', randomBytes(16))
  const { digest, bytes } = model
  await store.progressRound(
    project,
    number,
    { state: 'publishing', model: { digest, bytes } },
    http.now,
  )
  const levels = Uint16Array.from({ length: width * height }, (_, at) => (at < width ? 65_535 : 0))
  const probability = await blobs.put('map', await encodeMap(width, height, levels))
  const maps: MapRecord[] = []
  for (const [index, taskKey] of order.slice(0, suggested).entries()) {
    const imageDigest = (await store.task(project, taskKey))?.imageDigest ?? ''
    const runs = [0, index + 1, width * height - index - 1]
    const mask = await blobs.put('map', pack({ width, height, layers: [{ classId: 1, runs }] }))
    const { digest: blob } = await blobs.put('map', Buffer.from('any'))
    const of = { imageDigest, modelDigest: digest, round: number, width, height }
    const facts = { uncertainty: 0.1, foreground: 0.2 }
    const blobsOf = { mask: mask.digest, maskPng: blob, variance: blob }
    maps.push({
      ...of,
      ...facts,
      ...blobsOf,
      probability: [{ classId: 1, blob: probability.digest, score: 0.75 }],
    })
  }
  await store.stageMaps(project, number, maps)
  const draft = `round-${number}`
  await stage(rig, project, draft, order)
  const as: Draft = { origin: 'round', round: number, modelDigest: digest, published: suggested }
  const revision = await store.publish(project, draft, as, http.now)
  return { revision, round: number, modelDigest: digest }
}
