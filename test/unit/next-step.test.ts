import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { nextStep } from '@suggestive/sidecar/app/next-step'
import {
  type Annotation,
  addLabels,
  addProject,
  addTasks,
  openAnnotation,
  project,
  range,
} from '../support/annotation.ts'

describe('the next step of a project', () => {
  let room: Annotation
  beforeEach(async () => {
    room = await openAnnotation()
    await addProject(room.store, room.time.now())
  })
  afterEach(() => room.store.close())
  const step = async () => {
    const record = await room.store.project(project)
    return record === undefined ? '' : await nextStep(room.store, record)
  }

  it('leads from the connection to the next round, and says when somebody has to do something', async () => {
    expect(await step()).toMatch(/Connect the labelling tool/)
    await addTasks(room, range(0, 6))
    expect(await step()).toMatch(/sending the images/)
    const conductor = room.conduct()
    await conductor.start()
    await room.time.pass(1000)
    expect(await step()).toMatch(/Annotate 2 more images/)
    await addLabels(room, [0])
    expect(await step()).toMatch(/Annotate 1 more image in/)
    let isThere = false
    let release = () => {}
    room.workshop.before = (name) => {
      if (name !== 'score') return
      isThere = true
      return new Promise<void>((resolve) => (release = resolve))
    }
    await addLabels(room, [1])
    expect(await step()).toMatch(/begins in a moment/)
    conductor.poke(project)
    await room.time.until(() => isThere)
    expect(await step()).toMatch(/Round 1 is looking at the images/)
    room.workshop.before = () => {}
    release()
    const ended = async (round: number) =>
      (await room.store.round(project, round))?.finishedAt != null
    await room.time.until(() => ended(1))
    expect(await step()).toMatch(/Annotate the head of the queue.*2 new labels/)
    await addLabels(room, [2])
    expect(await step()).toMatch(/1 more labels, or after 10 minutes/)
    await room.store.changeProject(project, { paused: true }, room.time.now())
    expect(await step()).toMatch(/is paused/)
    await room.store.changeProject(project, { paused: false }, room.time.now())
    room.workshop.before = () => {
      throw new Error('broken')
    }
    await conductor.startRound(project)
    await room.time.until(() => ended(2))
    expect(await step()).toMatch(/Round 2 failed/)
    await addLabels(room, [3, 4, 5])
    expect(await step()).toMatch(/Every task is annotated/)
    await conductor.stop()
  })
})
