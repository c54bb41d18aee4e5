/** Rounds of a Store: snapshots, progress, and the pool. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Store } from '@suggestive/sidecar/ports/store'
import { problemOf } from '../support/problems.ts'
import {
  digestOf,
  finishRound,
  imageOf,
  labelOf,
  noteImageOf,
  type StoreBench,
  taskOf,
} from '../support/store.ts'

export function roundTests(bench: StoreBench) {
  const { fresh } = bench
  let store: Store
  beforeAll(() => {
    store = bench.store()
  })
  const start = { reason: 'request', members: 4, seed: 1 } as const

  describe('rounds', () => {
    it('need two labelled images whose bytes are known; one runs at a time', async () => {
      const { id, key } = await fresh(1)
      await store.putTasks(id, [taskOf(`${id}-unseen`)], 2)
      await store.putLabels(id, [labelOf(key(0)), labelOf(`${id}-unseen`)], false, 3)
      expect(await store.roundInputs(id)).toEqual({
        labelled: 1,
        fresh: 1,
        lastAt: 3,
        active: null,
      })
      await problemOf('too-few-labels', () => store.startRound(id, start, 4))
      await noteImageOf(store, `${id}-unseen`, 5)
      expect(await store.roundInputs(id)).toMatchObject({ labelled: 2, fresh: 2, lastAt: 5 })
      const round = await store.startRound(id, start, 6)
      expect(round).toMatchObject({ number: 1, state: 'training', images: 2, finishedAt: null })
      await problemOf('conflict', () => store.startRound(id, start, 7))
      expect(await store.activeRounds()).toContainEqual({ project: id, round: 1 })
    })

    it('train on what counted when they began, in the order of the digests', async () => {
      const { id, keys, key } = await fresh(3)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1), { outcome: 'empty' })], false, 2)
      const { number } = await store.startRound(id, start, 3)
      await store.putLabels(id, [labelOf(key(2)), labelOf(key(0), { version: 2 })], false, 4)
      const snapshot = await store.snapshot(id, number)
      const { items } = await store.labels(id, { limit: 10 })
      expect(snapshot).toEqual(
        keys
          .slice(0, 2)
          .map((one, i) => ({
            imageDigest: imageOf(one),
            name: `${one}.png`,
            labels: i === 0 ? [items[0]?.id] : [],
          }))
          .toSorted((a, b) => (a.imageDigest < b.imageDigest ? -1 : 1)),
      )
      expect(await store.roundInputs(id)).toMatchObject({ fresh: 2, active: number })
    })

    it('reset what is fresh unless they fail', async () => {
      const { id, key } = await fresh(2)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      await store.startRound(id, start, 3)
      expect(await store.roundInputs(id)).toMatchObject({ fresh: 0, active: 1 })
      await store.endRound(id, 1, 'failed', 'The engine stopped.', 4)
      expect(await store.roundInputs(id)).toMatchObject({ fresh: 2, active: null })
      expect(await store.round(id, 1)).toMatchObject({
        state: 'failed',
        failure: 'The engine stopped.',
        finishedAt: new Date(4).toISOString(),
      })
      await store.endRound(id, 1, 'cancelled', null, 5)
      expect(await store.round(id, 1)).toMatchObject({ state: 'failed' })
      await finishRound(store, id, digestOf('m'), [])
      expect(await store.roundInputs(id)).toMatchObject({ fresh: 0, active: null })
      const { items } = await store.rounds(id, { limit: 10 })
      expect(items.map(({ number }) => number)).toEqual([2, 1])
    })

    it('take progress field by field, and none after their end', async () => {
      const { id, key } = await fresh(2)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      await store.startRound(id, start, 3)
      await store.progressRound(id, 1, { state: 'scoring', computeSeconds: 2, pool: 7 }, 4)
      await store.progressRound(id, 1, { computeSeconds: 3, warnings: ['few'], scored: 5 }, 5)
      const expected = {
        state: 'scoring',
        computeSeconds: 5,
        pool: 7,
        scored: 5,
        warnings: ['few'],
      }
      expect(await store.round(id, 1)).toMatchObject(expected)
      await store.endRound(id, 1, 'cancelled', null, 6)
      await store.progressRound(id, 1, { state: 'publishing', scored: 9 }, 7)
      expect(await store.round(id, 1)).toMatchObject({ ...expected, state: 'cancelled' })
      expect(await store.budget(id)).toMatchObject({ computeSeconds: 5 })
      await problemOf('not-found', () => store.progressRound(id, 9, {}, 8))
      await problemOf('conflict', () => store.stageScores(id, 1, []))
    })
  })

  describe('the labelled images', () => {
    it('are those that can be trained on, in the order of their digests', async () => {
      const { id, keys, key } = await fresh(5)
      await store.putLabels(
        id,
        [0, 1, 2, 3].map((i) => labelOf(key(i))),
        false,
        2,
      )
      await store.forgetImage(imageOf(key(1)))
      await store.markBroken(imageOf(key(2)), 'It is truncated.', 3)
      const expected = [0, 1, 3]
        .map((i) => ({ imageDigest: imageOf(key(i)), taskKey: keys[i], stored: i !== 1 }))
        .toSorted((a, b) => (a.imageDigest < b.imageDigest ? -1 : 1))
      expect(await store.labelledImages(id, '', 10)).toEqual(expected)
      const [first] = expected
      expect(await store.labelledImages(id, first?.imageDigest ?? '', 1)).toEqual([expected[1]])
    })
  })

  describe('the pool', () => {
    it('is what may be suggested, once per image, in the order of the digests', async () => {
      const { id, keys, key } = await fresh(6)
      await store.putTasks(
        id,
        [
          taskOf(key(1), { state: 'in-progress' }),
          taskOf(key(2), { state: 'gone' }),
          taskOf('0-twin', { imageDigest: imageOf(key(0)) }),
        ],
        2,
      )
      await store.putLabels(
        id,
        [labelOf(key(3)), labelOf(key(4), { outcome: 'skipped' })],
        false,
        3,
      )
      await store.markBroken(imageOf(key(5)), 'It is truncated.', 4)
      const digests = [imageOf(key(0)), imageOf(key(1))].toSorted()
      const pool = await store.pool(id, 1)
      expect(pool.map(({ imageDigest }) => imageDigest)).toEqual(digests)
      expect(pool.find(({ imageDigest }) => imageDigest === imageOf(key(0)))).toEqual({
        imageDigest: imageOf(key(0)),
        taskKey: '0-twin',
        inProgress: false,
        scored: false,
        stored: true,
        scoredRound: 0,
      })
      expect(pool.find(({ taskKey }) => taskKey === key(1))?.inProgress).toBe(true)
      const isBack = async (round: number) =>
        (await store.pool(id, round)).some(({ taskKey }) => taskKey === keys[4])
      expect([await isBack(0), await isBack(2), await isBack(3)]).toEqual([false, false, true])
    })
  })
}
