/** Changes that people make around the labels: to the project, its tasks, and jobs that were finished. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { type CvatBench, drawing, never, openCvatBench, publicationOf } from '../support/cvat.ts'
import { readChanges as read, told } from '../support/cvat-changes.ts'

let bench: CvatBench
afterEach(() => bench.close())

async function openWith(frames: number, options: Parameters<CvatBench['addTask']>[1] = {}) {
  bench = await openCvatBench()
  const task = bench.addTask(frames, options)
  return { task, keys: bench.keys(task), person: bench.fake.as(bench.fake.admin) }
}

describe('changes', () => {
  it('with a label that is no class do not ask for labels time and again', async () => {
    const { keys, person } = await openWith(2)
    const other = bench.fake.state.addLabel(
      { project: bench.project.id, task: null },
      { name: 'centre', type: 'points' },
    )
    const tool = bench.tool()
    await read(tool)
    for (const [at, key] of keys.entries()) {
      const { id } = bench.jobOf(key)
      person.draw(id, [drawing(bench.label, at), drawing(other.id, at)])
      person.finish(id)
      bench.asked()
      const { tasks } = await read(tool)
      expect(tasks.get(key)?.faults.join()).toContain('no class')
      // At first it may be one that was added.
      const asked = bench.asked().filter((one) => one.endsWith('/labels')).length
      expect(asked).toBe(at === 0 ? 1 : 0)
    }
  })

  it('have the classes of before when a label is deleted', async () => {
    const { keys, person } = await openWith(2)
    const { labels } = bench.fake.state
    const second = bench.fake.state.addLabel(
      { project: bench.project.id, task: null },
      { name: 'stroma', type: 'mask' },
    )
    const [one = '', two = ''] = keys
    const tool = bench.tool()
    await tool.project(never)
    person.draw(bench.jobOf(one).id, [drawing(second.id, 0)])
    person.finish(bench.jobOf(one).id)
    const { cursor } = await read(tool)
    labels.delete(bench.label)
    person.draw(bench.jobOf(two).id, [drawing(second.id, 1)])
    person.finish(bench.jobOf(two).id)
    for (const now of [tool, bench.tool()]) {
      expect((await now.project(never)).classes.map(({ id, name }) => [id, name])).toEqual([
        [1, 'gland'],
        [2, 'stroma'],
      ])
      const { tasks } = await read(now, cursor)
      const [label] = tasks.get(two)?.labels ?? []
      expect(label?.mask?.layers.map(({ classId }) => classId)).toEqual([2])
    }
  })

  it('tell of shapes outside the job once, also where its first frame does not count', async () => {
    const { keys, person, task } = await openWith(4, { segmentSize: 4 })
    if (task.data !== null) task.data.deletedFrames = [0]
    const { id } = bench.jobOf(keys[1] ?? '')
    person.draw(id, [drawing(bench.label, 1), drawing(bench.label, 77)])
    person.finish(id)
    const { tasks } = await read(bench.tool())
    const faults = [...tasks.values()].flatMap((one) => one.faults)
    expect(faults).toEqual([expect.stringContaining('on frame 77')])
  })

  it('do not take an emptied job that was given back for an empty image', async () => {
    const { keys, person } = await openWith(2)
    const [key = '', sound = ''] = keys
    const tool = bench.tool()
    for (const [at, one] of keys.entries()) {
      person.draw(bench.jobOf(one).id, [drawing(bench.label, at)])
      person.finish(bench.jobOf(one).id)
    }
    const { cursor } = await read(tool)
    const job = bench.jobOf(key)
    person.erase(
      job.id,
      job.shapes.map(({ id }) => id),
    )
    for (const one of keys) person.move(bench.jobOf(one).id, 'annotation', 'new')
    const next = await read(tool, cursor)
    expect(told(next)).toEqual({ [key]: [], [sound]: ['labelled'] })
    // Nobody else gets it; whoever it is assigned to is led to it.
    const states: string[] = []
    for await (const page of tool.tasks(never)) states.push(...page.map(({ state }) => state))
    expect(states).toEqual(['in-progress', 'in-progress'])
    person.assign(job.id, bench.anna)
    expect(await tool.nextJob(bench.anna, never)).toMatchObject({ job: job.id })
    person.finish(job.id)
    expect(told(await read(tool, next.cursor))).toEqual({ [key]: ['empty'] })
  })

  it('of a round are told while another one of the same name is being made', async () => {
    const { keys, person, task } = await openWith(8, { fromShare: true })
    const options = { mode: 'round', roundSize: 2, annotators: [] } as const
    const tool = bench.tool(options)
    await tool.applyQueue(publicationOf(1, keys), never)
    const round = [...bench.fake.state.tasks.values()].find(({ id }) => id !== task.id)
    const id = bench.fake.state.jobsOf(round?.id ?? 0)[0]?.id ?? 0
    person.start(id)
    const { cursor } = await read(tool)
    bench.fake.onRequest = ({ method, path }) =>
      method === 'POST' && path.endsWith('/tasks') ? { fault: { kind: 'reset' } } : undefined
    const again = { ...publicationOf(2, keys.toReversed()), round: 1 }
    await expect(tool.applyQueue(again, never)).rejects.toThrow()
    bench.fake.onRequest = () => undefined
    person.finish(id)
    expect(Object.keys(told(await read(tool, cursor))).sort()).toEqual(keys.slice(0, 2))
  })
})
