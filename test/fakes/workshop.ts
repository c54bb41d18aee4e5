/** A workshop that computes with digests instead of pixels: fast, deterministic, and it fails when it is told to. */

import { createHash } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { mapLevels } from '@suggestive/sidecar/domain/map-levels'
import { readBundle } from '@suggestive/sidecar/domain/mask-bundle'
import { draws } from '@suggestive/sidecar/domain/random'
import type { Blobs } from '@suggestive/sidecar/ports/blobs'
import type { Score } from '@suggestive/sidecar/ports/store'
import type { LeftOut, NamedImage, Workshop } from '@suggestive/sidecar/ports/workshop'

export interface FakeWorkshop extends Workshop {
  /** Called before each piece of work, by its name; may throw or wait. */
  before: (name: string, signal: AbortSignal | undefined) => Promise<void> | void
  /** Digests of images that cannot be decoded. */
  readonly broken: Set<string>
  /** Keys that were forgotten. */
  readonly forgotten: string[]
  /** Working scale that labels lead to. */
  scale: number
}

const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))

export function createFakeWorkshop(blobs: Blobs): FakeWorkshop {
  const broken = new Set<string>()
  const forgotten: string[] = []

  async function open(images: readonly NamedImage[]) {
    const here: NamedImage[] = []
    const leftOut: LeftOut[] = []
    for (const image of images) {
      const imageDigest = image.digest
      if ((await blobs.facts('image', image.digest)) === undefined) {
        leftOut.push({ imageDigest, reason: 'missing', sentence: `${image.name} is not here.` })
      } else if (broken.has(image.digest)) {
        leftOut.push({ imageDigest, reason: 'unreadable', sentence: `${image.name} is damaged.` })
      } else here.push(image)
    }
    return { here, leftOut }
  }

  const scoreOf = (model: string, imageDigest: string): Score => {
    const random = draws(7, model, imageDigest)
    return { imageDigest, uncertainty: random.uniform(0) / 4, foreground: random.uniform(1) }
  }

  async function list<Item>(shards: readonly string[]): Promise<Item[]> {
    const items: Item[] = []
    for (const shard of shards) {
      const bytes = await blobs.get('shard', shard)
      if (bytes === undefined) throw new Problem('not-found', `The shard ${shard} is not here.`)
      items.push(...JSON.parse(new TextDecoder().decode(bytes)))
    }
    return items
  }

  const workshop: FakeWorkshop = {
    broken,
    forgotten,
    scale: 0.5,
    before: () => {},
    info: async () => ({ engine: 'onnx', version: 'fake', device: 'cpu', threads: 1 }),
    async trainMember(training, member, on, signal) {
      await workshop.before('trainMember', signal)
      const { here, leftOut } = await open(training.images)
      const missing = leftOut.filter(({ reason }) => reason === 'missing')
      if (missing.length > 0) return { missing: missing.map(({ imageDigest }) => imageDigest) }
      const masks = await blobs.get('shard', training.masks)
      if (masks === undefined) throw new Problem('not-found', 'The masks are not here.')
      if (here.length < 2) throw new Problem('too-few-labels', 'Fewer than 2 images can be used.')
      const { members, iterations } = training.settings
      const now = { member, members, iteration: 1, iterations, loss: 0.5, secondsLeft: 1 }
      on({ kind: 'iteration', ...now })
      const hash = createHash('sha256').update(JSON.stringify([member, training.seed]))
      for (const { digest } of here) hash.update(digest)
      for (const [digest, own] of readBundle(masks)) {
        if (!here.some((image) => image.digest === digest)) continue
        for (const mask of own) hash.update(mask)
      }
      hash.update(JSON.stringify(training.images.map(({ labels }) => labels)))
      const wanted = training.settings.scale
      const scale = wanted === 'from-labels' ? workshop.scale : wanted
      const { digest } = await blobs.put('member', text({ weights: hash.digest('hex') }))
      return { blob: digest, warnings: [`member ${member}`], heldOutDice: 0.5, scale, leftOut }
    },
    async forget(key) {
      forgotten.push(key)
    },
    async join(members) {
      await workshop.before('join', undefined)
      const { digest, bytes } = await blobs.put('model', text({ members }))
      return { digest, bytes, heldOutDice: 0.5, engine: 'fake', warnings: [] }
    },
    async score(modelDigest, images, signal) {
      await workshop.before('score', signal)
      const { here, leftOut } = await open(images)
      const scores = here.map(({ digest }) => scoreOf(modelDigest, digest))
      const shard = scores.length === 0 ? null : (await blobs.put('shard', text(scores))).digest
      return { shard, scores, leftOut }
    },
    async maps({ modelDigest, round, images }, signal) {
      await workshop.before('maps', signal)
      const { here, leftOut } = await open(images)
      const maps = []
      for (const { digest } of here) {
        const { digest: blob } = await blobs.put('map', text([modelDigest, digest]))
        const { imageDigest, ...scores } = scoreOf(modelDigest, digest)
        const size = { width: 8, height: 8 }
        const pictures = { mask: blob, maskPng: blob, variance: blob, probability: [] }
        maps.push({ imageDigest, modelDigest, round, ...size, ...scores, ...pictures })
      }
      return { maps, leftOut }
    },
    async select({ shards, eligible, k, depth }) {
      await workshop.before('select', undefined)
      const may = new Set(eligible)
      const scores = (await list<Score>(shards)).filter(({ imageDigest }) => may.has(imageDigest))
      const order = [...new Map(scores.map((score) => [score.imageDigest, score])).values()].sort(
        (a, b) => b.uncertainty - a.uncertainty || (a.imageDigest < b.imageDigest ? -1 : 1),
      )
      const batches: number[] = []
      for (let left = order.length; left > 0 && batches.length < depth; left -= k) {
        batches.push(Math.min(k, left))
      }
      const chosen = batches.reduce((a, b) => a + b, 0)
      return {
        order: order.map(({ imageDigest }) => imageDigest),
        uncertainty: Float64Array.from(order, ({ uncertainty }) => uncertainty),
        batches,
        gains: new Float64Array(chosen).fill(1),
        represents: new Uint32Array(chosen).fill(1),
      }
    },
    async appearances(images, signal) {
      await workshop.before('appearances', signal)
      const { here, leftOut } = await open(images)
      const digests = here.map(({ digest }) => digest)
      const shard = here.length === 0 ? null : (await blobs.put('shard', text(digests))).digest
      return { shard, images: digests, leftOut }
    },
    async coldStart({ shards, eligible, count }) {
      await workshop.before('coldStart', undefined)
      const may = new Set(eligible)
      const order = (await list<string>(shards)).filter((digest) => may.has(digest)).sort()
      return { order, gains: order.slice(0, count).map(() => 1) }
    },
    segment: async () => ({
      classId: 1,
      mask: { width: 8, height: 8, layers: [] },
      score: null,
    }),
    levels: async () => mapLevels(8, 8, new Uint16Array(64)),
    close: async () => {},
  }
  return workshop
}
