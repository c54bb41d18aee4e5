/** Labels of a Store: what counts, and what it cost. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Store } from '@suggestive/sidecar/ports/store'
import { problemOf } from '../support/problems.ts'
import {
  countsOf,
  imageOf,
  labelOf,
  mask,
  noteImageOf,
  type StoreBench,
  taskOf,
} from '../support/store.ts'

export function labelTests(bench: StoreBench) {
  const { fresh } = bench
  let store: Store
  beforeAll(() => {
    store = bench.store()
  })
  const start = { reason: 'request', members: 4, seed: 1 } as const

  describe('labels', () => {
    it('are appended once, with their masks, and told', async () => {
      const { id, key } = await fresh(2)
      const { newest } = await store.eventRange()
      const told: number[] = []
      const stop = store.onEvents((last) => told.push(last))
      const given = [labelOf(key(0)), labelOf(key(1), { outcome: 'empty', seconds: null })]
      expect(await store.putLabels(id, given, false, 2)).toEqual({ accepted: 2, repeated: 0 })
      expect(await store.putLabels(id, given, false, 3)).toEqual({ accepted: 0, repeated: 2 })
      stop()
      const { items } = await store.labels(id, { limit: 10 })
      expect(items).toMatchObject([
        {
          taskKey: key(0),
          outcome: 'labelled',
          seconds: 10,
          receivedAt: new Date(2).toISOString(),
        },
        { taskKey: key(1), outcome: 'empty', seconds: null },
      ])
      const ids = items.map((label) => label.id)
      expect(await store.labelMasks(id, ids)).toEqual(new Map([[ids[0], mask]]))
      const events = await store.events(newest, id, 10)
      expect(events.map(({ type }) => type)).toEqual(['label.ingested', 'budget.changed'])
      expect(events[0]?.data).toMatchObject({ labelled: 2 })
      expect(told).toContain(events.at(-1)?.id)
      expect(await countsOf(store, id)).toMatchObject({ labelled: 2, empty: 1 })
    })

    it('of an unknown task refuse the whole call', async () => {
      const { id, key } = await fresh(1)
      await problemOf('not-found', () =>
        store.putLabels(id, [labelOf(key(0)), labelOf('unknown')], false, 2),
      )
      expect((await store.labels(id, { limit: 10 })).items).toEqual([])
      expect(await store.budget(id)).toMatchObject({ images: 0, annotationSeconds: 0 })
    })

    it('count by the newest version, whatever the order of arrival; deleted ones give the image back', async () => {
      const { id, key } = await fresh(1)
      const version = (number: number, outcome: 'labelled' | 'empty' | 'deleted' | 'skipped') =>
        store.putLabels(id, [labelOf(key(0), { version: number, outcome })], false, number)
      await version(3, 'empty')
      await version(2, 'labelled')
      expect(await store.task(id, key(0))).toMatchObject({ label: 'empty' })
      await version(4, 'deleted')
      expect(await store.task(id, key(0))).toMatchObject({ label: 'none' })
      expect(await store.pool(id, 1)).toHaveLength(1)
      await version(5, 'skipped')
      expect(await store.task(id, key(0))).toMatchObject({ label: 'skipped' })
      expect((await store.labels(id, { limit: 10, taskKey: key(0) })).items).toHaveLength(4)
    })

    it('return to earlier content under a larger version', async () => {
      const { id, key } = await fresh(1)
      const first = labelOf(key(0))
      const second = labelOf(key(0), { version: 2, outcome: 'deleted' })
      await store.putLabels(id, [first, second, { ...first, version: 3 }], false, 2)
      expect(await store.task(id, key(0))).toMatchObject({ label: 'labelled' })
      const late = labelOf(key(0), { version: 4, outcome: 'empty' })
      await store.putLabels(id, [{ ...first, version: 5 }, late], false, 3)
      expect(await store.task(id, key(0))).toMatchObject({ label: 'labelled' })
    })

    it('of byte-identical images are pooled', async () => {
      const { id, key } = await fresh(1)
      await store.putTasks(id, [taskOf('twin', { imageDigest: imageOf(key(0)) })], 2)
      await store.putLabels(id, [labelOf('twin')], false, 3)
      expect(await store.task(id, key(0))).toMatchObject({ label: 'labelled' })
      expect(await store.pool(id, 1)).toEqual([])
      await store.putLabels(id, [labelOf(key(0))], false, 4)
      expect(await store.budget(id)).toMatchObject({ images: 1, pixels: 16 })
    })

    it('wait for an image that comes to be known later, and follow a task to another image', async () => {
      const { id } = await fresh()
      const [task, twin] = [`${id}-late`, `${id}-twin`]
      const { imageDigest: _, ...unseen } = taskOf(task)
      await store.putTasks(id, [unseen, taskOf(twin, { imageDigest: imageOf(task) })], 2)
      await store.putLabels(id, [labelOf(task)], false, 3)
      expect(await store.task(id, task)).toMatchObject({ label: 'labelled' })
      expect(await store.task(id, twin)).toMatchObject({ label: 'none' })
      await store.putTasks(id, [taskOf(task)], 4)
      expect(await store.task(id, twin)).toMatchObject({ label: 'labelled' })
      expect(await store.roundInputs(id)).toMatchObject({ labelled: 0, fresh: 0 })
      await noteImageOf(store, task, 5)
      expect(await store.roundInputs(id)).toMatchObject({ labelled: 1, fresh: 1, lastAt: 5 })
      await store.putLabels(id, [labelOf(twin)], false, 6)
      expect(await store.budget(id)).toMatchObject({ images: 1 })

      await noteImageOf(store, `${id}-other`)
      await store.putTasks(id, [taskOf(task, { imageDigest: imageOf(`${id}-other`) })], 7)
      expect(await countsOf(store, id)).toMatchObject({ labelled: 2 })
      expect(await store.roundInputs(id)).toMatchObject({ labelled: 2 })
    })

    it('follow the settings, also when they change later', async () => {
      const { id, key } = await fresh(2)
      await store.putLabels(
        id,
        [
          labelOf(key(0), { outcome: 'empty' }),
          labelOf(key(1), { externalId: 'one' }),
          labelOf(key(1), { externalId: 'two' }),
        ],
        false,
        2,
      )
      await store.changeProject(
        id,
        { settings: { emptyMeans: 'unlabelled', overlap: 'majority' } },
        3,
      )
      expect(await countsOf(store, id)).toMatchObject({ labelled: 1, empty: 0 })
      await store.changeProject(id, { settings: { emptyMeans: 'background' } }, 4)
      const { number } = await store.startRound(id, start, 5)
      const snapshot = await store.snapshot(id, number)
      expect(snapshot.map(({ labels }) => labels.length).toSorted()).toEqual([0, 2])
    })
  })

  describe('the budget', () => {
    it('counts an image once, all work by its totals, and keeps deleted ones; before the connection is apart', async () => {
      const { id, key } = await fresh(3)
      await store.putLabels(id, [labelOf(key(0))], true, 2)
      await store.putLabels(
        id,
        [
          labelOf(key(1), { seconds: 5 }),
          labelOf(key(1), { seconds: 6, version: 2, outcome: 'empty' }),
          labelOf(key(1), { seconds: null, version: 3, outcome: 'deleted' }),
          labelOf(key(2), { seconds: 7, outcome: 'skipped' }),
          labelOf(key(2), { seconds: null, version: 2, outcome: 'skipped' }),
        ],
        false,
        3,
      )
      expect(await store.budget(id)).toEqual({
        images: 1,
        pixels: 16,
        annotationSeconds: 13,
        withoutTime: 1,
        computeSeconds: 0,
        beforeConnection: 1,
      })
      expect(await countsOf(store, id)).toMatchObject({ beforeConnection: 1, labelled: 1 })
    })
  })
}
