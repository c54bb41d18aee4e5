import { afterEach, describe, expect, it } from '@jest/globals'
import type { LabelStudioTool } from '@suggestive/plugin-labelstudio/tool'
import { type Bench, digestOf, never, openBench, publicationOf } from '../support/label-studio.ts'

let bench: Bench
afterEach(() => bench.close())

async function read(tool: LabelStudioTool, cursor?: string) {
  const tasks = []
  let next = cursor ?? ''
  for await (const page of tool.changes(cursor, never)) {
    tasks.push(...page.tasks)
    next = page.cursor
  }
  return { tasks, cursor: next }
}

const outcomes = (tasks: Awaited<ReturnType<typeof read>>['tasks']) =>
  tasks.map(({ taskKey, labels }) => [Number(taskKey), labels.map(({ outcome }) => outcome)])

/** A rectangle of a brush, as the tool sends it: 2 x 1 pixels, all set. */
const region = {
  id: 'r1',
  type: 'brushlabels',
  from_name: 'tag',
  to_name: 'image',
  original_width: 4,
  original_height: 2,
  image_rotation: 0,
  origin: 'manual',
}

const painted = () => {
  const [shown] = bench.fake.state.predictionsOf(bench.ids[0] ?? 0)
  return shown?.result ?? []
}

describe('changes', () => {
  it('tell every task first, then what was finished, skipped, changed and deleted since', async () => {
    bench = await openBench(4)
    const [first = 0, second = 0, third = 0] = bench.ids
    const tool = bench.tool()
    const all = await read(tool)
    expect(outcomes(all.tasks)).toEqual(bench.ids.map((id) => [id, []]))

    const one = await bench.fake.submit(1, first, { result: [] })
    await bench.fake.skip(2, second)
    const since = await read(tool, all.cursor)
    expect(outcomes(since.tasks)).toEqual([
      [first, ['empty']],
      [second, ['skipped']],
    ])
    expect(outcomes((await read(tool, since.cursor)).tasks)).toEqual([])

    await bench.fake.change(one.id, { leadTime: 9 })
    await bench.fake.submit(1, third, { result: [], leadTime: 3 })
    const changed = await read(tool, since.cursor)
    expect(outcomes(changed.tasks)).toEqual([
      [first, ['empty']],
      [third, ['empty']],
    ])
    expect(changed.tasks[0]?.labels[0]?.seconds).toBe(9)

    await bench.fake.remove(one.id)
    const removed = await read(tool, changed.cursor)
    expect(outcomes(removed.tasks)).toEqual([[first, []]])
  })

  it('tell again what was told under a cursor that did not come back', async () => {
    bench = await openBench(3)
    const tool = bench.tool()
    const { cursor } = await read(tool)
    await bench.fake.submit(1, bench.ids[1] ?? 0, { result: [] })
    const expected = [[bench.ids[1], ['empty']]]
    expect(outcomes((await read(tool, cursor)).tasks)).toEqual(expected)
    expect(outcomes((await read(tool, cursor)).tasks)).toEqual(expected)
    // Another process knows nothing of what was told.
    const other = await read(bench.tool(), cursor)
    expect(outcomes(other.tasks)).toContainEqual(expected[0])
  })

  it('do not move the cursor before the last page', async () => {
    bench = await openBench(1200)
    const cursors: string[] = []
    let tasks = 0
    for await (const page of bench.tool().changes(undefined, never)) {
      cursors.push(page.cursor)
      tasks += page.tasks.length
    }
    expect(tasks).toBe(1200)
    expect(cursors.length).toBeGreaterThan(2)
    expect(new Set(cursors.slice(0, -1))).toEqual(new Set(['{"after":null}']))
    expect(cursors.at(-1)).toMatch(/^\{"after":"20/)
  })

  it('find every task when a thousand have the same stamp', async () => {
    bench = await openBench(1300)
    const stamp = bench.fake.state.stamp()
    for (const task of bench.fake.state.tasksOf(bench.project)) task.updatedAt = stamp
    const { tasks } = await read(bench.tool())
    expect(new Set(tasks.map(({ taskKey }) => taskKey)).size).toBe(1300)
  })

  it('find what was stamped a little earlier than what was read already', async () => {
    bench = await openBench(3)
    const tool = bench.tool()
    await bench.fake.submit(1, bench.ids[0] ?? 0, { result: [] })
    const { cursor } = await read(tool)
    // Another server whose clock is five seconds behind.
    bench.fake.state.lateMs = -5000
    await bench.fake.submit(2, bench.ids[1] ?? 0, { result: [] })
    expect(outcomes((await read(tool, cursor)).tasks)).toEqual([[bench.ids[1], ['empty']]])
  })

  it('leave out nothing when tasks change while they are read', async () => {
    bench = await openBench(1100)
    const tool = bench.tool()
    const told = new Map<string, number>()
    let pages = 0
    let end = ''
    for await (const { tasks, cursor } of tool.changes(undefined, never)) {
      for (const { taskKey, labels } of tasks) told.set(taskKey, labels.length)
      end = cursor
      pages += 1
      if (pages === 1) {
        // One that was read moves to the end; one that was not is deleted.
        await bench.fake.submit(1, bench.ids[0] ?? 0, { result: [] })
        bench.fake.state.tasks.delete(bench.ids[700] ?? 0)
      }
    }
    for (const { taskKey, labels } of (await read(tool, end)).tasks)
      told.set(taskKey, labels.length)
    expect(told.size).toBe(1099)
    expect(told.get(String(bench.ids[0]))).toBe(1)
  })

  it('tell what became of the pre-label', async () => {
    bench = await openBench(3)
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, bench.ids, 3, digestOf('c')), never)
    const { cursor } = await read(tool)
    const result = painted()
    const [first = 0, second = 0, third = 0] = bench.ids
    const prediction = (id: number) => bench.fake.state.predictionsOf(id)[0]?.id ?? null
    await bench.fake.submit(1, first, { result, parentPrediction: prediction(first) })
    const edited = result.map((one) => ({ ...Object(one), id: 'new', origin: 'manual' }))
    await bench.fake.submit(1, second, { result: edited, parentPrediction: prediction(second) })
    await bench.fake.submit(1, third, { result: edited })
    const { tasks } = await read(tool, cursor)
    expect(tasks.map(({ labels: [label] }) => [label?.outcome, label?.prelabel?.use])).toEqual([
      ['labelled', 'accepted'],
      ['labelled', 'edited'],
      ['labelled', 'ignored'],
    ])
    expect(tasks[0]?.labels[0]).toMatchObject({
      prelabel: { modelDigest: digestOf('c') },
      mask: { width: 4, height: 2, layers: [{ classId: 1, runs: [1, 2, 5] }] },
    })
  })

  it('tell a region that cannot be read without hiding the others', async () => {
    bench = await openBench(2)
    const [first = 0] = bench.ids
    await bench.fake.submit(1, first, {
      result: [{ ...region, value: { format: 'rle', rle: [9], brushlabels: ['Gland'] } }],
    })
    await bench.fake.submit(2, first, { result: [] })
    const { tasks } = await read(bench.tool())
    const own = tasks.find(({ taskKey }) => taskKey === String(first))
    expect(own?.labels.map(({ outcome }) => outcome)).toEqual(['empty'])
    expect(own?.faults).toEqual([expect.stringMatching(/^Annotation \d+ of task \d+: .*\.$/)])
  })

  it('of an empty project and a broken cursor', async () => {
    bench = await openBench(0)
    const tool = bench.tool()
    expect(await read(tool)).toEqual({ tasks: [], cursor: '{"after":null}' })
    for (const wrong of ['x', '{}', '{"after":5}']) {
      await expect(read(tool, wrong)).rejects.toMatchObject({ kind: 'wrong-use' })
    }
  })
})

