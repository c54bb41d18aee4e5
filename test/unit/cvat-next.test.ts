import { afterEach, describe, expect, it } from '@jest/globals'
import type { Annotator } from '@suggestive/plugin-cvat/queue/order'
import type { CvatTool } from '@suggestive/plugin-cvat/tool'
import type { FakeUser } from '../fakes/cvat/model.ts'
import {
  type CvatBench,
  drawing,
  never,
  openCvatBench,
  publicationOf,
  strayShape,
} from '../support/cvat.ts'

let bench: CvatBench
afterEach(() => bench.close())

const halfAnHour = 30 * 60_000
const named = ({ id, username }: FakeUser): Annotator => ({ id, username })

/** Key of the job that they are sent to, or the sentence. */
async function sent(tool: CvatTool, user: FakeUser): Promise<string> {
  const next = await tool.nextJob(named(user), never)
  return next.kind === 'job' ? next.taskKey : next.sentence
}

async function published(
  frames: number,
  options: Parameters<CvatBench['tool']>[0] = {},
  depth = 4,
) {
  bench = await openCvatBench()
  const task = bench.addTask(frames)
  const keys = bench.keys(task)
  const tool = bench.tool(options)
  await tool.applyQueue(publicationOf(1, keys.toReversed(), depth), never)
  return { tool, keys, task }
}

const touch = { mode: 'touch', annotators: [] } as const

