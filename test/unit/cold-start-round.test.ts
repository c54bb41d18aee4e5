import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Conductor } from '@suggestive/sidecar/app/conductor'
import {
  type Annotation,
  addLabels,
  addProject,
  addTasks,
  keyOf,
  openAnnotation,
  project,
  range,
  sendImage,
} from '../support/annotation.ts'
import { withSpace } from '../support/blobs-with-space.ts'

describe('the queue of a project without a model', () => {
  let room: Annotation
  let conductor: Conductor
  beforeEach(async () => {
    room = await openAnnotation()
    await addProject(room.store, room.time.now())
    conductor = room.conduct()
    await conductor.start()
  })
  afterEach(async () => {
    await conductor.stop()
    await room.store.close()
  })
  const queue = () => room.store.queue(project)
  const revision = async () => (await queue())?.revision ?? 0
  const keys = async () => {
    const rows = await room.store.queueRows(project, await revision(), 0, 1000)
    return rows.map(({ taskKey }) => taskKey)
  }
  const wanted = async () => {
    const events = await room.store.events(0, project, 10_000)
    return events.flatMap((event) => (event.type === 'image.wanted' ? [event.data.taskKeys] : []))
  }
  const seconds = (count: number) => room.time.pass(count * 1000)
  const send = async (...indices: readonly number[]) => {
    for (const index of indices) await sendImage(room, index)
    conductor.poke(project)
  }

  it('is there at once when all images are', async () => {
    await addTasks(room, range(0, 10))
    conductor.poke(project)
    await seconds(1)
    expect(await queue()).toMatchObject({ origin: 'cold-start', round: null, modelDigest: null })
    expect(await queue()).toMatchObject({ revision: 1, length: 10, published: 4 })
    const rows = await room.store.queueRows(project, 1, 0, 100)
    expect(rows.map(({ batch }) => batch)).toEqual([1, 1, 2, 2, ...Array(6).fill(null)])
    await seconds(120)
    expect(await revision()).toBe(1)
    expect(await wanted()).toEqual([])
  })

  it('asks for images in batches of 500, and again every minute while they are missing', async () => {
    await addTasks(room, range(0, 1000), { bytes: false })
    await room.store.putTasks(
      project,
      [{ taskKey: 'unknown', name: 'unknown', state: 'open' }],
      room.time.now(),
    )
    conductor.poke(project)
    await seconds(30)
    const asked = await wanted()
    expect(asked.map((batch) => batch.length)).toEqual([500, 500, 1])
    expect(new Set(asked.flat()).size).toBe(1001)
    await seconds(40)
    expect((await wanted()).flat()).toHaveLength(2002)
  })

  it('asks for the images of labelled tasks first, and never for too many at a time', async () => {
    const bare = (index: number) => ({ taskKey: keyOf(index), name: 'x', state: 'open' as const })
    for (const first of [0, 1000, 2000]) {
      await room.store.putTasks(project, range(first, first + 1000).map(bare), room.time.now())
    }
    await addLabels(room, [2500])
    conductor.poke(project)
    await seconds(5)
    const asked = (await wanted()).flat()
    expect(asked).toHaveLength(2000)
    expect(asked[0]).toBe(keyOf(2500))
    await seconds(62)
    const again = (await wanted()).flat()
    expect(again).toHaveLength(4000)
    // Those that nobody could send do not stand before the others.
    expect(new Set(again).size).toBe(3000)
  })

  it('waits while the disk is full', async () => {
    await conductor.stop()
    let free = 3
    const blobs = withSpace(room.blobs, async () => ({ free, total: 100 }))
    conductor = room.conduct({ blobs })
    await conductor.start()
    await addTasks(room, range(0, 5))
    conductor.poke(project)
    await seconds(30)
    expect(await queue()).toBeUndefined()
    const shards: string[] = []
    for await (const { digest } of room.blobs.list('shard')) shards.push(digest)
    expect(shards).toEqual([])
    expect((await room.store.problems()).map(({ key }) => key)).toEqual(['disk-full'])
    free = 50
    await seconds(30)
    expect(await queue()).toMatchObject({ length: 5 })
  })

  it('describes the images again when what it knew of them is gone', async () => {
    await addTasks(room, range(0, 5))
    let isLost = false
    room.workshop.before = async (name) => {
      if (name !== 'coldStart' || isLost) return
      isLost = true
      for await (const { digest } of room.blobs.list('shard')) {
        await room.blobs.remove('shard', digest)
      }
    }
    conductor.poke(project)
    await seconds(30)
    expect(isLost).toBe(true)
    expect(await queue()).toMatchObject({ length: 5, published: 4 })
  })

  it('begins with what is here when no image came for ten seconds, and is made anew with the rest', async () => {
    await addTasks(room, range(0, 10), { bytes: false })
    conductor.poke(project)
    await seconds(3)
    await send(3, 4)
    await seconds(8)
    expect(await queue()).toBeUndefined()
    await seconds(4)
    const first = await keys()
    expect(await queue()).toMatchObject({ revision: 1, length: 10, published: 2 })
    expect(first.slice(0, 2).sort()).toEqual([keyOf(3), keyOf(4)])
    const tail = await room.store.queueRows(project, 1, 2, 100)
    const digests = tail.map(({ imageDigest }) => imageDigest ?? '')
    expect(digests).toEqual([...digests].sort())
    await send(...range(0, 3), ...range(5, 10))
    await seconds(15)
    expect(await queue()).toMatchObject({ revision: 2, length: 10, published: 4 })
    await seconds(120)
    expect(await revision()).toBe(2)
  })

  it('does not wait longer than a minute while images keep coming, nor for ever when none comes', async () => {
    await addTasks(room, range(0, 40), { bytes: false })
    conductor.poke(project)
    for (const index of range(0, 18)) {
      await send(index)
      await seconds(3)
    }
    expect(await queue()).toBeUndefined()
    await send(18)
    await seconds(8)
    expect(await queue()).toMatchObject({ revision: 1, length: 40 })

    await addProject(room.store, room.time.now(), { id: 'empty', name: 'Empty' })
    await addTasks(room, range(50, 60), { bytes: false, of: 'empty' })
    conductor.poke('empty')
    await seconds(65)
    expect(await room.store.queue('empty')).toMatchObject({ length: 10, published: 0 })
  })

  it('names broken images and goes on without them', async () => {
    await addTasks(room, range(0, 5))
    const { imageDigest } = (await room.store.task(project, keyOf(2))) ?? {}
    room.workshop.broken.add(imageDigest ?? '')
    conductor.poke(project)
    await seconds(15)
    expect(await keys()).toHaveLength(4)
    const [problem] = await room.store.problems(project)
    expect(problem?.key).toMatch(/^broken-image/)
  })

  it('asks for an image whose bytes have vanished', async () => {
    await addTasks(room, range(0, 5))
    const { imageDigest } = (await room.store.task(project, keyOf(2))) ?? {}
    await room.blobs.remove('image', imageDigest ?? '')
    conductor.poke(project)
    await seconds(15)
    expect((await wanted()).flat()).toEqual([keyOf(2)])
    expect((await keys()).at(-1)).toBe(keyOf(2))
    await send(2)
    await seconds(15)
    expect(await queue()).toMatchObject({ revision: 2, length: 5 })
  })

  it('leaves labelled images out, and is not published again by a restart', async () => {
    await addTasks(room, range(0, 6))
    await addLabels(room, [1])
    conductor.poke(project)
    await seconds(2)
    const first = await keys()
    expect(first).not.toContain(keyOf(1))
    await conductor.stop()
    conductor = room.conduct()
    await conductor.start()
    await seconds(30)
    expect(await revision()).toBe(1)
  })

  it('never replaces the queue of a round', async () => {
    await addTasks(room, range(0, 6))
    await addLabels(room, [0, 1])
    let release = () => {}
    room.workshop.before = (name) =>
      name === 'coldStart' ? new Promise<void>((resolve) => (release = resolve)) : undefined
    conductor.poke(project)
    await room.time.until(async () => (await room.store.round(project, 1))?.finishedAt != null)
    release()
    await seconds(100)
    expect(await queue()).toMatchObject({ origin: 'round' })
    await addTasks(room, range(6, 9))
    conductor.poke(project)
    await seconds(100)
    expect(await queue()).toMatchObject({ origin: 'addition', round: 1, published: 4 })
  })

  it('of a project that comes with labels is followed by a first round when all have arrived', async () => {
    await addTasks(room, range(0, 12))
    for (const index of range(0, 6)) {
      await addLabels(room, [index], { before: true })
      conductor.poke(project)
      await seconds(2)
    }
    expect(await room.store.round(project, 1)).toBeUndefined()
    await seconds(5)
    expect(await room.store.round(project, 1)).toMatchObject({ reason: 'first', images: 6 })
    expect(await room.store.budget(project)).toMatchObject({ images: 0, beforeConnection: 6 })
  })

  it('of a project whose earlier labels do not stop coming is followed by a first round after a minute', async () => {
    await addTasks(room, range(0, 60))
    for (const index of range(0, 40)) {
      await addLabels(room, [index], { before: true })
      conductor.poke(project)
      await seconds(2)
      if (index === 27) expect(await room.store.round(project, 1)).toBeUndefined()
    }
    expect(await room.store.round(project, 1)).toMatchObject({ reason: 'first' })
  })
})
