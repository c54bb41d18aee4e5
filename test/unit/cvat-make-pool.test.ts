import { afterEach, describe, expect, it } from '@jest/globals'
import type { PoolProgress } from '@suggestive/plugin-cvat/pool-task'
import type { CvatTool } from '@suggestive/plugin-cvat/tool'
import { type CvatBench, drawing, never, openCvatBench, publicationOf } from '../support/cvat.ts'
import { listedKeys } from '../support/cvat-lists.ts'

let bench: CvatBench
afterEach(() => bench.close())

/** Ten images in two jobs; one of the first job is drawn, or the whole of it finished. */
async function openWith(fromShare: boolean, first: 'begun' | 'finished') {
  bench = await openCvatBench()
  const old = bench.addTask(10, { segmentSize: 5, fromShare, name: 'tissue', subset: 'Train' })
  const single = bench.addTask(2)
  const person = bench.fake.as(bench.fake.admin)
  const [job, other] = bench.fake.state.jobsOf(old.id)
  person.draw(job?.id ?? 0, [drawing(bench.label, 2)])
  if (first === 'finished') person.finish(job?.id ?? 0)
  return { old, single, person, keys: bench.keys(old), job, other }
}

async function make(tool: CvatTool) {
  const seen: PoolProgress[] = []
  const plan = await tool.planPool(never)
  const made = await tool.makePool(plan, (progress) => seen.push(progress), never)
  return { plan, made, seen }
}

async function listed(tool: CvatTool) {
  const names = new Map<string, string>()
  for await (const page of tool.tasks(never)) {
    for (const { taskKey, name } of page) names.set(taskKey, name)
  }
  return names
}

describe('a new pool', () => {
  it('is planned without changing anything; frames with work in them stay where they are', async () => {
    const { old, keys } = await openWith(true, 'begun')
    const before = bench.fake.count('POST', /./)
    const plan = await bench.tool().planPool(never)
    expect(bench.fake.count('POST', /./)).toBe(before)
    expect(plan).toMatchObject({ finished: 0, begun: 1 })
    expect(plan.parts).toMatchObject([{ from: old.id, bytes: 0, source: { from: 'share' } }])
    expect(plan.parts[0]?.places.map(({ frame }) => frame)).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9])
    expect(plan.sentences.join(' ')).toContain('no bytes move')
    expect(keys).toHaveLength(10)
  })

  it('has one-image jobs in the same subset; every image is listed once, under its name', async () => {
    const { old, single } = await openWith(true, 'begun')
    const before = structuredClone(bench.fake.state.jobsOf(old.id))
    const tool = bench.tool()
    const { made } = await make(tool)
    const [pool = 0] = made
    expect(bench.fake.state.task(pool)).toMatchObject({
      name: 'tissue (one image per job)',
      subset: 'Train',
      segmentSize: 1,
    })
    expect(bench.fake.state.jobsOf(pool)).toHaveLength(9)
    expect(bench.fake.state.jobsOf(old.id)).toEqual(before)
    const names = await listed(tool)
    expect([...names.values()].sort()).toEqual(
      Array.from({ length: 12 }, (_, at) => `image-${at + 1}.png`).sort(),
    )
    expect([...names.keys()].filter((key) => key.startsWith(`${old.id}-`))).toEqual([`${old.id}-2`])
    expect(names.has(`${single.id}-0`)).toBe(true)
    // All of them can be put in order now.
    const order = [...names.keys()].filter((key) => key.startsWith(`${pool}-`)).toReversed()
    await tool.applyQueue(publicationOf(1, order, 5), never)
    expect(await listedKeys(bench, tool)).toEqual(order.slice(0, 5))
  })

  it('leaves labels where they are: they count as before', async () => {
    const { old, keys, other, person } = await openWith(true, 'finished')
    const tool = bench.tool()
    const { plan, made } = await make(tool)
    expect(plan).toMatchObject({ finished: 5, begun: 0 })
    const told = new Map<string, readonly string[]>()
    const read = async () => {
      told.clear()
      for await (const page of bench.tool().changes(undefined, never)) {
        for (const { taskKey, labels } of page.tasks) {
          if (labels.length > 0)
            told.set(
              taskKey,
              labels.map(({ outcome }) => outcome),
            )
        }
      }
    }
    await read()
    expect(Object.fromEntries(told)).toEqual(
      Object.fromEntries(
        keys.slice(0, 5).map((key, at) => [key, [at === 2 ? 'labelled' : 'empty']]),
      ),
    )
    // Who goes on in the old task has not worked for nothing; what they have not drawn says nothing.
    person.draw(other?.id ?? 0, [drawing(bench.label, 7)])
    person.finish(other?.id ?? 0)
    await read()
    expect([...told].filter(([key]) => !key.startsWith(`${old.id}-`))).toEqual([
      [`${made[0]}-2`, ['labelled']],
    ])
  })

  it('sends frames again where it must, and says how much that is', async () => {
    const { old } = await openWith(false, 'finished')
    const tool = bench.tool()
    const { plan, made, seen } = await make(tool)
    const images = old.data?.images.slice(5) ?? []
    const size = images.reduce((sum, { bytes }) => sum + bytes.length, 0)
    expect(Math.abs((plan.parts[0]?.bytes ?? 0) - size)).toBeLessThan(size / 10)
    expect(plan.sentences[0]).toMatch(/about [\d.]+ MB are read from CVAT and sent again/)
    const sent = bench.fake.state.task(made[0] ?? 0).data?.images ?? []
    expect(sent.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')])).toEqual(
      images.map(({ name, bytes }) => [name, Buffer.from(bytes).toString('hex')]),
    )
    expect(seen.map(({ tasks, frames }) => [tasks, frames])).toEqual([
      ...[0, 1, 2, 3, 4, 5].map((frames) => [0, frames]),
      [1, 0],
    ])
  })

  it('is nothing to do a second time, nor for one-image jobs', async () => {
    await openWith(true, 'finished')
    const tool = bench.tool()
    await make(tool)
    expect(await tool.planPool(never)).toMatchObject({
      parts: [],
      sentences: ['There is nothing to do: all jobs hold one image.'],
    })
  })

  it.each(['reset', 'lost'] as const)(
    'goes on after a stop at any request (%s), and each image is there once',
    async (kind) => {
      let failures = 0
      for (let number = 1; ; number++) {
        await openWith(true, 'finished')
        bench.addTask(4, { segmentSize: 2, fromShare: true, name: 'second' })
        const { fake, memory } = bench
        let count = 0
        let isDead = false
        memory.onWrite = () => {
          if (isDead) throw new Error('killed')
        }
        fake.onRequest = () => {
          if (isDead) return { fault: { kind: 'reset' } }
          if (++count !== number) return undefined
          isDead = true
          return { fault: { kind } }
        }
        const isDone = await make(bench.tool()).then(
          () => true,
          () => false,
        )
        if (!isDone) failures += 1
        fake.onRequest = () => undefined
        memory.onWrite = () => {}
        await make(bench.tool())
        const names = [...fake.state.tasks.values()].map(({ name }) => name)
        expect([number, names.sort()]).toEqual([
          number,
          ['pool', 'second', 'second (one image per job)', 'tissue', 'tissue (one image per job)'],
        ])
        const all = [...(await listed(bench.tool())).values()]
        expect(all).toHaveLength(16)
        expect(new Set(all).size).toBe(16)
        expect(memory.held.pools).toEqual([])
        if (isDone) break
        await bench.close()
      }
      expect(failures).toBeGreaterThan(10)
    },
    30_000,
  )
})
