import { afterEach, describe, expect, it } from '@jest/globals'
import { type MapRuns, mapSteps } from '@suggestive/shared/protocol/map-runs'
import { z } from 'zod'
import {
  type Bench,
  never,
  openBench,
  publicationOf,
  serve,
  served,
} from '../support/label-studio.ts'
import { problemOf } from '../support/problems.ts'
import { referenceDecode } from '../support/rle-reference.ts'

let bench: Bench
afterEach(() => bench.close())

describe('publishing', () => {
  it('serves two users the tasks exactly in the order of the ranks', async () => {
    bench = await openBench(12)
    const order = [5, 2, 9, 0, 11, 3, 7, 1, 10, 4, 8, 6].map((i) => bench.ids[i] ?? 0)
    const receipt = await bench.tool().applyQueue(publicationOf(1, order), never)
    expect(receipt).toEqual({
      revision: 1,
      outcome: 'applied',
      applied: 12,
      untouched: 0,
      detail: '',
    })
    bench.fake.addUser('second@example.com')
    expect(await serve(bench, [1, 2], 11)).toEqual(order.slice(0, 11))
  })

  it('shows pre-labels with score, reason and page for the first ranks, and only scores behind', async () => {
    bench = await openBench(6)
    await bench.tool().applyQueue(publicationOf(3, bench.ids, 2), never)
    const rows = bench.ids.map((id) => bench.fake.state.predictionsOf(id)[0])
    expect(rows.map((row) => row?.score)).toEqual([1, 2, 3, 4, 5, 6].map((rank) => rank / 7))
    expect(rows.map((row) => row?.result.length)).toEqual([1, 1, 0, 0, 0, 0])
    expect(rows[1]?.result[0]).toMatchObject({
      type: 'brushlabels',
      from_name: 'tag',
      to_name: 'image',
      score: 0.75,
      original_width: 4,
      original_height: 2,
      meta: { text: ['rank 2 of round 3', 'http://127.0.0.1/p'] },
      value: { format: 'rle', brushlabels: ['Gland'] },
    })
  })

  it('shows probabilities as opacity where there are maps', async () => {
    bench = await openBench(2)
    const publication = publicationOf(1, bench.ids, 1)
    const map: MapRuns = {
      width: 4,
      height: 2,
      steps: mapSteps,
      levels: [0, 15, 9, 0],
      lengths: [1, 1, 1, 5],
    }
    const rows = publication.rows.map((row) =>
      row.suggestion === undefined
        ? row
        : { ...row, suggestion: { ...row.suggestion, probabilities: new Map([[1, map]]) } },
    )
    await bench.tool().applyQueue({ ...publication, rows }, never)
    const [first] = bench.fake.state.predictionsOf(bench.ids[0] ?? 0)
    const alpha = [0, 255, 153, 0, 0, 0, 0, 0]
    const region = z.looseObject({ value: z.looseObject({ rle: z.array(z.number()) }) })
    const { rle } = region.parse(first?.result[0]).value
    expect(referenceDecode(rle)).toEqual(alpha)
  })

  it('switches to the next round at once, keeps the one before and deletes older ones only', async () => {
    bench = await openBench(8)
    bench.fake.state.addPrediction({
      task: bench.ids[0] ?? 0,
      modelVersion: 'theirs',
      score: 0.5,
      result: [],
    })
    const tool = bench.tool()
    for (const revision of [1, 2, 3, 4]) {
      const order = bench.ids.toSorted((a, b) => ((a * revision) % 7) - ((b * revision) % 7))
      expect(await tool.applyQueue(publicationOf(revision, order), never)).toMatchObject({
        outcome: 'applied',
      })
    }
    await tool.idle()
    expect(served(bench)).toMatchObject({
      version: 'sa-r4',
      versions: [
        ['their', 1],
        ['sa-r3', 8],
        ['sa-r4', 8],
      ],
    })
    expect(bench.fake.state.views.size).toBe(1)
  })

  it('deletes large versions only when nobody has worked for a while', async () => {
    bench = await openBench(1500)
    let now = Date.now()
    const tool = bench.tool({ token: bench.fake.admin.legacyToken, now: () => now })
    const poll = async (cursor?: string) => {
      let next = cursor
      for await (const page of tool.changes(cursor, never)) next = page.cursor
      await tool.idle()
      return next
    }
    const cursor = await poll()
    for (const revision of [1, 2, 3]) {
      await tool.applyQueue(publicationOf(revision, bench.ids), never)
    }
    await tool.idle()
    expect(served(bench).versions.length).toBe(3)
    now += 14 * 60_000
    await bench.fake.submit(1, bench.ids[0] ?? 0, { result: [] })
    const next = await poll(cursor)
    now += 14 * 60_000
    await poll(next)
    expect(served(bench).versions.length).toBe(3)
    now += 2 * 60_000
    await poll(next)
    expect(served(bench).versions).toEqual([
      ['sa-r2', 1500],
      ['sa-r3', 1500],
    ])
  })

  it('does not make the view again that somebody has deleted', async () => {
    bench = await openBench(3)
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, bench.ids), never)
    bench.fake.state.views.clear()
    await tool.applyQueue(publicationOf(2, bench.ids), never)
    expect(bench.fake.state.views.size).toBe(0)
  })

  it('gives finished and drafted tasks no pre-label', async () => {
    bench = await openBench(6)
    const [first = 0, second = 0, third = 0] = bench.ids
    await bench.fake.submit(1, first, { result: [] })
    bench.fake.draft(1, second)
    const receipt = await bench.tool().applyQueue(publicationOf(1, bench.ids, 3), never)
    expect(receipt).toMatchObject({ outcome: 'applied', applied: 4, untouched: 2 })
    const regions = (id: number) => bench.fake.state.predictionsOf(id)[0]?.result.length
    expect([first, second, third].map(regions)).toEqual([0, 0, 1])
  })

  it('leaves out tasks that were deleted meanwhile', async () => {
    bench = await openBench(6)
    bench.fake.state.tasks.delete(bench.ids[2] ?? 0)
    const receipt = await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    expect(receipt).toMatchObject({
      outcome: 'applied',
      applied: 5,
      detail: '1 tasks do not exist any more.',
    })
    const rest = bench.ids.filter((_, i) => i !== 2)
    expect(await serve(bench, [1], 5)).toEqual(rest)
  })

  it('does nothing for an empty queue', async () => {
    bench = await openBench(2)
    expect(await bench.tool().applyQueue(publicationOf(1, []), never)).toMatchObject({ applied: 0 })
    expect(served(bench).sampling).toBe('Sequential sampling')
  })
})

