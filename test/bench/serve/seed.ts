/** A data folder as after a finished round of a large project, made without training anything. */
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { runsOf } from '@suggestive/shared/mask'
import { newProject } from '@suggestive/shared/protocol/project'
import { pack } from '@suggestive/sidecar/domain/packed-mask'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { draws } from '@suggestive/sidecar/domain/random'
import { encodeMap, encodeMask } from '@suggestive/sidecar/images'
import type { MapRecord } from '@suggestive/sidecar/ports/store'
import { openBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'

/** Tasks whose maps are stored: the publish depth. */
export const published = 64
const size = 512
const slice = 500
const name = 'large'

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex')
export const keyOf = (index: number) => `task-${index}`

/** Project `large`: tasks with known images, one round, one queue of all but two tasks, 64 maps of 512 x 512. */
export async function seedLarge(data: string, tasks: number): Promise<void> {
  const store = await openStore(join(data, 'suggest.db'))
  const blobs = await openBlobs(join(data, 'blobs'))
  const at = Date.now()
  try {
    const project = newProject.parse({
      id: name,
      name: 'Large',
      tool: 'none',
      classes: [{ id: 1, name: 'object' }],
      settings: { idleMinutes: 1440 },
    })
    await store.createProject(project, at)
    const images = Array.from({ length: tasks }, (_, index) => digestOf(`image ${index}`))
    for (let from = 0; from < tasks; from += slice) {
      const some = images.slice(from, from + slice)
      await Promise.all(
        some.map((digest) =>
          store.noteImage({ digest, bytes: 100_000, width: size, height: size }, at),
        ),
      )
      await store.putTasks(
        name,
        some.map((imageDigest, i) => ({
          taskKey: keyOf(from + i),
          name: `image-${from + i}.png`,
          url: `http://127.0.0.1:8080/tasks/${from + i}`,
          imageDigest,
          width: size,
          height: size,
          state: 'open' as const,
        })),
        at,
      )
    }
    const labelled = [tasks - 1, tasks - 2].map((index) => ({
      taskKey: keyOf(index),
      externalId: `${index}`,
      version: 1,
      annotator: 'anna',
      seconds: 60,
      outcome: 'empty' as const,
      groundTruth: false,
      identity: digestOf(`label ${index}`),
      pixels: size * size,
    }))
    await store.putLabels(name, labelled, false, at)
    const round = await store.startRound(name, { reason: 'first', members: 4, seed: 1 }, at)
    const { number } = round
    const model = await blobs.put('model', Buffer.from('no weights'))
    await store.progressRound(name, number, { model: { digest: model.digest, bytes: 10 } }, at)
    const random = draws(1, 'bench')
    const uncertainty = Array.from({ length: tasks - 2 }, (_, i) => random.uniform(i) / 4)
    const rows = images.slice(0, tasks - 2).map((imageDigest, i) => ({
      rank: i + 1,
      taskKey: keyOf(i),
      imageDigest,
      batch: i < published ? 1 + Math.floor(i / 8) : null,
      gain: i < published ? 1 : null,
      uncertainty: uncertainty[i] ?? 0,
      represents: i < published ? 10 : null,
    }))
    for (let from = 0; from < rows.length; from += slice) {
      const some = rows.slice(from, from + slice)
      const scores = some.map((row) => ({
        imageDigest: row.imageDigest,
        uncertainty: row.uncertainty,
        foreground: 0.3,
      }))
      await store.stageScores(name, number, scores)
      await store.stageQueue(name, 'seed', some)
    }
    for (let i = 0; i < published; i++) {
      const maps = await mapsOf(i)
      const put = async (bytes: Uint8Array) => (await blobs.put('map', bytes)).digest
      const record: MapRecord = {
        imageDigest: images[i] ?? '',
        modelDigest: model.digest,
        round: number,
        width: size,
        height: size,
        uncertainty: uncertainty[i] ?? 0,
        foreground: 0.3,
        mask: await put(maps.packed),
        maskPng: await put(maps.mask),
        probability: [{ classId: 1, blob: await put(maps.probability), score: 0.75 }],
        variance: await put(maps.variance),
      }
      await store.stageMaps(name, number, [record])
    }
    const as = { origin: 'round' as const, round: number, modelDigest: model.digest, published }
    await store.publish(name, 'seed', as, at)
  } finally {
    await store.close()
  }
}

/** Maps like real ones: sure inside and outside of objects, going over from one to the other within some pixels. */
async function mapsOf(index: number) {
  const { mask } = phantom({ seed: 9, index, size })
  const sureness = blurred(Float32Array.from(mask.data, (value) => (value > 0 ? 0.97 : 0.02)))
  const map = (level: (probability: number) => number) =>
    Uint16Array.from(sureness, (probability) => Math.round(65_535 * level(probability)))
  return {
    packed: pack(runsOf(mask)),
    mask: await encodeMask(size, size, mask.data),
    probability: await encodeMap(
      size,
      size,
      map((probability) => probability),
    ),
    variance: await encodeMap(
      size,
      size,
      map((probability) => 0.4 * probability * (1 - probability)),
    ),
  }
}

/** Twice the mean of 9 neighbours, along rows and along columns. */
function blurred(values: Float32Array): Float32Array {
  let from = values
  for (const step of [1, size, 1, size]) {
    const last = from.length - 1
    const source = from
    from = source.map((_, i) => {
      let sum = 0
      for (let k = -4; k <= 4; k++) {
        sum += source[Math.min(last, Math.max(0, i + k * step))] ?? 0
      }
      return sum / 9
    })
  }
  return from
}
