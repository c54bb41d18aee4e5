import { afterEach, describe, expect, it } from '@jest/globals'
import { type Memory, type Mode, memory as memoryForm } from '@suggestive/plugin-cvat/state'
import { type CvatBench, drawing, never, openCvatBench, publicationOf } from '../support/cvat.ts'

let bench: CvatBench
afterEach(() => bench.close())

const empty: Memory = memoryForm.parse({})

/** Published twice, with people at work in between. */
async function atWork(mode: Mode) {
  bench = await openCvatBench()
  const task = bench.addTask(6, { fromShare: true })
  const keys = bench.keys(task)
  const tool = bench.tool({ mode, roundSize: 2 })
  await tool.applyQueue(publicationOf(1, keys, 3), never)
  const person = bench.fake.as(bench.fake.admin)
  const [one = '', two = ''] = keys
  person.start(bench.jobOf(one).id)
  person.draw(bench.jobOf(two).id, [drawing(bench.label, 1)])
  person.finish(bench.jobOf(two).id)
  await tool.applyQueue(publicationOf(2, keys.toReversed(), 2), never)
  await tool.nextJob({ id: 3, username: 'ben' }, never)
  return { tool, keys, task }
}

describe.each(['gate', 'touch', 'round'] as const)('disconnecting from mode %s', (mode) => {
  it('takes back what nobody has begun; what people do and have done stays', async () => {
    const { tool, keys, task } = await atWork(mode)
    const begun = keys.slice(0, 2).map((key) => structuredClone(bench.jobOf(key)))
    await tool.disconnect(never)
    expect(keys.slice(0, 2).map((key) => bench.jobOf(key))).toEqual(begun)
    const open = keys.slice(2).map((key) => bench.jobOf(key))
    expect(open.map(({ assignee }) => assignee)).toEqual(Array(4).fill(null))
    expect(open.flatMap(({ shapes }) => shapes)).toEqual([])
    expect([...bench.fake.state.tasks.values()]).toEqual([task])
    expect(task.bugTracker).toBe('')
    expect({ ...bench.memory.held, finished: [], classes: {} }).toEqual(empty)
    bench.asked()
    await tool.disconnect(never)
    expect(bench.asked().filter((request) => !request.startsWith('GET'))).toEqual([])
  })

  it('goes on after any write whose answer was lost', async () => {
    for (let number = 1; ; number++) {
      const { keys, task } = await atWork(mode)
      let count = 0
      bench.fake.onRequest = ({ method }) =>
        method !== 'GET' && ++count === number ? { fault: { kind: 'lost' } } : undefined
      const tool = bench.tool({ mode, roundSize: 2 })
      const isDone = await tool.disconnect(never).then(
        () => true,
        () => false,
      )
      bench.fake.onRequest = () => undefined
      await bench.tool({ mode, roundSize: 2 }).disconnect(never)
      const open = keys.slice(2).map((key) => bench.jobOf(key))
      expect(open.map(({ assignee, shapes }) => [assignee, shapes.length])).toEqual(
        Array(4).fill([null, 0]),
      )
      expect([...bench.fake.state.tasks.values()]).toEqual([task])
      expect(task.bugTracker).toBe('')
      if (isDone) break
      await bench.close()
    }
  }, 30_000)
})

it('a round that somebody has begun stays, with its labels', async () => {
  bench = await openCvatBench()
  const task = bench.addTask(4, { fromShare: true })
  const keys = bench.keys(task)
  const tool = bench.tool({ mode: 'round', roundSize: 2, annotators: [] })
  await tool.applyQueue(publicationOf(1, keys), never)
  const round = [...bench.fake.state.tasks.values()].find(({ id }) => id !== task.id)
  const [job] = bench.fake.state.jobsOf(round?.id ?? 0)
  const person = bench.fake.as(bench.fake.admin)
  person.draw(job?.id ?? 0, [drawing(bench.label, 0)])
  const before = structuredClone(job)
  await tool.disconnect(never)
  expect(bench.fake.state.jobsOf(round?.id ?? 0)).toEqual([before])
  person.finish(job?.id ?? 0)
  const told: string[] = []
  for await (const page of bench.tool().changes(undefined, never)) {
    told.push(...page.tasks.map(({ taskKey }) => taskKey))
  }
  expect(told.sort()).toEqual(keys.slice(0, 2))
})
