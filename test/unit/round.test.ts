import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
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
  settings,
} from '../support/annotation.ts'
import { problemOf } from '../support/problems.ts'

describe('a round', () => {
  let room: Annotation
  let conductor: Conductor
  beforeEach(async () => {
    room = await openAnnotation()
    await addProject(room.store, room.time.now())
    await addTasks(room, range(0, 12))
    conductor = room.conduct()
    await conductor.start()
  })
  afterEach(async () => {
    await conductor.stop()
    await room.store.close()
  })
  const round = (number: number) => room.store.round(project, number)
  const ended = async (number: number) => (await round(number))?.finishedAt != null
  const untilEnded = (number: number) => room.time.until(() => ended(number))
  const label = async (...indices: readonly number[]) => {
    await addLabels(room, indices)
    conductor.poke(project)
  }
  const minutes = (count: number) => room.time.pass(count * 60_000)

  it('starts by itself when k labels are new, trains, scores, chooses and publishes', async () => {
    await label(0, 1)
    await untilEnded(1)
    const view = await round(1)
    expect(view).toMatchObject({ state: 'finished', reason: 'first', failure: null, seed: 1 })
    expect(view).toMatchObject({ images: 2, members: 2, membersTrained: 2, pool: 10, scored: 10 })
    expect(view).toMatchObject({ heldOutDice: 0.5, profile: 'quick', engine: 'fake' })
    const queue = await room.store.queue(project)
    expect(queue).toMatchObject({ origin: 'round', round: 1, length: 10, published: 4 })
    expect(queue?.revision).toBe(view?.queueRevision)
    const rows = await room.store.queueRows(project, queue?.revision ?? 0, 0, 100)
    expect(rows.map(({ rank }) => rank)).toEqual(range(1, 11))
    expect(rows.map(({ batch }) => batch)).toEqual([1, 1, 2, 2, ...Array(6).fill(null)])
    expect(rows.map(({ taskKey }) => taskKey).sort()).toEqual(range(2, 12).map(keyOf))
    for (const { taskKey, uncertainty } of rows) {
      const task = await room.store.task(project, taskKey)
      expect(task?.uncertainty).toBe(uncertainty)
    }
    const maps = []
    for (const { taskKey } of rows) maps.push(await room.store.mapOf(project, taskKey))
    expect(maps.map((map) => map?.modelDigest === view?.modelDigest)).toEqual([
      ...Array(4).fill(true),
      ...Array(6).fill(false),
    ])
    expect(await room.store.activeRounds()).toEqual([])
    expect(room.workshop.forgotten).toContain('cells/1')
  })

  it('needs two labelled images, and k labels or a pause of ten minutes', async () => {
    await label(0)
    await minutes(20)
    expect(await round(1)).toBeUndefined()
    await label(1)
    await untilEnded(1)
    expect(await round(1)).toMatchObject({ reason: 'first' })
    await label(2)
    await minutes(9.9)
    expect(await round(2)).toBeUndefined()
    await minutes(0.2)
    expect(await round(2)).toMatchObject({ reason: 'idle', images: 3 })
    await untilEnded(2)
    await label(3, 4)
    await untilEnded(3)
    expect(await round(3)).toMatchObject({ reason: 'labels', images: 5 })
    await minutes(60)
    expect(await round(4)).toBeUndefined()
  })

  it('trains on its snapshot; labels that come meanwhile make the next round due at once', async () => {
    let isTraining = false
    room.workshop.before = async (name) => {
      if (name !== 'trainMember' || isTraining) return
      isTraining = true
      await label(5)
    }
    await label(0, 1)
    await untilEnded(1)
    expect(await round(1)).toMatchObject({ images: 2 })
    await room.time.pass(1000)
    expect(await round(2)).toMatchObject({ reason: 'labels', images: 3 })
    await untilEnded(2)
    const rows = await room.store.queueRows(project, (await round(2))?.queueRevision ?? 0, 0, 100)
    expect(rows.map(({ taskKey }) => taskKey)).not.toContain(keyOf(5))
  })

  it('does not start by itself while the project is paused, but on request', async () => {
    await room.store.changeProject(project, { paused: true }, room.time.now())
    await label(0, 1, 2)
    await minutes(30)
    expect(await round(1)).toBeUndefined()
    expect(await conductor.startRound(project)).toBe(1)
    await untilEnded(1)
    expect(await round(1)).toMatchObject({ state: 'finished', reason: 'request' })
    await label(3, 4, 5)
    await minutes(30)
    expect(await round(2)).toBeUndefined()
    await room.store.changeProject(project, { paused: false }, room.time.now())
    conductor.poke(project)
    await untilEnded(2)
  })

  it('is refused where it makes no sense', async () => {
    await problemOf('not-found', () => conductor.startRound('elsewhere'))
    await problemOf('too-few-labels', () => conductor.startRound(project))
    await problemOf('not-found', () => conductor.cancelRound(project, 1))
    let release = () => {}
    room.workshop.before = (name) =>
      name === 'trainMember' ? new Promise<void>((resolve) => (release = resolve)) : undefined
    await label(0, 1)
    await room.time.until(async () => (await round(1)) !== undefined)
    await problemOf('conflict', () => conductor.startRound(project))
    room.workshop.before = () => {}
    release()
    await untilEnded(1)
    await problemOf('conflict', () => conductor.cancelRound(project, 1))
  })

  it('can be cancelled at any time, and then nothing of it is seen', async () => {
    for (const [i, name] of ['trainMember', 'join', 'score', 'select', 'maps'].entries()) {
      let isThere = false
      let isStoppable = false
      let stoppedAt = Number.POSITIVE_INFINITY
      room.workshop.before = (now, signal) => {
        if (now !== name) return
        isThere = true
        isStoppable = signal !== undefined
        return new Promise<void>((_, reject) => {
          const stop = () => {
            stoppedAt = room.time.now()
            reject(new Error('aborted'))
          }
          signal?.addEventListener('abort', stop)
        })
      }
      await label(2 * i, 2 * i + 1)
      await room.time.until(() => isThere)
      const askedAt = room.time.now()
      await conductor.cancelRound(project, i + 1)
      await room.time.pass(250)
      if (isStoppable) expect(stoppedAt - askedAt).toBeLessThan(1000)
      expect(await round(i + 1)).toMatchObject({ state: 'cancelled', failure: null })
      const jobs = await room.store.list(project, i + 1)
      expect(jobs.filter(({ state }) => state === 'waiting' || state === 'leased')).toEqual([])
      room.workshop.before = () => {}
      await room.time.pass(2000)
      expect((await room.store.queue(project))?.origin).toBe('cold-start')
      expect((await room.store.project(project))?.modelDigest).toBeNull()
    }
    await minutes(30)
    expect(await round(6)).toBeUndefined()
    await conductor.startRound(project)
    await untilEnded(6)
    expect(await round(6)).toMatchObject({ state: 'finished' })
  })

  it('tries a failing step three more times, then fails with a problem until a round succeeds', async () => {
    const times: number[] = []
    room.workshop.before = (name) => {
      if (name !== 'trainMember') return
      times.push(room.time.now())
      throw new Error('the engine is on fire')
    }
    await label(0, 1)
    await untilEnded(1)
    expect(times.map((time) => Math.round((time - (times[0] ?? 0)) / 1000))).toEqual([0, 2, 12, 72])
    const view = await round(1)
    expect(view).toMatchObject({ state: 'failed', failure: expect.stringMatching(/on fire/) })
    const [problem] = await room.store.problems(project)
    expect(problem?.sentence).toMatch(/Round 1 failed.*on fire/)
    expect(problem?.remedy).toMatch(/start a round/)
    await minutes(60)
    expect(await round(2)).toBeUndefined()
    room.workshop.before = () => {}
    await label(2)
    await untilEnded(2)
    expect(await round(2)).toMatchObject({ state: 'finished', images: 3 })
    expect(await room.store.problems(project)).toEqual([])
  })

  it('goes on when a step fails once', async () => {
    const failed = new Set<string>()
    room.workshop.before = (name) => {
      if (failed.has(name)) return
      failed.add(name)
      throw new Error('once')
    }
    await label(0, 1)
    await untilEnded(1)
    expect(await round(1)).toMatchObject({ state: 'finished', scored: 10 })
    for (const name of ['trainMember', 'join', 'score', 'select', 'maps']) {
      expect(failed).toContain(name)
    }
  })

  it('takes turns with the rounds of other projects', async () => {
    await conductor.stop()
    await addProject(room.store, room.time.now(), { id: 'other', settings: { ...settings, k: 3 } })
    await addTasks(room, range(0, 12), { of: 'other' })
    const work: string[] = []
    const { trainMember } = room.workshop
    const workshop = {
      ...room.workshop,
      trainMember: (...[training, ...rest]: Parameters<typeof trainMember>) => {
        work.push(training.key)
        return trainMember(training, ...rest)
      },
    }
    await addLabels(room, [0, 1])
    await addLabels(room, [0, 1, 2], { of: 'other' })
    conductor = room.conduct({ workshop })
    await conductor.start()
    await room.time.until(async () => (await room.store.round('other', 1))?.finishedAt != null)
    await untilEnded(1)
    expect(work).toEqual(['cells/1', 'other/1', 'cells/1', 'other/1'])
  })

  it('tells its progress', async () => {
    const events: ProgressEvent[] = []
    const stop = conductor.onProgress((event) => events.push(event))
    await label(0, 1)
    await untilEnded(1)
    expect(events.map(({ data }) => [data.state, data.member, data.scored])).toEqual([
      ['training', 0, 0],
      ['training', 1, 0],
      ['scoring', null, 10],
    ])
    const at = expect.stringMatching(/^2026-01-01T00:00/)
    expect(events[0]).toMatchObject({ project, type: 'round.progress', at })
    stop()
    await label(2, 3)
    await untilEnded(2)
    expect(events).toHaveLength(3)
  })

  it('goes back to an earlier model and its order, without what was labelled since', async () => {
    await label(0, 1)
    await untilEnded(1)
    const first = await round(1)
    const before = await room.store.queueRows(project, first?.queueRevision ?? 0, 0, 100)
    const [head, second] = before.map(({ taskKey }) => Number(taskKey.slice(1)))
    await label(head ?? 0, second ?? 0)
    await untilEnded(2)
    const digest = first?.modelDigest ?? ''
    const back = await conductor.rollback(project, digest)
    expect(back).toEqual({ modelDigest: digest, queueRevision: (first?.queueRevision ?? 0) + 2 })
    expect((await room.store.project(project))?.modelDigest).toBe(digest)
    const queue = await room.store.queue(project)
    expect(queue).toMatchObject({ origin: 'rollback', round: 1, modelDigest: digest, published: 2 })
    const rows = await room.store.queueRows(project, back.queueRevision, 0, 100)
    const keys = (list: typeof rows) => list.map(({ taskKey }) => taskKey)
    expect(keys(rows)).toEqual(keys(before).slice(2))
    await problemOf('not-found', () => conductor.rollback(project, 'f'.repeat(64)))
    await room.blobs.remove('model', digest)
    await problemOf('not-found', () => conductor.rollback(project, digest))
  })
})
