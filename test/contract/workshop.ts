/** What every hosting of the `Workshop` port must do; called with each. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { runsOf } from '@suggestive/shared/mask'
import { bundlePart } from '@suggestive/sidecar/domain/mask-bundle'
import { readModel } from '@suggestive/sidecar/domain/model-file'
import { pack, rasterise } from '@suggestive/sidecar/domain/packed-mask'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { profiles } from '@suggestive/sidecar/domain/settings'
import { decodeMask, decodePicture } from '@suggestive/sidecar/images'
import type { TrainEvent } from '@suggestive/sidecar/ports'
import type { Blobs } from '@suggestive/sidecar/ports/blobs'
import type {
  NamedImage,
  TrainedMember,
  Training,
  Workshop,
} from '@suggestive/sidecar/ports/workshop'
import { encodePng } from '../bench/png.ts'
import { problemOf } from '../support/problems.ts'

export interface Hosted {
  readonly workshop: Workshop
  /** The same that the workshop works with. */
  readonly blobs: Blobs
  readonly close: () => Promise<void>
}

const never = new AbortController().signal
const quiet: (event: TrainEvent) => void = () => {}
const size = 32
const pngOf = (index: number) => {
  const { picture } = phantom({ seed: 3, index, size })
  return encodePng(size, size, 3, Uint8Array.from(picture.data))
}
/** Class 4 is the only one. */
const maskOf = (index: number) => {
  const { mask } = phantom({ seed: 3, index, size })
  return pack(runsOf({ ...mask, data: mask.data.map((value) => 4 * value) }))
}

