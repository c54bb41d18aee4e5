import { afterEach, describe, expect, it } from '@jest/globals'
import { type Bench, never, openBench, publicationOf, serve } from '../support/label-studio.ts'

let bench: Bench
afterEach(() => bench.close())

describe('publishing in a large project', () => {
  it('costs one import and one change of the project, however many tasks there are', async () => {
    bench = await openBench(10_000)
    const tool = bench.tool()
    await tool.project(never)
    bench.asked()
    const started = performance.now()
    const receipt = await tool.applyQueue(publicationOf(1, bench.ids, 64), never)
    const ms = performance.now() - started
    expect(receipt).toMatchObject({ outcome: 'applied', applied: 10_000 })
    const writes = bench.asked().filter((one) => !one.startsWith('GET'))
    expect(writes).toEqual([
      `POST /api/projects/${bench.project}/import/predictions`,
      `PATCH /api/projects/${bench.project}`,
      'POST /api/dm/views/',
    ])
    expect(ms).toBeLessThan(20_000)
    await tool.close()
  })

  it('publishes the first ranks only in projects of more than 20,000 tasks, one by one', async () => {
    bench = await openBench(20_001)
    const tool = bench.tool()
    const receipt = await tool.applyQueue(publicationOf(1, bench.ids, 6), never)
    expect(receipt).toMatchObject({ outcome: 'applied', applied: 64 })
    expect(receipt.detail).toContain('the first 64 are in order')
    const posts = bench.asked().filter((one) => one === 'POST /api/predictions/')
    expect(posts.length).toBe(64)
    expect(await serve(bench, [1], 64)).toEqual(bench.ids.slice(0, 64))
    await tool.close()
  })
})
