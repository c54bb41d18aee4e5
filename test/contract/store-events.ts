/** Events, problems and replies of a Store. */
import { beforeAll, describe, expect, it } from '@jest/globals'
import type { Store } from '@suggestive/sidecar/ports/store'
import type { StoreBench } from '../support/store.ts'

export function eventTests(bench: StoreBench) {
  const { fresh } = bench
  let store: Store
  beforeAll(() => {
    store = bench.store()
  })

  describe('events and problems', () => {
    it('come in order, of one project with what concerns all', async () => {
      const [a, b] = [await fresh(), await fresh()]
      const { newest } = await store.eventRange()
      await store.wantImages(a.id, ['1'], 2)
      await store.wantImages(b.id, ['2'], 3)
      const key = `disk-${a.id}`
      await store.raiseProblem({ key, project: null, sentence: 'Full.', remedy: 'Free some.' }, 4)
      await store.raiseProblem({ key, project: null, sentence: 'Full.', remedy: 'Free some.' }, 5)
      await store.clearProblem(null, key, 6)
      await store.clearProblem(null, key, 7)
      const types = async (project?: string) =>
        (await store.events(newest, project, 10)).map(({ type }) => type)
      const all = ['problem.raised', 'problem.cleared']
      expect(await types(a.id)).toEqual(['image.wanted', ...all])
      expect(await types()).toEqual(['image.wanted', 'image.wanted', ...all])
      expect(await store.events(newest, undefined, 1)).toMatchObject([{ id: newest + 1 }])
      expect((await store.eventRange()).newest).toBe(newest + 4)
    })

    it('are shown while they last', async () => {
      const { id } = await fresh()
      await store.raiseProblem({ key: 'k', project: id, sentence: 'S.', remedy: 'R.' }, 4)
      const shown = { key: 'k', project: id, url: null, raisedAt: new Date(4).toISOString() }
      expect(await store.problems(id)).toMatchObject([shown])
      expect(await store.problems()).toContainEqual({ ...shown, sentence: 'S.', remedy: 'R.' })
      await store.clearProblem(id, 'k', 5)
      expect(await store.problems(id)).toEqual([])
    })

    it('are forgotten by age, and ids go on', async () => {
      const { id } = await fresh()
      await store.wantImages(id, ['1'], 1_000)
      const { newest } = await store.eventRange()
      await store.wantImages(id, ['2'], 2_000)
      await store.forgetEvents(2_000)
      expect(await store.eventRange()).toEqual({ oldest: newest + 1, newest: newest + 1 })
      await store.forgetEvents(3_000)
      expect(await store.eventRange()).toEqual({ oldest: 0, newest: newest + 1 })
      await store.wantImages(id, ['3'], 4_000)
      expect((await store.eventRange()).newest).toBe(newest + 2)
    })
  })

  describe('replies', () => {
    it('are kept under their key until they are forgotten', async () => {
      const reply = { fingerprint: 'f', status: 200, body: '{}' }
      await store.remember('k', reply, 5)
      await store.remember('k', { ...reply, status: 500 }, 6)
      expect(await store.recall('k')).toEqual(reply)
      expect(await store.recall('other')).toBeUndefined()
      await store.forgetReplies(5)
      expect(await store.recall('k')).toEqual(reply)
      await store.forgetReplies(6)
      expect(await store.recall('k')).toBeUndefined()
    })
  })
}
