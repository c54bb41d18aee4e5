import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { keepHouse } from '@suggestive/sidecar/app/round/retention'
import type { BlobKind } from '@suggestive/sidecar/ports/blobs'
import {
  type Annotation,
  addLabels,
  addProject,
  addTasks,
  imageBytes,
  openAnnotation,
  project,
  range,
  sha256,
} from '../support/annotation.ts'
import { withSpace } from '../support/blobs-with-space.ts'

const day = 86_400_000

describe('what is kept', () => {
  let room: Annotation
  beforeEach(async () => {
    room = await openAnnotation()
    await addProject(room.store, room.time.now())
  })
  afterEach(() => room.store.close())
  const ports = () => ({ ...room, jobs: room.store, clock: room.time })
  const limits = { imageBytes: 1e12 }
  async function list(kind: BlobKind): Promise<string[]> {
    const found: string[] = []
    for await (const { digest } of room.blobs.list(kind)) found.push(digest)
    return found
  }
  async function finishRound(number: number, ...labels: readonly number[]) {
    const conductor = room.conduct({ limits })
    await addLabels(room, labels)
    await conductor.start()
    const view = () => room.store.round(project, number)
    await room.time.until(async () => (await view())?.finishedAt != null)
    await conductor.stop()
  }

  it('images: those used last, up to the limit, and never more than half of the free disk', async () => {
    for (const index of range(0, 10)) {
      await addTasks(room, [index])
      await room.time.pass(1000)
    }
    const size = imageBytes(0).length
    await keepHouse(ports(), { imageBytes: 6 * size }, new Set())
    expect(await room.store.imageUse()).toEqual({ count: 6, bytes: 6 * size })
    const kept = range(4, 10).map((index) => sha256(imageBytes(index)))
    expect((await list('image')).sort()).toEqual(kept.sort())
    const blobs = withSpace(room.blobs, async () => ({ free: 2 * size, total: 100 * size }))
    await keepHouse({ ...ports(), blobs }, limits, new Set())
    expect((await room.store.imageUse()).count).toBe(4)
  })

  it('images that a round has just used: longer than ones that arrived after them', async () => {
    await addTasks(room, range(0, 6))
    await room.time.pass(1000)
    await addProject(room.store, room.time.now(), { id: 'other', name: 'Other' })
    await addTasks(room, [9], { of: 'other' })
    await room.time.pass(1000)
    await finishRound(1, 0, 1)
    await keepHouse(ports(), { imageBytes: 6 * imageBytes(0).length }, new Set())
    expect((await list('image')).sort()).toEqual(
      range(0, 6)
        .map((index) => sha256(imageBytes(index)))
        .sort(),
    )
  })

  it('blobs that nobody refers to: an hour', async () => {
    await addTasks(room, range(0, 3))
    for (const kind of ['image', 'map', 'model', 'member', 'shard'] as const) {
      await room.blobs.put(kind, new TextEncoder().encode(`stray ${kind}`))
    }
    await keepHouse(ports(), limits, new Set())
    expect(await list('map')).toHaveLength(1)
    expect(await list('image')).toHaveLength(4)
    await room.time.pass(3_600_000)
    const [shard = ''] = await list('shard')
    await keepHouse(ports(), limits, new Set([shard]))
    expect(await list('image')).toHaveLength(3)
    for (const kind of ['map', 'model', 'member'] as const) expect(await list(kind)).toEqual([])
    expect(await list('shard')).toEqual([shard])
  })

  it('members: while their round runs; shards: of two rounds; models: the last five and those of the last month', async () => {
    await addTasks(room, range(0, 40))
    for (const number of range(1, 8)) await finishRound(number, 2 * number, 2 * number + 1)
    await room.time.pass(3_600_000)
    await keepHouse(ports(), limits, new Set())
    expect(await list('member')).toEqual([])
    const shards: unknown[] = []
    for (const number of [6, 7]) {
      for (const { kind, result } of await room.store.outcomes(project, number)) {
        if (kind === 'shard') shards.push(Reflect.get(Object(result), 'shard'))
      }
    }
    expect(shards).toHaveLength(2)
    expect((await list('shard')).sort()).toEqual(shards.toSorted())
    expect(await list('model')).toHaveLength(7)
    const models = await room.store.models(project)
    room.time.leap(31 * day)
    await keepHouse(ports(), limits, new Set())
    expect((await list('shard')).sort()).toEqual(shards.toSorted())
    const last = models.slice(0, 5).map(({ digest }) => digest)
    expect((await list('model')).sort()).toEqual(last.sort())
    expect((await room.store.models(project)).filter(({ stored }) => stored)).toHaveLength(5)
  }, 20_000)

  it('what an active round has made so far, however old', async () => {
    await addTasks(room, range(0, 10))
    await addLabels(room, [0, 1])
    let isThere = false
    room.workshop.before = (name) => {
      if (name !== 'maps') return
      isThere = true
      return new Promise<void>(() => {})
    }
    const conductor = room.conduct({ limits })
    await conductor.start()
    await room.time.until(() => isThere)
    room.time.leap(2 * 3_600_000)
    await keepHouse(ports(), limits, new Set())
    expect(await list('member')).toHaveLength(2)
    expect(await list('shard')).not.toEqual([])
    expect(await list('model')).toHaveLength(1)
    const stopped = conductor.stop()
    await room.time.pass(10_000)
    await stopped
  })

  it('maps: those of the current and the previous round', async () => {
    await addTasks(room, range(0, 30))
    const maps: number[] = []
    for (const number of range(1, 4)) {
      await finishRound(number, 2 * number, 2 * number + 1)
      await room.time.pass(3_600_000)
      await keepHouse(ports(), limits, new Set())
      maps.push((await list('map')).length)
    }
    expect(maps).toEqual([4, 8, 8])
  })

  it('events: seven days', async () => {
    await addTasks(room, range(0, 3))
    await addLabels(room, [0])
    expect(await room.store.events(0, project, 10)).not.toEqual([])
    room.time.leap(8 * day)
    await keepHouse(ports(), limits, new Set())
    expect(await room.store.events(0, project, 10)).toEqual([])
  })
})