describe('repairing', () => {
  it('finds the rows that the server dropped in silence, and sends them one by one when they are few', async () => {
    bench = await openBench(300)
    const wrong = new Set(bench.ids.slice(3, 5))
    bench.fake.state.isDropped = (task) => wrong.delete(task)
    const receipt = await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    expect(receipt).toMatchObject({ outcome: 'applied', applied: 300 })
    const asked = bench.asked()
    expect(asked.filter((one) => one.endsWith('/import/predictions')).length).toBe(1)
    expect(asked.filter((one) => one === 'POST /api/predictions/').length).toBe(2)
    expect(served(bench).versions).toEqual([['sa-r1', 300]])
    expect(await serve(bench, [1], 8)).toEqual(bench.ids.slice(0, 8))
  })

  it('sends many missing rows in one import again, and only those', async () => {
    bench = await openBench(300)
    const wrong = new Set(bench.ids.slice(0, 200))
    bench.fake.state.isDropped = (task) => wrong.delete(task)
    await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    const imports = bench.asked().filter((one) => one.endsWith('/import/predictions'))
    expect(imports.length).toBe(2)
    expect(served(bench).versions).toEqual([['sa-r1', 300]])
  })

  it('looks at what is there when a gateway gave up, and imports nothing twice', async () => {
    bench = await openBench(300)
    bench.fake.fault = ({ path }) =>
      path.endsWith('/import/predictions') ? { kind: 'gave-up' } : undefined
    const receipt = await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    expect(receipt).toMatchObject({ outcome: 'applied', applied: 300 })
    expect(bench.asked().filter((one) => one.endsWith('/import/predictions')).length).toBe(1)
    expect(served(bench).versions).toEqual([['sa-r1', 300]])
    expect(bench.pauses).toEqual([5000, 5000])
  })

  it.each([
    [502, 'the first one never arrived'],
    [500, 'the database was locked'],
  ])('imports again after status %i: %s', async (status) => {
    bench = await openBench(300)
    let imports = 0
    bench.fake.fault = ({ path }) => {
      if (!path.endsWith('/import/predictions')) return undefined
      imports += 1
      return imports === 1 ? { kind: 'status', status } : undefined
    }
    await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    expect(imports).toBe(2)
    expect(served(bench).versions).toEqual([['sa-r1', 300]])
    expect(bench.pauses.reduce((sum, ms) => sum + ms, 0)).toBeGreaterThanOrEqual(60_000)
  })

  it('says which tasks the server does not take, and the old order goes on', async () => {
    bench = await openBench(300)
    await bench.tool().applyQueue(publicationOf(1, bench.ids), never)
    const wrong = new Set(bench.ids.slice(0, 250))
    bench.fake.state.isDropped = (task) => wrong.has(task)
    const sentence = await problemOf('tool-failed', () =>
      bench.tool().applyQueue(publicationOf(2, bench.ids), never),
    )
    expect(sentence).toContain('250 of 300 predictions of sa-r2')
    expect(served(bench).version).toBe('sa-r1')
  })
})
