import { afterEach, describe, expect, it } from '@jest/globals'
import type { Mode } from '@suggestive/plugin-cvat/state'
import {
  type CvatBench,
  drawing,
  never,
  openCvatBench,
  publicationOf,
  strayShape,
} from '../support/cvat.ts'
import { listedKeys } from '../support/cvat-lists.ts'

let bench: CvatBench
afterEach(() => bench.close())

async function published(mode: Mode = 'gate', frames = 8) {
  bench = await openCvatBench()
  const task = bench.addTask(frames, { fromShare: true })
  const keys = bench.keys(task)
  const tool = bench.tool({ mode, roundSize: 4 })
  await tool.applyQueue(publicationOf(1, keys, 4), never)
  expect(await tool.drift(1, never)).toBeUndefined()
  const person = bench.fake.as(bench.fake.admin)
  const jobs = keys.map((key) => bench.jobOf(key))
  return { tool, keys, task, person, jobs, first: bench.jobOf(keys[0] ?? '') }
}

describe('drift', () => {
  it('is an assignment of ours that somebody has taken back or changed; publishing repairs the first', async () => {
    const { tool, keys, person, jobs } = await published()
    const { anna, ben } = bench
    person.assign(jobs[0]?.id ?? 0, null)
    person.assign(jobs[1]?.id ?? 0, anna)
    expect(await tool.drift(1, never)).toContain('2 chosen jobs are assigned to')
    await tool.applyQueue(publicationOf(1, keys, 4), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    // What people have decided stays.
    expect(jobs.slice(0, 4).map(({ assignee }) => assignee)).toEqual([
      anna.id,
      anna.id,
      anna.id,
      ben.id,
    ])
    await tool.disconnect(never)
    expect(jobs.slice(0, 4).map(({ assignee }) => assignee)).toEqual([null, anna.id, null, null])
  })

  it('is another order of jobs that nobody has begun', async () => {
    const { tool, keys, jobs } = await published('touch')
    const [first] = jobs
    if (first !== undefined) first.updated = bench.fake.state.stamp()
    expect(await tool.drift(1, never)).toContain('another order')
    await tool.applyQueue(publicationOf(1, keys, 4), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(await listedKeys(bench, tool)).toEqual(keys.slice(0, 4))
  })

  it('is a pre-label that was deleted; that is looked up once', async () => {
    const { tool, keys, jobs } = await published('touch')
    const job = jobs[3]
    if (job !== undefined) {
      job.shapes = []
      job.updated = bench.fake.state.stamp()
    }
    bench.asked()
    expect(await tool.drift(1, never)).toContain('pre-labels of one job were deleted')
    expect(await tool.drift(1, never)).toContain('deleted')
    expect(bench.asked().filter((one) => one.endsWith('/annotations'))).toHaveLength(1)
    await tool.applyQueue(publicationOf(1, keys, 4), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(job?.shapes).toHaveLength(1)
  })

  it('is not that people work, whatever they do to jobs', async () => {
    const { tool, person, jobs } = await published()
    person.start(jobs[0]?.id ?? 0)
    person.draw(jobs[1]?.id ?? 0, [drawing(bench.label, 1)])
    person.finish(jobs[1]?.id ?? 0)
    person.assign(jobs[1]?.id ?? 0, null)
    // Saved without a start.
    const third = jobs[2]
    third?.shapes.push(strayShape(bench.label, 2))
    if (third !== undefined) third.updated = bench.fake.state.stamp()
    // Beyond what is shown nothing matters.
    person.assign(jobs[6]?.id ?? 0, bench.ben)
    expect(await tool.drift(1, never)).toBeUndefined()
  })

  it('is not what the plugin does itself when it sends people to jobs and takes them back', async () => {
    const { tool, jobs } = await published('touch')
    const { anna, ben } = bench
    await tool.nextJob({ id: anna.id, username: 'anna' }, never)
    await tool.nextJob({ id: ben.id, username: 'ben' }, never)
    expect(await tool.drift(1, never)).toBeUndefined()
    bench.clock.now += 3_600_000
    for await (const _ of tool.changes(undefined, never));
    expect(jobs[0]?.assignee).toBeNull()
    expect(await tool.drift(1, never)).toBeUndefined()
  })

  it('is a round that was deleted; publishing makes it again', async () => {
    const { tool, keys, task } = await published('round')
    const rounds = () => [...bench.fake.state.tasks.values()].filter(({ id }) => id !== task.id)
    for (const one of rounds()) bench.fake.state.deleteTask(one)
    expect(await tool.drift(1, never)).toContain('deleted the task of the round')
    await tool.applyQueue(publicationOf(1, keys, 4), never)
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(rounds()).toHaveLength(1)
  })

  it('is another revision, and one that was not completed', async () => {
    const { tool, keys } = await published()
    expect(await tool.drift(2, never)).toContain('revision 1 was published last')
    bench.fake.onRequest = ({ method }) =>
      method === 'PATCH' ? { fault: { kind: 'status', status: 403 } } : undefined
    await expect(tool.applyQueue(publicationOf(2, keys, 4), never)).rejects.toThrow()
    expect(await tool.drift(2, never)).toContain('not completely')
  })

  it('of an idle project costs two requests', async () => {
    const { tool } = await published()
    await tool.drift(1, never)
    bench.asked()
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(bench.asked()).toEqual(['GET /api/tasks', 'GET /api/jobs'])
  })
})
