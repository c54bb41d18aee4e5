import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { runsOf } from '@suggestive/shared/mask'
import { readModel } from '@suggestive/sidecar/domain/model-file'
import { pack, unpack } from '@suggestive/sidecar/domain/packed-mask'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { createWorkshop } from '@suggestive/sidecar/workshop/workshop'
import { encodePng } from '../bench/png.ts'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import {
  addLabels,
  addProject,
  keyOf,
  openAnnotation,
  project,
  range,
} from '../support/annotation.ts'

const size = 32

/** Two rounds over real pictures, by the real workshop with the engine of the tests. */
async function twoRounds(order: readonly number[]) {
  const room = await openAnnotation()
  const checkpoints = mkdtempSync(join(tmpdir(), 'suggestive-test-'))
  const engine = createPixelEngine()
  const workshop = createWorkshop({ engine, blobs: room.blobs, checkpoints })
  await addProject(room.store, room.time.now())
  for (const index of order) {
    const { picture } = phantom({ seed: 1, index, size })
    const png = encodePng(size, size, 3, Uint8Array.from(picture.data))
    const { digest, bytes } = await room.blobs.put('image', png)
    const task = { taskKey: keyOf(index), name: `${index}.png`, imageDigest: digest }
    await room.store.putTasks(project, [{ ...task, state: 'open' }], room.time.now())
    await room.store.noteImage({ digest, bytes, width: size, height: size }, room.time.now())
  }
  const label = async (indices: readonly number[]) => {
    for (const index of indices) {
      const mask = pack(runsOf(phantom({ seed: 1, index, size }).mask))
      await addLabels(room, [index], { mask, pixels: size * size })
    }
    conductor.poke(project)
  }
  const conductor = room.conduct({ workshop })
  await conductor.start()
  const queues = []
  const finished = async (number: number) =>
    (await room.store.round(project, number))?.finishedAt != null
  for (const [i, indices] of [
    [0, 1, 2],
    [4, 5, 6, 7],
  ].entries()) {
    await label(order[0] === 0 ? indices : indices.toReversed())
    await room.time.until(() => finished(i + 1))
    const view = await room.store.round(project, i + 1)
    const rows = await room.store.queueRows(project, view?.queueRevision ?? 0, 0, 100)
    queues.push({ view, rows })
  }
  const head = queues[1]?.rows[0]?.taskKey ?? ''
  const map = await conductor.suggestion(project, head, 0)
  const mask = unpack((await room.blobs.get('map', map.mask)) ?? new Uint8Array())
  const model = queues[1]?.view?.modelDigest ?? ''
  const file = (await room.blobs.get('model', model)) ?? new Uint8Array()
  await conductor.stop()
  await room.store.close()
  rmSync(checkpoints, { recursive: true })
  return { queues, mask, header: readModel(file, 'model').header, map }
}

describe('rounds over real pictures', () => {
  it('end with the same models and queues, in whatever order everything arrived', async () => {
    const one = await twoRounds(range(0, 20))
    const [first, second] = one.queues
    expect(first?.view).toMatchObject({
      state: 'finished',
      images: 3,
      scored: 17,
      heldOutDice: null,
    })
    expect(first?.view?.warnings.join()).toMatch(/3 labelled images/)
    expect(second?.view).toMatchObject({ state: 'finished', images: 7, scored: 13, failure: null })
    expect(second?.view?.heldOutDice).toBeGreaterThan(0)
    expect(second?.rows.slice(0, 4).map(({ batch }) => batch)).toEqual([1, 1, 2, 2])
    expect(second?.rows.slice(0, 4).every(({ gain }) => (gain ?? -1) >= 0)).toBe(true)
    const represented = second?.rows.reduce((sum, row) => sum + (row.represents ?? 0), 0)
    expect(represented).toBe(13)
    expect(one.mask).toMatchObject({ width: size, height: size })
    expect(one.header).toMatchObject({ classValues: [0, 1], round: 2, seed: 1 })
    expect(one.map.probability.map(({ classId }) => classId)).toEqual([1])

    const other = await twoRounds(range(0, 20).reverse())
    const facts = ({ queues }: typeof one) =>
      queues.map(({ view, rows }) => ({ model: view?.modelDigest, rows }))
    expect(facts(other)).toEqual(facts(one))
  })
})
