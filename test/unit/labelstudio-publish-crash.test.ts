import { afterEach, describe, expect, it } from '@jest/globals'
import type { Fault } from '../fakes/label-studio/faults.ts'
import { type Bench, never, openBench, publicationOf, served } from '../support/label-studio.ts'

let bench: Bench
afterEach(() => bench.close())

/** Publishes a second order with a fault at the request of this number, and then once more without. */
async function interrupted(number: number, fault: Fault) {
  bench = await openBench(4)
  const first = bench.tool()
  await first.applyQueue(publicationOf(1, bench.ids, 2), never)
  await first.idle()
  const before = served(bench).rows
  let count = 0
  bench.fake.fault = ({ path }) => {
    if (path.includes('/token/')) return undefined
    count += 1
    return count === number ? fault : undefined
  }
  const second = publicationOf(2, bench.ids.toReversed(), 2)
  const interruptedTool = bench.tool({ attempts: 1 })
  const outcome = await interruptedTool.applyQueue(second, never).then(
    (receipt) => receipt.outcome,
    () => 'failed',
  )
  await interruptedTool.idle()
  const during = served(bench).rows
  const isMet = count >= number
  bench.fake.fault = () => undefined
  const again = bench.tool()
  const receipt = await again.applyQueue(second, never)
  await again.idle()
  return { before, outcome, during, receipt, isMet }
}

describe('publishing again', () => {
  const faults: readonly (readonly [string, Fault])[] = [
    ['that did not arrive', { kind: 'reset' }],
    ['whose reply was lost', { kind: 'lost' }],
  ]
  it.each(faults)(
    'after a request %s, at any step, has the same end',
    async (_, fault) => {
      let failures = 0
      for (let number = 1; ; number++) {
        const { before, outcome, during, receipt, isMet } = await interrupted(number, fault)
        if (outcome === 'failed') failures += 1
        expect(receipt).toMatchObject({ outcome: 'applied', applied: 4 })
        const end = served(bench)
        expect(end.rows.map(([, score]) => score)).toEqual([0.8, 0.6, 0.4, 0.2])
        // Never a part of an order: the old one or the new one.
        expect([JSON.stringify(before), JSON.stringify(end.rows)]).toContain(JSON.stringify(during))
        expect(end).toMatchObject({
          sampling: 'Uncertainty sampling',
          version: 'sa-r2',
          versions: [
            ['sa-r1', 4],
            ['sa-r2', 4],
          ],
        })
        expect(end.views.length).toBe(1)
        if (!isMet) break
        await bench.close()
      }
      expect(failures).toBeGreaterThan(4)
    },
    20_000,
  )

  it('after a stop completes what there is; a later revision removes what is not needed', async () => {
    bench = await openBench(4)
    const tool = bench.tool()
    const stop = new AbortController()
    bench.fake.fault = ({ method, path }) => {
      if (method === 'PATCH' && path.includes('projects')) stop.abort()
      return undefined
    }
    await expect(tool.applyQueue(publicationOf(1, bench.ids), stop.signal)).rejects.toMatchObject({
      kind: 'cancelled',
    })
    expect(served(bench).versions).toEqual([['sa-r1', 4]])
    bench.fake.fault = () => undefined
    const next = bench.tool()
    for (const revision of [2, 3]) await next.applyQueue(publicationOf(revision, bench.ids), never)
    await next.idle()
    expect(served(bench).versions).toEqual([
      ['sa-r2', 4],
      ['sa-r3', 4],
    ])
  })
})