describe('the next job', () => {
  it('is the best free one, assigned so that it opens for those who may open nothing else', async () => {
    const { tool, keys } = await published(6, touch)
    const { fake, anna } = bench
    expect(fake.as(anna).jobs()).toEqual([])
    const next = await tool.nextJob(named(anna), never)
    const job = bench.jobOf(keys[5] ?? '')
    expect(next).toEqual({
      kind: 'job',
      job: job.id,
      taskKey: keys[5],
      url: `https://cvat.example.org/tasks/${job.task}/jobs/${job.id}?frame=5`,
    })
    expect(
      fake
        .as(anna)
        .jobs()
        .map(({ id }) => id),
    ).toEqual([job.id])
  })

  it('stays the same until it is finished; then comes the next one', async () => {
    const { tool, keys } = await published(6, touch)
    const { fake, anna } = bench
    for (const wanted of [5, 4, 3]) {
      expect(await sent(tool, anna)).toBe(keys[wanted])
      expect(await sent(tool, anna)).toBe(keys[wanted])
      const { id } = bench.jobOf(keys[wanted] ?? '')
      fake.as(anna).draw(id, [drawing(bench.label, wanted)])
      expect(await sent(tool, anna)).toBe(keys[wanted])
      fake.as(anna).finish(id)
    }
  })

  it('is never the same for two, however many ask at a time', async () => {
    const { tool, keys } = await published(8, touch)
    const users = Array.from({ length: 6 }, (_, at) => bench.fake.addUser(`user-${at}`))
    const got = await Promise.all(users.flatMap((user) => [sent(tool, user), sent(tool, user)]))
    const perUser = users.map((_, at) => new Set(got.slice(2 * at, 2 * at + 2)))
    expect(perUser.map(({ size }) => size)).toEqual(Array(6).fill(1))
    const all = perUser.map((one) => [...one][0])
    expect([...all].sort()).toEqual(keys.slice(2).sort())
    for (const [at, user] of users.entries()) {
      expect(bench.jobOf(all[at] ?? '').assignee).toBe(user.id)
    }
  })

  it('is taken back when nobody has started within half an hour; what was started stays', async () => {
    const { tool, keys } = await published(4, touch)
    const { fake, anna, ben } = bench
    expect(await sent(tool, anna)).toBe(keys[3])
    expect(await sent(tool, ben)).toBe(keys[2])
    fake.as(ben).start(bench.jobOf(keys[2] ?? '').id)
    bench.clock.now += halfAnHour - 1
    const carl = fake.addUser('carl')
    expect(await sent(tool, carl)).toBe(keys[1])
    bench.clock.now += 1
    const dora = fake.addUser('dora')
    expect(await sent(tool, dora)).toBe(keys[3])
    expect(bench.jobOf(keys[2] ?? '').assignee).toBe(ben.id)
    expect(bench.jobOf(keys[3] ?? '').assignee).toBe(dora.id)
    expect(await sent(tool, anna)).toBe(keys[0])
  })

  it('that was leased is no candidate, and a new order leaves it alone', async () => {
    const { tool, keys } = await published(6, {})
    const { anna } = bench
    const own = await sent(tool, anna)
    const states = async () => {
      const all = []
      for await (const page of tool.tasks(never)) all.push(...page)
      return all.filter(({ state }) => state === 'in-progress').map(({ taskKey }) => taskKey)
    }
    expect(await states()).toEqual([own])
    const others = keys.filter((key) => key !== own)
    await tool.applyQueue(publicationOf(2, [...others, own], 2), never)
    expect(bench.jobOf(own).assignee).toBe(anna.id)
    bench.clock.now += halfAnHour
    await tool.applyQueue(publicationOf(3, [...others, own], 2), never)
    expect(bench.jobOf(own).assignee).toBeNull()
    expect(await states()).toEqual([])
  })

  it('in mode gate is the best one that is assigned to them, then a free one', async () => {
    const { tool, keys } = await published(6, {}, 2)
    const { fake, anna } = bench
    expect(await sent(tool, anna)).toBe(keys[5])
    fake.as(anna).finish(bench.jobOf(keys[5] ?? '').id)
    // keys[4] is ben's.
    expect(await sent(tool, anna)).toBe(keys[3])
  })

  it('is what they have begun, whatever a new order says', async () => {
    const { tool, keys } = await published(6, {}, 4)
    const { fake, anna } = bench
    // keys[5] and keys[3] are hers.
    const own = bench.jobOf(keys[3] ?? '')
    fake.as(anna).start(own.id)
    expect(await sent(tool, anna)).toBe(keys[3])
    await tool.applyQueue(publicationOf(2, keys.toReversed(), 3), never)
    expect(await sent(tool, anna)).toBe(keys[3])
    fake.as(anna).finish(own.id)
    expect(await sent(tool, anna)).toBe(keys[5])
  })

  it('is none whose images were moved to a new pool', async () => {
    bench = await openCvatBench()
    bench.addTask(4, { segmentSize: 2, fromShare: true })
    const tool = bench.tool(touch)
    const [pool = 0] = await tool.makePool(await tool.planPool(never), () => {}, never)
    const { fake, anna } = bench
    for (const { id, task } of fake.jobs(bench.project)) {
      if (task === pool) fake.as(fake.admin).assign(id, bench.ben)
    }
    expect(await sent(tool, anna)).toContain('4 images are assigned to others')
    const [first] = fake.state.jobsOf(pool)
    fake.as(fake.admin).assign(first?.id ?? 0, null)
    expect(await sent(tool, anna)).toBe(`${pool}-0`)
  })

  it('is none as soon as the project is being disconnected', async () => {
    const { tool, keys } = await published(6, touch)
    const { fake, anna, ben } = bench
    const visits: Promise<string>[] = []
    fake.onRequest = ({ method }) => {
      if (method !== 'GET') visits.push(sent(tool, ben))
      return undefined
    }
    const early = sent(tool, anna)
    await tool.disconnect(never)
    fake.onRequest = () => undefined
    expect(keys).toContain(await early)
    expect(new Set(await Promise.all(visits))).toContain('The project is being disconnected.')
    expect(keys.map((key) => bench.jobOf(key).assignee)).toEqual(Array(6).fill(null))
  })

  it('in mode round is their job of the round', async () => {
    bench = await openCvatBench()
    const task = bench.addTask(8)
    const keys = bench.keys(task)
    const tool = bench.tool({ mode: 'round', roundSize: 4 })
    await tool.applyQueue(publicationOf(1, keys), never)
    const { fake, anna, ben } = bench
    const round = [...fake.state.tasks.values()].find(({ id }) => id !== task.id)
    const [first, second] = fake.state.jobsOf(round?.id ?? 0)
    expect(await tool.nextJob(named(anna), never)).toMatchObject({
      job: first?.id,
      taskKey: keys[0],
    })
    expect(await tool.nextJob(named(ben), never)).toMatchObject({
      job: second?.id,
      taskKey: keys[1],
    })
    // Images of the round are not given out a second time.
    expect(await sent(tool, fake.addUser('carl'))).toBe(keys[4])
  })

  it('is never one in which others have drawn, and never one that people have assigned', async () => {
    const { tool, keys } = await published(4, touch, 1)
    const { fake, anna, ben } = bench
    fake.as(fake.admin).assign(bench.jobOf(keys[3] ?? '').id, ben)
    const drawn = bench.jobOf(keys[2] ?? '')
    drawn.shapes.push(strayShape(bench.label, 2))
    const before = structuredClone(drawn)
    expect(await sent(tool, anna)).toBe(keys[1])
    expect(drawn).toEqual(before)
  })

  it('that is not there is said in a sentence', async () => {
    const { tool, keys } = await published(2, touch)
    const { fake, anna, ben } = bench
    expect(await sent(tool, anna)).toBe(keys[1])
    expect(await sent(tool, ben)).toBe(keys[0])
    const carl = fake.addUser('carl')
    expect(await sent(tool, carl)).toContain('Nothing is left')
    fake.as(fake.admin).assign(bench.jobOf(keys[0] ?? '').id, anna)
    bench.clock.now += halfAnHour
    expect(await sent(tool, carl)).toBe(keys[1])
    expect(await sent(tool, ben)).toContain('assigned to others')
  })

  it('works before anything was published', async () => {
    bench = await openCvatBench()
    const keys = bench.keys(bench.addTask(2))
    expect(await sent(bench.tool(), bench.anna)).toBe(keys[0])
  })

  it('survives a crash between the lease and the assignment', async () => {
    const { keys } = await published(3, touch)
    const { fake, anna, ben } = bench
    fake.onRequest = ({ method, path }) =>
      method === 'PATCH' && /jobs\/\d+$/.test(path) ? { fault: { kind: 'reset' } } : undefined
    await expect(bench.tool(touch).nextJob(named(anna), never)).rejects.toThrow()
    fake.onRequest = () => undefined
    const again = bench.tool(touch)
    expect(await sent(again, ben)).toBe(keys[1])
    expect(await sent(again, anna)).toBe(keys[2])
    expect(bench.jobOf(keys[2] ?? '').assignee).toBe(anna.id)
  })

  it('is kept for nobody whom CVAT does not know', async () => {
    const { tool, keys } = await published(2, touch)
    const { anna } = bench
    const ghost = { id: 4711, username: 'ghost' }
    await expect(tool.nextJob(ghost, never)).rejects.toMatchObject({ kind: 'wrong-use' })
    expect(await sent(tool, anna)).toBe(keys[1])
    const { leases } = bench.memory.held
    expect(Object.values(leases).map(({ annotator }) => annotator)).toEqual([anna.id])
  })
})