export function workshopContract(name: string, open: () => Promise<Hosted>) {
  describe(`${name} as a Workshop`, () => {
    let hosted: Hosted
    const images: NamedImage[] = []
    let usual = ''
    const bundle = async (masks: readonly (readonly [string, readonly Uint8Array[]])[]) => {
      const parts = masks.map(([digest, own]) => bundlePart(digest, own))
      return (await hosted.blobs.put('shard', Buffer.concat(parts))).digest
    }
    beforeAll(async () => {
      hosted = await open()
      for (let index = 0; index < 20; index++) {
        const { digest } = await hosted.blobs.put('image', pngOf(index))
        images.push({ digest, name: `p${index}.png` })
      }
      usual = await bundle(images.map(({ digest }, index) => [digest, [maskOf(index)]]))
    })
    afterAll(() => hosted.close())

    const training = (count: number, more: Partial<Training> = {}): Training => ({
      key: `cells/${more.round ?? 1}`,
      settings: { ...profiles.quick, members: 2 },
      classIds: [4],
      seed: 1,
      round: 1,
      masks: usual,
      images: images.slice(0, count).map((image) => ({ ...image, labels: 1 })),
      ...more,
    })
    async function train(given: Training): Promise<string[]> {
      const blobs: string[] = []
      for (let member = 0; member < given.settings.members; member++) {
        blobs.push((await trainOne(given, member)).blob)
      }
      return blobs
    }
    async function trainOne(given: Training, member: number, on = quiet): Promise<TrainedMember> {
      const trained = await hosted.workshop.trainMember(given, member, on, never)
      if ('missing' in trained) throw new Error(`missing: ${trained.missing.join()}`)
      return trained
    }
    let model: Promise<string> | undefined
    const modelDigest = () => {
      model ??= train(training(8)).then(async (blobs) => (await hosted.workshop.join(blobs)).digest)
      return model
    }

    it('trains members, tells their progress, and joins them to a file whose digest names it', async () => {
      const { workshop, blobs } = hosted
      const events: TrainEvent[] = []
      const members = []
      for (const member of [0, 1]) {
        const given = training(8)
        members.push(await trainOne(given, member, (event) => events.push(event)))
      }
      const trained = events.filter(({ kind }) => kind === 'iteration')
      expect(new Set(trained.map((event) => 'member' in event && event.member))).toEqual(
        new Set([0, 1]),
      )
      expect(members.map(({ heldOutDice }) => (heldOutDice ?? -1) >= 0)).toEqual([true, true])
      const joined = await workshop.join(members.map(({ blob }) => blob))
      const file = await blobs.get('model', joined.digest)
      expect(
        createHash('sha256')
          .update(file ?? new Uint8Array())
          .digest('hex'),
      ).toBe(joined.digest)
      expect(joined.bytes).toBe(file?.length)
      const { header } = readModel(file ?? new Uint8Array(), 'joined')
      expect(header).toMatchObject({ classValues: [0, 4], seed: 1, round: 1 })
      expect(header.members).toHaveLength(2)
      expect(joined.heldOutDice).toBeGreaterThanOrEqual(0)
      await problemOf('not-found', () => workshop.join(['0'.repeat(64)]))
    })

    it('gives the same model in any order of the images, and another for other labels', async () => {
      const given = training(6, { round: 2 })
      const first = await train(given)
      const again = await train({ ...given, images: given.images.toReversed() })
      expect(again).toEqual(first)
      const withFirst = (...own: readonly Uint8Array[]) =>
        bundle(images.map(({ digest }, i) => [digest, i === 0 ? own : [maskOf(i)]]))
      expect(await train({ ...given, masks: await withFirst() })).not.toEqual(first)
      const three = given.images.map((image, i) => (i === 0 ? { ...image, labels: 3 } : image))
      const masks = await withFirst(maskOf(0), maskOf(0), maskOf(5))
      expect(await train({ ...given, images: three, masks })).toEqual(first)
      await problemOf('not-found', () => train({ ...given, masks: '5'.repeat(64) }))
    })

    it('leaves out what is broken or of another size, and asks for what is missing', async () => {
      const { workshop, blobs } = hosted
      const broken = await blobs.put('image', pngOf(3).subarray(0, 200))
      const good = training(4, { round: 3 })
      const small = pack({ width: 8, height: 8, layers: [] })
      const bad = { digest: broken.digest, name: 'broken.png', labels: 1 }
      const wrong = { digest: images[9]?.digest ?? '', name: 'p9.png', labels: 1 }
      const masks = await bundle(
        images.map(({ digest }, i) => [digest, [i === 9 ? small : maskOf(i)]]),
      )
      const mixed = { ...good, masks, images: [...good.images, bad, wrong] }
      const { leftOut, blob } = await trainOne(mixed, 0)
      expect(leftOut.map(({ reason }) => reason).sort()).toEqual(['unreadable', 'wrong-size'])
      expect(leftOut.find(({ reason }) => reason === 'wrong-size')?.sentence).toMatch(
        /p9\.png has 8 x 8 pixels, but the image has 32 x 32/,
      )
      expect(blob).toBe((await trainOne(good, 0)).blob)
      const gone = { ...bad, digest: '1'.repeat(64), name: 'gone.png' }
      const some = { ...good, images: [...good.images, gone] }
      const missing = { missing: [gone.digest] }
      expect(await workshop.trainMember(some, 0, quiet, never)).toEqual(missing)
      const [only] = good.images
      const few = { ...good, images: only === undefined ? [] : [only, bad] }
      await problemOf('too-few-labels', () => workshop.trainMember(few, 0, quiet, never))
    })

    it('stops a training at once, and starts none that is stopped', async () => {
      const stopped = hosted.workshop.trainMember(training(4), 0, quiet, AbortSignal.abort())
      await expect(stopped).rejects.toMatchObject({ kind: 'cancelled' })
    })

    it('scores images into a shard, the broken and the missing named', async () => {
      const { workshop, blobs } = hosted
      const broken = await blobs.put('image', new TextEncoder().encode('no image'))
      const bad = [
        { digest: broken.digest, name: 'task 7' },
        { digest: '2'.repeat(64), name: 'task 8' },
      ]
      const given = [...images.slice(0, 3), ...bad, ...images.slice(3, 5)]
      const { scores, shard, leftOut } = await workshop.score(await modelDigest(), given, never)
      expect(scores.map(({ imageDigest }) => imageDigest)).toEqual(
        images.slice(0, 5).map(({ digest }) => digest),
      )
      for (const { uncertainty, foreground } of scores) {
        expect(uncertainty).toBeGreaterThanOrEqual(0)
        expect(uncertainty).toBeLessThanOrEqual(0.25)
        expect(foreground).toBeGreaterThanOrEqual(0)
      }
      expect(leftOut.map(({ reason }) => reason)).toEqual(['unreadable', 'missing'])
      expect(leftOut[0]?.sentence).toMatch(/task 7/)
      const again = await workshop.score(await modelDigest(), given, never)
      expect(again.shard).toBe(shard)
      const none = await workshop.score(await modelDigest(), bad, never)
      expect(none).toMatchObject({ shard: null, scores: [] })
      await problemOf('not-found', () => workshop.score('3'.repeat(64), given, never))
    })

    it('makes maps that can be served as they are', async () => {
      const { workshop, blobs } = hosted
      const digest = await modelDigest()
      const [image] = images
      const work = { modelDigest: digest, round: 1, images: images.slice(0, 1), urgent: true }
      const { maps } = await workshop.maps(work, never)
      const [map] = maps
      expect(map).toMatchObject({ imageDigest: image?.digest, modelDigest: digest, round: 1 })
      expect(map).toMatchObject({ width: size, height: size })
      const read = async (blob: string | undefined) =>
        (await blobs.get('map', blob ?? '')) ?? new Uint8Array()
      const runs = rasterise(await read(map?.mask))
      const png = await decodeMask(await read(map?.maskPng), 'mask')
      expect(Buffer.compare(png.values, runs.data)).toBe(0)
      expect(new Set(runs.data)).toEqual(new Set([0, 4]))
      const shown = runs.data.filter((value) => value > 0).length / runs.data.length
      expect(map?.foreground).toBeCloseTo(shown, 6)
      expect(map?.probability.map(({ classId }) => classId)).toEqual([4])
      const probability = await decodePicture(await read(map?.probability[0]?.blob), 'probability')
      expect(probability).toMatchObject({ width: size, height: size, channels: 1 })
      const inside = [...probability.data].filter((_, i) => (runs.data[i] ?? 0) > 0)
      const score = inside.reduce((sum, value) => sum + value, 0) / inside.length / 65535
      expect(map?.probability[0]?.score).toBeCloseTo(score, 9)
      expect(runs.data.every((value, i) => value > 0 === (probability.data[i] ?? 0) > 32767)).toBe(
        true,
      )
      const steps = await workshop.levels(map?.probability[0]?.blob ?? '')
      const levels = steps.lengths.flatMap((length, run) =>
        Array<number>(length).fill(steps.levels[run] ?? -1),
      )
      expect(levels).toEqual([...probability.data].map((value) => Math.round(value / 4369)))
      expect(await problemOf('not-ready', () => workshop.levels('0'.repeat(64)))).not.toBe('')
      const variance = await decodePicture(await read(map?.variance), 'variance')
      const mean = Float64Array.from(variance.data).reduce((a, b) => a + b, 0) / (size * size)
      expect(map?.uncertainty).toBeCloseTo((mean / 65535) * 0.25, 4)
    })

    it('chooses from shards, whatever their order, and says what each choice represents', async () => {
      const { workshop } = hosted
      const digest = await modelDigest()
      const shards: string[] = []
      for (const [from, to] of [
        [0, 7],
        [7, 8],
        [8, 20],
      ] as const) {
        shards.push((await workshop.score(digest, images.slice(from, to), never)).shard ?? '')
      }
      const digests = images.map((image) => image.digest)
      const work = {
        shards,
        eligible: digests.slice(2),
        inProgress: digests.slice(0, 2),
        ...{ k: 3, candidates: 6, depth: 2 },
      }
      const selection = await workshop.select(work)
      expect([...selection.order].sort()).toEqual(digests.slice(2).sort())
      expect(selection.batches).toEqual([3, 3])
      expect(selection.gains).toHaveLength(6)
      expect(selection.represents).toHaveLength(6)
      expect(selection.represents.reduce((a, b) => a + b, 0)).toBe(20)
      const tail = [...selection.uncertainty.slice(6)]
      expect(tail).toEqual([...tail].sort((a, b) => b - a))
      expect(await workshop.select({ ...work, shards: shards.toReversed() })).toEqual(selection)
      const none = await workshop.select({ ...work, shards: [], eligible: [], inProgress: [] })
      expect(none.order).toEqual([])
      await problemOf('not-found', () => workshop.select({ ...work, shards: ['4'.repeat(64)] }))
    })

    it('orders images by appearance, covered ones left out', async () => {
      const { workshop } = hosted
      const shards: string[] = []
      for (const [from, to] of [
        [0, 12],
        [12, 20],
      ] as const) {
        const { shard, images: seen } = await workshop.appearances(images.slice(from, to), never)
        expect(seen).toEqual(images.slice(from, to).map(({ digest }) => digest))
        shards.push(shard ?? '')
      }
      const digests = images.map((image) => image.digest)
      const work = {
        shards,
        eligible: digests.slice(3),
        chosen: digests.slice(0, 3),
        count: 5,
        seed: 1,
      }
      const { order, gains } = await workshop.coldStart(work)
      expect([...order].sort()).toEqual(digests.slice(3).sort())
      expect(gains).toHaveLength(5)
      const turned = { ...work, shards: shards.toReversed(), eligible: work.eligible.toReversed() }
      expect(await workshop.coldStart(turned)).toEqual({ order, gains })
      expect((await workshop.coldStart({ ...work, chosen: [] })).order).not.toEqual(order)
    })
  })
}