describe('tasks', () => {
  it('have names, addresses and the state that Label Studio tells', async () => {
    bench = await openBench(4)
    const own = bench.fake.state.projects.get(bench.project)
    if (own !== undefined) own.maximumAnnotations = 2
    const [first = 0, second = 0, third = 0, fourth = 0] = bench.ids
    bench.fake.draft(1, second)
    await bench.fake.submit(1, third, { result: [] })
    for (const user of [1, 2]) await bench.fake.submit(user, fourth, { result: [] })
    const found = []
    const tool = bench.tool({ publicAddress: 'https://labels.example.com/' })
    for await (const page of tool.tasks(never)) found.push(...page)
    expect(found.map(({ state }) => state)).toEqual(['open', 'in-progress', 'in-progress', 'open'])
    expect(found[0]).toEqual({
      taskKey: String(first),
      name: 'image-1.png',
      url: `https://labels.example.com/projects/${bench.project}/data?task=${first}`,
      state: 'open',
    })
  })

  it('are all listed, in pages', async () => {
    bench = await openBench(2500)
    const keys = []
    for await (const page of bench.tool().tasks(never)) keys.push(...page.map((one) => one.taskKey))
    expect(keys).toEqual(bench.ids.map(String))
  })
})

describe('the project', () => {
  it('has the classes of its configuration', async () => {
    bench = await openBench(1)
    expect(await bench.tool().project(never)).toEqual({
      key: String(bench.project),
      title: 'fake project',
      url: `${bench.fake.address}/projects/${bench.project}/data`,
      classes: [{ id: 1, name: 'Gland', colour: '#ff0000' }],
    })
  })

  it('that draws nothing is refused in words', async () => {
    bench = await openBench(1, '<View><Text name="t" value="$t"/></View>')
    await expect(bench.tool().project(never)).rejects.toMatchObject({
      kind: 'wrong-use',
      message: expect.stringContaining('add BrushLabels'),
    })
  })
})
