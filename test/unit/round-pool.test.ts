import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ProjectSettings } from '@suggestive/shared/protocol/project'
import type { Conductor } from '@suggestive/sidecar/app/conductor'
import type { Blobs } from '@suggestive/sidecar/ports/blobs'
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
  settings,
  sha256,
} from '../support/annotation.ts'
import { withSpace } from '../support/blobs-with-space.ts'

describe('the images of a round', () => {
  let room: Annotation
  let conductor: Conductor
  beforeEach(async () => {
    room = await openAnnotation()
  })
  afterEach(async () => {
    await conductor.stop()
    await room.store.close()
  })
  const begin = async (more: Partial<ProjectSettings> = {}, blobs: Blobs = room.blobs) => {
    await addProject(room.store, room.time.now(), { settings: { ...settings, ...more } })
    conductor = room.conduct({ blobs })
    await conductor.start()
  }
  const round = (number = 1) => room.store.round(project, number)
  const untilEnded = (number = 1) =>
    room.time.until(async () => (await round(number))?.finishedAt != null)
  const keys = async (number = 1) => {
    const revision = (await round(number))?.queueRevision ?? 0
    const rows = await room.store.queueRows(project, revision, 0, 1000)
    return rows.map(({ taskKey }) => taskKey)
  }
  const wanted = async () => {
    const events = await room.store.events(0, project, 10_000)
    return events.flatMap((event) => (event.type === 'image.wanted' ? event.data.taskKeys : []))
  }
  const label = async (...indices: readonly number[]) => {
    await addLabels(room, indices)
    conductor.poke(project)
  }

  it('that are broken are named with a link, left out, and hold up nobody', async () => {
    await begin()
    await addTasks(room, range(0, 10))
    for (const index of [1, 7]) room.workshop.broken.add(sha256(imageBytes(index)))
    await label(0, 1, 2)
    await untilEnded()
    expect(await round()).toMatchObject({ state: 'finished', scored: 6 })
    const problems = await room.store.problems(project)
    expect(problems.map(({ key }) => key.split('/')[0])).toEqual(['broken-image', 'broken-image'])
    expect(problems.map(({ url }) => url).sort()).toEqual([
      'https://tool.example/1',
      'https://tool.example/7',
    ])
    expect((await room.store.task(project, keyOf(7)))?.broken).toMatch(/damaged/)
    expect(await keys()).not.toContain(keyOf(7))
    await label(3, 4)
    await untilEnded(2)
    expect(await round(2)).toMatchObject({ state: 'finished', images: 4, scored: 4 })
  })

  it('that are missing are asked for, counted in a warning, and scored by the next round', async () => {
    await begin()
    await addTasks(room, range(0, 8))
    await addTasks(room, range(8, 11), { bytes: false })
    await label(0, 1)
    await untilEnded()
    const view = await round()
    expect(view).toMatchObject({ state: 'finished', pool: 9, scored: 6 })
    expect(view?.warnings.join()).toMatch(/3 images were not scored/)
    expect(new Set(await wanted())).toEqual(new Set(range(8, 11).map(keyOf)))
    expect((await keys()).slice(6).sort()).toEqual(range(8, 11).map(keyOf))
    for (const index of range(8, 11)) await sendImage(room, index)
    await label(2, 3)
    await untilEnded(2)
    expect(await round(2)).toMatchObject({ pool: 7, scored: 7 })
    expect((await round(2))?.warnings.join()).not.toMatch(/not scored/)
  })

  it('that were labelled and are gone are waited for, then left out with a warning', async () => {
    await begin()
    await addTasks(room, range(0, 10))
    const lost = sha256(imageBytes(1))
    await room.store.forgetImage(lost)
    await room.blobs.remove('image', lost)
    await label(0, 1, 2)
    await room.time.until(async () => (await wanted()).includes(keyOf(1)))
    await untilEnded()
    const view = await round()
    expect(view).toMatchObject({ state: 'finished', images: 3 })
    expect(view?.warnings.join()).toMatch(/1 labelled image was left out/)
    await room.store.forgetImage(lost)
    await label(3)
    await room.store.forgetImage(sha256(imageBytes(0)))
    await room.blobs.remove('image', sha256(imageBytes(0)))
    await conductor.startRound(project)
    await room.time.pass(3000)
    for (const index of [0, 1]) await sendImage(room, index)
    await untilEnded(2)
    expect((await round(2))?.warnings.join()).not.toMatch(/left out/)
  })

  it('that were labelled and vanished without a word are found out, asked for, then left out', async () => {
    await begin()
    await addTasks(room, range(0, 10))
    await label(0, 1, 2)
    await untilEnded()
    const lost = sha256(imageBytes(1))
    await room.blobs.remove('image', lost)
    await label(3, 4)
    await room.time.until(async () => (await wanted()).includes(keyOf(1)))
    expect(await room.store.images([lost])).toEqual([])
    await untilEnded(2)
    expect(await round(2)).toMatchObject({ state: 'finished', images: 5 })
    expect((await round(2))?.warnings.join()).toMatch(/1 labelled image was left out/)
  })

  it('have their masks fetched once for all members', async () => {
    let fetched = 0
    const store = new Proxy(room.store, {
      get(target, name) {
        if (name === 'labelMasks') fetched++
        return Reflect.get(target, name)
      },
    })
    await addProject(room.store, room.time.now())
    conductor = room.conduct({ store })
    await conductor.start()
    await addTasks(room, range(0, 8))
    await label(0, 1, 2)
    await untilEnded()
    expect(await round()).toMatchObject({ state: 'finished', membersTrained: 2 })
    expect(fetched).toBe(1)
  })

  it('that somebody works on are never suggested, nor those of tasks that came too late', async () => {
    await begin()
    await addTasks(room, range(0, 8))
    const busy = { taskKey: keyOf(4), name: 'busy', state: 'in-progress' } as const
    const digest = sha256(imageBytes(4))
    await room.store.putTasks(project, [{ ...busy, imageDigest: digest }], room.time.now())
    await room.store.putTasks(
      project,
      [{ taskKey: 'unseen', name: 'unseen', state: 'open' }],
      room.time.now(),
    )
    await label(0, 1)
    await untilEnded()
    expect(await round()).toMatchObject({ pool: 6, scored: 6 })
    const order = await keys()
    expect(order).toHaveLength(6)
    expect(order).not.toContain(keyOf(4))
    expect(order.at(-1)).toBe('unseen')
  })

  it('are scored as far as the time goes, over the rounds all of them', async () => {
    await begin({ scoreMinutes: 2 })
    await addTasks(room, range(0, 300))
    room.workshop.before = async (name) => {
      if (name !== 'score') return
      await new Promise<void>((resolve) => room.time.timers.after(60_000, resolve))
    }
    const seen = new Set<string>()
    for (const number of range(1, 4)) {
      await label(2 * number, 2 * number + 1)
      await untilEnded(number)
      const view = await round(number)
      expect(view).toMatchObject({ state: 'finished', scored: 128, pool: 300 - 2 * number })
      const revision = view?.queueRevision ?? 0
      const rows = await room.store.queueRows(project, revision, 0, 1000)
      expect(rows).toHaveLength(300 - 2 * number)
      const scored = rows.filter(({ uncertainty }) => uncertainty !== null)
      expect(scored).toHaveLength(128)
      expect(rows.slice(128).map(({ taskKey }) => taskKey)).not.toContain(scored[0]?.taskKey)
      for (const { taskKey } of scored) seen.add(taskKey)
    }
    expect(seen.size).toBeGreaterThan(270)
  })

  it('wait while the disk is full; labels are still taken, and the round goes on when there is room', async () => {
    let free = 4
    await begin(
      {},
      withSpace(room.blobs, async () => ({ free, total: 100 })),
    )
    await addTasks(room, range(0, 8))
    await label(0, 1)
    await room.time.pass(60_000)
    expect(await round()).toMatchObject({ state: 'training', membersTrained: 0 })
    const [problem] = await room.store.problems()
    expect(problem).toMatchObject({
      key: 'disk-full',
      sentence: expect.stringMatching(/96 % full/),
    })
    await label(2)
    expect((await room.store.roundInputs(project)).labelled).toBe(3)
    free = 50
    await untilEnded()
    expect(await round()).toMatchObject({ state: 'finished' })
    expect(await room.store.problems()).toEqual([])
  })
})
