/** Publications of a Store, and what is kept of them. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Store } from '@suggestive/sidecar/ports/store'
import { problemOf } from '../support/problems.ts'
import {
  digestOf,
  finishRound,
  imageOf,
  labelOf,
  mapOf,
  rowOf,
  type StoreBench,
  taskOf,
} from '../support/store.ts'

export function queueTests(bench: StoreBench) {
  const { fresh } = bench
  let store: Store
  beforeAll(() => {
    store = bench.store()
  })
  const start = { reason: 'request', members: 4, seed: 1 } as const

  describe('a publication', () => {
    it('shows everything of the round at once, and nothing before', async () => {
      const { id, key, keys } = await fresh(4)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      const model = digestOf(`${id} model`)
      const rest = keys.slice(2)
      const { number } = await store.startRound(id, start, 3)
      await store.progressRound(
        id,
        number,
        { model: { digest: model, bytes: 9 }, computeSeconds: 7 },
        4,
      )
      await store.stageScores(
        id,
        number,
        rest.map((one) => ({ imageDigest: imageOf(one), uncertainty: 0.2, foreground: 0.4 })),
      )
      await store.stageMaps(id, number, [mapOf(key(2), model, number)])
      await store.stageQueue(id, 'round-1', [rowOf(1, key(3)), rowOf(2, key(2))])
      expect(await store.queue(id)).toBeUndefined()
      expect(await store.mapOf(id, key(2))).toBeUndefined()
      expect(await store.models(id)).toEqual([])
      expect(await store.task(id, key(2))).toMatchObject({ uncertainty: null, rank: null })
      expect((await store.pool(id, 2))[0]?.scoredRound).toBe(0)

      const { newest } = await store.eventRange()
      const as = { origin: 'round', round: number, modelDigest: model, published: 1 } as const
      expect(await store.publish(id, 'round-1', as, 5)).toBe(1)
      const summary = { revision: 1, length: 2, published: 1, origin: 'round', round: 1 }
      expect(await store.queue(id)).toMatchObject({ ...summary, modelDigest: model })
      expect(await store.queueRows(id, 1, 0, 10)).toEqual([rowOf(1, key(3)), rowOf(2, key(2))])
      expect(await store.queueRows(id, 1, 1, 10)).toEqual([rowOf(2, key(2))])
      expect(await store.mapOf(id, key(2))).toEqual(mapOf(key(2), model, number))
      expect(await store.models(id)).toMatchObject([{ digest: model, inUse: true, stored: true }])
      expect(await store.task(id, key(2))).toMatchObject({ uncertainty: 0.2, rank: 2 })
      expect((await store.pool(id, 2))[0]?.scoredRound).toBe(1)
      expect(await store.round(id, 1)).toMatchObject({ state: 'finished', queueRevision: 1 })
      expect(await store.project(id)).toMatchObject({
        modelDigest: model,
        queueRevision: 1,
        round: 1,
      })
      expect(await store.budget(id)).toMatchObject({ computeSeconds: 7 })
      const types = (await store.events(newest, id, 10)).map(({ type }) => type)
      expect(types).toEqual(['round.finished', 'queue.published'])

      // Again, after an answer that got lost.
      await store.stageQueue(id, 'round-1', [rowOf(1, key(2))])
      expect(await store.publish(id, 'round-1', as, 6)).toBe(1)
      expect(await store.queueRows(id, 1, 0, 10)).toHaveLength(2)
      expect((await store.queues(id, { limit: 10 })).items).toHaveLength(1)
    })

    it('of a round that was cancelled is refused; of unknown tasks, too', async () => {
      const { id, key } = await fresh(2)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      const { number } = await store.startRound(id, start, 3)
      await problemOf('not-found', () => store.stageQueue(id, 'round-1', [rowOf(1, 'unknown')]))
      await store.endRound(id, number, 'cancelled', null, 4)
      const as = { origin: 'round', round: number, modelDigest: null, published: 0 } as const
      await problemOf('not-found', () => store.publish(id, 'round-1', as, 5))
      await store.stageQueue(id, 'late', [rowOf(1, key(1))])
      await problemOf('conflict', () => store.publish(id, 'late', as, 5))
      expect(await store.queue(id)).toBeUndefined()
    })

    it('goes back to a stored model', async () => {
      const { id, key, keys } = await fresh(4)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      const [one, two] = [digestOf(`${id} 1`), digestOf(`${id} 2`)]
      await finishRound(store, id, one, keys.slice(2))
      await finishRound(store, id, two, keys.slice(2))
      expect((await store.models(id)).map(({ digest }) => digest)).toEqual([two, one])
      await goBack(store, id, one, 20)
      expect(await store.project(id)).toMatchObject({ modelDigest: one })
      expect((await store.mapOf(id, key(2)))?.modelDigest).toBe(one)
      await problemOf('not-found', () => goBack(store, id, digestOf('other'), 21))
    })

    it('goes back to the model of a rollback together with its queue, or not at all', async () => {
      const { id, key, keys } = await fresh(4)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      const [one, two] = [digestOf(`${id} 1`), digestOf(`${id} 2`)]
      await finishRound(store, id, one, keys.slice(2))
      await finishRound(store, id, two, keys.slice(2))
      await store.stageQueue(id, 'back', [rowOf(1, key(3))])
      const as = { origin: 'rollback', round: 1, published: 1 } as const
      const other = digestOf('other')
      await problemOf('not-found', () =>
        store.publish(id, 'back', { ...as, modelDigest: other }, 3),
      )
      expect(await store.project(id)).toMatchObject({ modelDigest: two, queueRevision: 2 })
      expect(await store.publish(id, 'back', { ...as, modelDigest: one }, 3)).toBe(3)
      expect(await store.project(id)).toMatchObject({ modelDigest: one, queueRevision: 3 })
    })

    it('lacks tasks that came later, but not those that nobody should get', async () => {
      const { id, key } = await fresh(3)
      await store.stageQueue(id, 'cold', [rowOf(1, key(0)), rowOf(2, key(1))])
      const as = { origin: 'cold-start', round: null, modelDigest: null, published: 2 } as const
      await store.publish(id, 'cold', as, 2)
      await store.putTasks(
        id,
        [
          { taskKey: 'unknown', name: 'x', state: 'open' },
          taskOf('twin', { imageDigest: imageOf(key(0)) }),
          taskOf('busy', { state: 'in-progress' }),
          taskOf('busy-twin', { imageDigest: imageOf('busy') }),
          taskOf('gone', { state: 'gone' }),
          taskOf('labelled'),
          taskOf('skipped'),
          taskOf('broken'),
        ],
        3,
      )
      await store.putLabels(
        id,
        [labelOf('labelled'), labelOf('skipped', { outcome: 'skipped' })],
        false,
        4,
      )
      await store.markBroken(imageOf('broken'), 'It is truncated.', 5)
      const found: unknown[] = []
      let after: string | undefined
      do {
        const page = await store.unqueuedTasks(id, { limit: 2, after })
        found.push(...page.items)
        after = page.next ?? undefined
      } while (after !== undefined)
      expect(found).toEqual([
        { taskKey: key(2), imageDigest: imageOf(key(2)) },
        { taskKey: 'unknown', imageDigest: null },
      ])
    })

    it('gets receipts', async () => {
      const { id, key } = await fresh(1)
      await store.stageQueue(id, 'cold', [rowOf(1, key(0))])
      const as = { origin: 'cold-start', round: null, modelDigest: null, published: 8 } as const
      expect(await store.publish(id, 'cold', as, 2)).toBe(1)
      expect(await store.queue(id)).toMatchObject({ length: 1, published: 1, round: null })
      const receipt = {
        revision: 1,
        outcome: 'applied',
        applied: 1,
        untouched: 0,
        detail: '',
      } as const
      await store.addReceipt(id, receipt, 3)
      const { items } = await store.receipts(id, { limit: 10 })
      expect(items).toEqual([{ ...receipt, at: new Date(3).toISOString() }])
      await problemOf('not-found', () => store.addReceipt(id, { ...receipt, revision: 2 }, 4))
    })
  })

  describe('keeping house', () => {
    it('trims old queues, forgets what failed, and names the blobs that are needed', async () => {
      const { id, key, keys } = await fresh(5)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      const models = [1, 2, 3].map((i) => digestOf(`${id} ${i}`))
      for (const model of models) await finishRound(store, id, model, keys.slice(2))
      const { number } = await store.startRound(id, start, 20)
      const failed = digestOf(`${id} failed`)
      await store.progressRound(id, number, { model: { digest: failed, bytes: 1 } }, 21)
      await store.stageMaps(id, number, [mapOf(key(2), failed, number)])
      await store.stageQueue(id, `round-${number}`, [rowOf(1, key(2))])
      const staged = (await store.retain(22)).map(({ digest }) => digest)
      expect(staged).toEqual(expect.arrayContaining([...models, failed]))
      expect(staged).toContain(mapOf(key(2), failed, number).variance)
      await store.endRound(id, number, 'failed', 'x', 23)
      const kept = (await store.retain(24)).map(({ digest }) => digest)
      expect(kept).toEqual(expect.arrayContaining(models))
      const mapped = [...models, failed].map((model) =>
        kept.includes(mapOf(key(2), model, 1).variance),
      )
      expect(mapped).toEqual([false, true, true, false])
      expect(kept).not.toContain(failed)
      expect(await store.queueRows(id, 1, 0, 10)).toHaveLength(2)
      expect(await store.queueRows(id, 2, 0, 10)).toHaveLength(3)
      expect((await store.task(id, key(2)))?.uncertainty).toBe(0.1)
      const month = 40 * 24 * 60 * 60 * 1000
      const later = await store.retain(month)
      expect(later.map(({ digest }) => digest)).toEqual(expect.arrayContaining(models))
    })

    it('keeps the last five models, those of 30 days and the one in use', async () => {
      const { id, key } = await fresh(2)
      await store.putLabels(id, [labelOf(key(0)), labelOf(key(1))], false, 2)
      const models = Array.from({ length: 8 }, (_, i) => digestOf(`${id} ${i}`))
      for (const model of models) await finishRound(store, id, model, [])
      await store.retain(1000)
      expect((await store.models(id)).every(({ stored }) => stored)).toBe(true)
      await goBack(store, id, models[0] ?? '', 20)
      await store.retain(31 * 24 * 60 * 60 * 1000)
      const stored = (await store.models(id)).toReversed().map((model) => model.stored)
      expect(stored).toEqual([true, false, false, true, true, true, true, true])
    })
  })
}

/** With an empty queue. */
async function goBack(store: Store, project: string, modelDigest: string, at: number) {
  const draft = `rollback-${at}`
  await store.stageQueue(project, draft, [])
  await store.publish(
    project,
    draft,
    { origin: 'rollback', round: null, modelDigest, published: 0 },
    at,
  )
}
