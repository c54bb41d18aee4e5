import { describe, expect, it } from '@jest/globals'
import {
  addLabels,
  addProject,
  addTasks,
  openAnnotation,
  project,
  range,
} from '../support/annotation.ts'

describe('two servers with the same labels', () => {
  async function outcome(tasks: readonly number[], labels: readonly number[]) {
    const room = await openAnnotation()
    await addProject(room.store, room.time.now())
    await addTasks(room, tasks)
    for (const index of labels) await addLabels(room, [index])
    const conductor = room.conduct()
    await conductor.start()
    const view = () => room.store.round(project, 1)
    await room.time.until(async () => (await view())?.finishedAt != null)
    const rows = await room.store.queueRows(project, (await view())?.queueRevision ?? 0, 0, 100)
    const { modelDigest } = (await view()) ?? {}
    await conductor.stop()
    await room.store.close()
    return { modelDigest, rows }
  }

  it('have the same model and the same queue, in whatever order tasks and labels arrived', async () => {
    const one = await outcome(range(0, 20), [3, 4, 5])
    const other = await outcome(range(0, 20).reverse(), [5, 3, 4])
    expect(other).toEqual(one)
    const different = await outcome(range(0, 20), [3, 4, 6])
    expect(different.modelDigest).not.toBe(one.modelDigest)
  })
})
