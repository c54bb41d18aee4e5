import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import type { Conductor } from '@suggestive/sidecar/app/conductor'
import {
  type Annotation,
  addLabels,
  addProject,
  addTasks,
  openAnnotation,
  project,
  range,
} from '../support/annotation.ts'
import { problemOf } from '../support/problems.ts'

describe('what a round runs with', () => {
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

  it('keeps what its owner had set when it began, and the computing time when it ends without a result', async () => {
    room.workshop.before = async (name) => {
      if (name === 'join') throw new Problem('wrong-use', 'They do not fit.')
      if (name !== 'trainMember') return
      await room.store.changeProject(project, { settings: { k: 4 } }, room.time.now())
      await new Promise<void>((resolve) => room.time.timers.after(4000, resolve))
    }
    await label(0, 1)
    await untilEnded(1)
    const kept = { k: 2, candidates: 4, depth: 2, scoreMinutes: 10, scale: 0.5 }
    expect(await round(1)).toMatchObject({ state: 'failed', settings: kept })
    // Two members, four seconds each.
    expect(Math.floor((await round(1))?.computeSeconds ?? 0)).toBe(8)
    const { computeSeconds } = await room.store.budget(project)
    expect(computeSeconds).toBe((await round(1))?.computeSeconds)
  })

  it('uses the working scale of the first model until the owner names another one', async () => {
    const scales: unknown[] = []
    const { trainMember } = room.workshop
    room.workshop.trainMember = (training, ...rest) => {
      scales.push(training.settings.scale)
      return trainMember(training, ...rest)
    }
    await label(0, 1)
    await untilEnded(1)
    expect((await round(1))?.settings.scale).toBe(0.5)
    room.workshop.scale = 0.25
    await label(2, 3)
    await untilEnded(2)
    await room.store.changeProject(project, { settings: { scale: 0.125 } }, room.time.now())
    await label(4, 5)
    await untilEnded(3)
    expect(scales).toEqual(['from-labels', 'from-labels', 0.5, 0.5, 0.125, 0.125])
    expect((await round(3))?.settings.scale).toBe(0.125)
  })

  it('does not go back to an earlier model while it publishes', async () => {
    await label(0, 1)
    await untilEnded(1)
    let release = () => {}
    room.workshop.before = (name) =>
      name === 'maps' ? new Promise<void>((resolve) => (release = resolve)) : undefined
    await label(2, 3)
    await room.time.until(async () => (await round(2))?.state === 'publishing')
    const { modelDigest } = (await round(1)) ?? {}
    const sentence = await problemOf('conflict', () =>
      conductor.rollback(project, modelDigest ?? ''),
    )
    expect(sentence).toMatch(/Round 2 .* is publishing/)
    room.workshop.before = () => {}
    release()
    await untilEnded(2)
    await conductor.rollback(project, modelDigest ?? '')
    expect((await room.store.project(project))?.modelDigest).toBe(modelDigest)
  })
})
