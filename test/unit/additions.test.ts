import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { Conductor } from '@suggestive/sidecar/app/conductor'
import {
  type Annotation,
  addLabels,
  addProject,
  addTasks,
  imageBytes,
  keyOf,
  openAnnotation,
  project,
  range,
  sendImage,
  sha256,
} from '../support/annotation.ts'

describe('tasks that come after the first round', () => {
  let room: Annotation
  let conductor: Conductor
  beforeEach(async () => {
    room = await openAnnotation()
    await addProject(room.store, room.time.now())
    await addTasks(room, range(0, 10))
    await addLabels(room, [0, 1])
    conductor = room.conduct()
    await conductor.start()
    await room.time.until(async () => (await room.store.round(project, 1))?.finishedAt != null)
    await seconds(10)
  })
  afterEach(async () => {
    await conductor.stop()
    await room.store.close()
  })
  const seconds = (count: number) => room.time.pass(count * 1000)
  const queue = async () => {
    const found = await room.store.queue(project)
    if (found === undefined) throw new Error('there is no queue')
    return found
  }
  const rows = async () => room.store.queueRows(project, (await queue()).revision, 0, 1000)
  const keys = async () => (await rows()).map(({ taskKey }) => taskKey)
  const bare = (taskKey: string) => ({ taskKey, name: 'x', state: 'open' as const })
  const wanted = async () => {
    const events = await room.store.events(0, project, 10_000)
    return events.flatMap((event) => (event.type === 'image.wanted' ? event.data.taskKeys : []))
  }

  it('join the queue at its end without waiting for the next round', async () => {
    const [before, order] = [await queue(), await rows()]
    await addTasks(room, [21, 20])
    const twin = { ...bare('twin'), imageDigest: sha256(imageBytes(20)) }
    await room.store.putTasks(project, [bare('b'), bare('a'), twin], room.time.now())
    await room.store.putTasks(project, [{ ...bare('busy'), state: 'in-progress' }], room.time.now())
    conductor.poke(project)
    await seconds(3)
    expect(await queue()).toEqual(before)
    await seconds(4)
    const { revision, published, round, modelDigest } = before
    const kept = { published, round, modelDigest }
    expect(await queue()).toMatchObject({ revision: revision + 1, origin: 'addition', ...kept })
    const digests = [20, 21].map((index) => sha256(imageBytes(index))).sort()
    const now = await rows()
    expect(now.slice(0, order.length)).toEqual(order)
    expect(now.slice(order.length).map(({ rank, imageDigest }) => [rank, imageDigest])).toEqual(
      [...digests, null, null].map((digest, i) => [order.length + i + 1, digest]),
    )
    expect((await keys()).slice(-2)).toEqual(['a', 'b'])
    await seconds(120)
    expect((await queue()).revision).toBe(revision + 1)
  })

  it('do not publish at every arrival, but at least once a minute', async () => {
    const { revision } = await queue()
    for (const index of range(20, 60)) {
      await addTasks(room, [index])
      conductor.poke(project)
      await seconds(2)
    }
    expect((await queue()).revision).toBe(revision + 1)
    await seconds(10)
    expect((await queue()).revision).toBe(revision + 2)
    expect(await keys()).toHaveLength(48)
  })

  it('that come while a round runs have their place when it has ended', async () => {
    let release = () => {}
    room.workshop.before = (name) =>
      name === 'maps' ? new Promise<void>((resolve) => (release = resolve)) : undefined
    const { revision } = await queue()
    await addLabels(room, [2, 3])
    conductor.poke(project)
    await room.time.until(async () => (await room.store.round(project, 2))?.state === 'publishing')
    await addTasks(room, [20])
    conductor.poke(project)
    await seconds(70)
    expect((await queue()).revision).toBe(revision)
    room.workshop.before = () => {}
    release()
    await room.time.until(async () => (await room.store.round(project, 2))?.finishedAt != null)
    await seconds(10)
    expect(await queue()).toMatchObject({ revision: revision + 2, origin: 'addition', round: 2 })
    expect((await keys()).at(-1)).toBe(keyOf(20))
  })

  it('and whose images nobody has sent are asked for, and labels on them count when they are here', async () => {
    await addTasks(room, [20, 21], { bytes: false })
    await addLabels(room, [21])
    conductor.poke(project)
    await seconds(2)
    expect(await wanted()).toEqual([keyOf(21), keyOf(20)])
    await sendImage(room, 21)
    conductor.poke(project)
    await seconds(2)
    expect(await wanted()).toHaveLength(2)
    await seconds(62)
    expect(await wanted()).toEqual([keyOf(21), keyOf(20), keyOf(20)])
    await conductor.startRound(project)
    await room.time.until(async () => (await room.store.round(project, 2))?.finishedAt != null)
    expect(await room.store.round(project, 2)).toMatchObject({ images: 3 })
  })
})
