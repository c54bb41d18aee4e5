/** What every implementation of the `Jobs` port must do; called with each. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { JobSpec, Jobs } from '@suggestive/sidecar/ports/jobs'

export function jobsContract(
  name: string,
  open: () => Promise<{ readonly jobs: Jobs; close(): Promise<void> }>,
) {
  describe(`${name} as Jobs`, () => {
    let jobs: Jobs
    let close: () => Promise<void>
    let project = ''
    let count = 0
    beforeAll(async () => {
      const opened = await open()
      jobs = opened.jobs
      close = () => opened.close()
    })
    afterAll(() => close())

    const job = (key: string, more: Partial<JobSpec> = {}): JobSpec => ({
      key: `${project}/${key}`,
      project,
      round: 1,
      kind: 'member',
      payload: { member: key },
      priority: 0,
      ...more,
    })

    /** Jobs of a new project; nothing else waits. */
    async function submit(...specs: (() => JobSpec)[]) {
      if (project !== '') await jobs.cancel(project, 1, 0)
      project = `project-${++count}`
      await jobs.submit(
        specs.map((spec) => spec()),
        1,
      )
    }

    const claim = async (at: number, leaseMs = 10) => {
      const found = await jobs.claim('worker', leaseMs, at)
      if (found === undefined) throw new Error('no job waits')
      return found
    }

    it('are claimed by priority, then in the order submitted, each once', async () => {
      await submit(
        () => job('a'),
        () => job('b', { priority: 5 }),
        () => job('c'),
      )
      const got = [await claim(1), await claim(1), await claim(1)]
      expect(got.map(({ payload }) => payload)).toEqual(
        ['b', 'a', 'c'].map((member) => ({ member })),
      )
      expect(got[0]).toMatchObject({ ...job('b', { priority: 5 }), attempt: 1 })
      expect(await jobs.claim('worker', 10, 1)).toBeUndefined()
    })

    it('are submitted once per key', async () => {
      await submit(() => job('a'))
      await jobs.submit([job('a', { payload: 'other' }), job('b')], 2)
      const list = await jobs.list(project, 1)
      expect(list.map(({ key, payload }) => [key, payload])).toEqual([
        [`${project}/a`, { member: 'a' }],
        [`${project}/b`, { member: 'b' }],
      ])
    })

    it('are listed without what they were given, too', async () => {
      await submit(() => job('a'))
      const held = await claim(100)
      await jobs.finish(held.id, held.fence, { loss: 0.5 }, 101)
      const [{ payload, ...rest } = { payload: undefined }] = await jobs.list(project, 1)
      expect(payload).toEqual({ member: 'a' })
      expect(await jobs.outcomes(project, 1)).toEqual([rest])
      expect(rest).toMatchObject({ state: 'finished', result: { loss: 0.5 } })
    })

    it('wait again when the lease has run out, and the old holder is fenced off', async () => {
      await submit(() => job('a'))
      const first = await claim(100)
      expect(await jobs.claim('other', 10, 109)).toBeUndefined()
      const second = await claim(110)
      expect(second).toMatchObject({ id: first.id, attempt: 2 })
      expect(second.fence).toBeGreaterThan(first.fence)
      expect(await jobs.renew(first.id, first.fence, 10, 111)).toBe(false)
      expect(await jobs.finish(first.id, first.fence, 'late', 111)).toBe(false)
      expect(await jobs.finish(second.id, second.fence, { loss: 0.5 }, 112)).toBe(true)
      expect(await jobs.finish(second.id, second.fence, 'twice', 113)).toBe(false)
      expect(await jobs.list(project, 1)).toMatchObject([
        { state: 'finished', result: { loss: 0.5 }, failure: null },
      ])
    })

    it('stay with who renews in time', async () => {
      await submit(() => job('a'))
      const held = await claim(100)
      expect(await jobs.renew(held.id, held.fence, 10, 108)).toBe(true)
      expect(await jobs.claim('other', 10, 117)).toBeUndefined()
      expect(await jobs.claim('other', 10, 118)).toMatchObject({ id: held.id })
    })

    it('fail for good or wait for another attempt', async () => {
      await submit(() => job('a'))
      const first = await claim(1)
      expect(await jobs.fail(first.id, first.fence, 'out of memory', true, 2)).toBe(true)
      const second = await claim(3)
      expect(second.attempt).toBe(2)
      expect(await jobs.fail(second.id, second.fence, 'again', false, 4)).toBe(true)
      expect(await jobs.claim('worker', 10, 100)).toBeUndefined()
      expect(await jobs.list(project, 1)).toMatchObject([
        { state: 'failed', failure: 'again', attempt: 2 },
      ])
    })

    it('are given back without counting the attempt', async () => {
      await submit(() => job('a'))
      const first = await claim(1)
      expect(await jobs.release(first.id, first.fence, 2)).toBe(true)
      const second = await claim(3)
      expect(second.attempt).toBe(1)
      expect(second.fence).toBeGreaterThan(first.fence)
    })

    it('are cancelled, which their holders learn', async () => {
      await submit(
        () => job('a'),
        () => job('b'),
        () => job('other', { round: 2 }),
      )
      const held = await claim(1)
      await jobs.cancel(project, 1, 2)
      expect(await jobs.renew(held.id, held.fence, 10, 3)).toBe(false)
      expect(await jobs.finish(held.id, held.fence, null, 3)).toBe(false)
      expect((await jobs.list(project, 1)).map(({ state }) => state)).toEqual([
        'cancelled',
        'cancelled',
      ])
      const other = await claim(4)
      expect(other.round).toBe(2)
      await jobs.finish(other.id, other.fence, null, 5)
    })
  })
}
