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
  sha256,
} from '../support/annotation.ts'
import { problemOf } from '../support/problems.ts'

describe('a suggestion on request', () => {
  let room: Annotation
  let conductor: Conductor
  let computed: number
  let release: () => void
  beforeEach(async () => {
    computed = 0
    release = () => {}
    room = await openAnnotation()
    await addProject(room.store, room.time.now())
    await addTasks(room, range(0, 12))
    await addTasks(room, [12], { bytes: false })
    conductor = room.conduct()
    await conductor.start()
  })
  afterEach(async () => {
    release()
    await conductor.stop()
    await room.store.close()
  })
  async function finishRound() {
    await addLabels(room, [0, 1])
    conductor.poke(project)
    const view = () => room.store.round(project, 1)
    await room.time.until(async () => (await view())?.finishedAt != null)
    room.workshop.before = (name) => {
      if (name !== 'maps') return
      computed++
      return new Promise<void>((resolve) => (release = resolve))
    }
    const rows = await room.store.queueRows(project, (await view())?.queueRevision ?? 0, 0, 100)
    return { head: rows[0]?.taskKey ?? '', tail: rows[8]?.taskKey ?? '' }
  }

  it('is not ready before there is a model', async () => {
    await problemOf('not-ready', () => conductor.suggestion(project, keyOf(3), 0))
    await problemOf('not-found', () => conductor.suggestion(project, 'elsewhere', 0))
    await problemOf('not-found', () => conductor.suggestion('elsewhere', keyOf(3), 0))
  })

  it('is the stored map where there is one', async () => {
    const { head } = await finishRound()
    const map = await conductor.suggestion(project, head, 0)
    expect(map.modelDigest).toBe((await room.store.project(project))?.modelDigest)
    expect(computed).toBe(0)
  })

  it('is computed again when the files of the stored map are gone', async () => {
    const { head } = await finishRound()
    for await (const { digest } of room.blobs.list('map')) await room.blobs.remove('map', digest)
    await problemOf('not-ready', () => conductor.suggestion(project, head, 0))
    await room.time.pass(250)
    expect(computed).toBe(1)
    release()
    await room.time.until(() => conductor.suggestion(project, head, 0).then(Boolean, () => false))
  })

  it('asks for a missing image once a minute, however many ask for it', async () => {
    await finishRound()
    const wanted = async () => {
      const events = await room.store.events(0, project, 10_000)
      return events.filter(({ type }) => type === 'image.wanted').length
    }
    const digest = sha256(imageBytes(5))
    await room.store.forgetImage(digest)
    await room.blobs.remove('image', digest)
    const before = await wanted()
    for (let i = 0; i < 5; i++) {
      await problemOf('not-ready', () => conductor.suggestion(project, keyOf(5), 0))
    }
    expect(await wanted()).toBe(before + 1)
    room.time.leap(60_000)
    await problemOf('not-ready', () => conductor.suggestion(project, keyOf(5), 0))
    expect(await wanted()).toBe(before + 2)
  })

  it('is refused at once when nobody waits; it is computed once and stored for the next one', async () => {
    const { tail } = await finishRound()
    await problemOf('not-ready', () => conductor.suggestion(project, tail, 0))
    await problemOf('not-ready', () => conductor.suggestion(project, tail, 0))
    await room.time.pass(250)
    expect(computed).toBe(1)
    release()
    await room.time.until(async () => (await room.store.mapOf(project, tail)) !== undefined)
    expect(await conductor.suggestion(project, tail, 0)).toMatchObject({ round: 1 })
  })

  it('is waited for as long as the caller says', async () => {
    const { tail } = await finishRound()
    const late = problemOf('not-ready', () => conductor.suggestion(project, tail, 2000))
    await room.time.pass(2500)
    expect(await late).toMatch(/being computed/)
    const inTime = conductor.suggestion(project, tail, 5000)
    await room.time.pass(1000)
    release()
    expect(await inTime).toMatchObject({ round: 1, width: 8 })
    expect(computed).toBe(1)
  })

  it('needs the image: a missing one is asked for, a broken one is named', async () => {
    const { tail } = await finishRound()
    room.workshop.before = () => {}
    await problemOf('not-ready', () => conductor.suggestion(project, keyOf(12), 0))
    const events = await room.store.events(0, project, 1000)
    const last = events.findLast(({ type }) => type === 'image.wanted')
    expect(last?.data).toEqual({ taskKeys: [keyOf(12)] })
    room.workshop.broken.add(sha256(imageBytes(Number(tail.slice(1)))))
    const broken = problemOf('unreadable-input', () => conductor.suggestion(project, tail, 5000))
    await room.time.pass(1000)
    expect(await broken).toMatch(/damaged/)
    await problemOf('unreadable-input', () => conductor.suggestion(project, tail, 0))
  })
})
