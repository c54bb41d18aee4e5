import { afterEach, describe, expect, it } from '@jest/globals'
import { type CvatBench, never, openCvatBench, publicationOf } from '../support/cvat.ts'

let bench: CvatBench
afterEach(() => bench.close())

/** Somebody asks for a job at the moment of this request of a publication. */
async function askedDuring(mode: 'gate' | 'touch', number: number) {
  bench = await openCvatBench()
  const keys = bench.keys(bench.addTask(6))
  const tool = bench.tool({ mode })
  await tool.applyQueue(publicationOf(1, keys, 2), never)
  const carl = bench.fake.addUser('carl')
  let count = 0
  let asked: ReturnType<typeof tool.nextJob> | undefined
  bench.fake.onRequest = () => {
    if (++count === number) asked = tool.nextJob({ id: carl.id, username: carl.username }, never)
    return undefined
  }
  await tool.applyQueue(publicationOf(2, keys.toReversed(), 4), never)
  const next = await asked
  bench.fake.onRequest = () => undefined
  return { tool, keys, carl, next, isMet: asked !== undefined }
}

describe.each(['gate', 'touch'] as const)('a lease in mode %s', (mode) => {
  it('that is given at any moment of a publication holds, and ends as every other', async () => {
    let taken = 0
    for (let number = 1; ; number += 5) {
      const { tool, keys, carl, next, isMet } = await askedDuring(mode, number)
      expect(await tool.drift(2, never)).toBeUndefined()
      if (!isMet) break
      if (next?.kind === 'job') {
        taken += 1
        expect([number, bench.fake.job(next.job).assignee]).toEqual([number, carl.id])
        // And nobody else has it, nor gets it.
        const again = await tool.nextJob({ id: carl.id, username: carl.username }, never)
        expect(again).toMatchObject({ job: next.job })
        await tool.applyQueue(publicationOf(3, keys, 6), never)
        expect(bench.fake.job(next.job).assignee).toBe(carl.id)
      }
      bench.clock.now += 1_800_000
      await tool.applyQueue(publicationOf(4, keys, 2), never)
      const holders = new Set(keys.map((key) => bench.jobOf(key).assignee))
      expect([number, holders.has(carl.id)]).toEqual([number, false])
      await tool.disconnect(never)
      expect(keys.map((key) => bench.jobOf(key).assignee)).toEqual(Array(6).fill(null))
      await bench.close()
    }
    expect(taken).toBeGreaterThan(1)
  }, 60_000)
})
