import { afterEach, describe, expect, it } from '@jest/globals'
import { type CvatBench, drawing, never, openCvatBench, publicationOf } from '../support/cvat.ts'
import { readChanges as read, told } from '../support/cvat-changes.ts'

let bench: CvatBench
afterEach(() => bench.close())

/** Requests for the shapes of jobs since the last call. */
const shapesRead = () => bench.asked().filter((one) => one.endsWith('/annotations')).length

async function openWith(frames: number, options: Parameters<CvatBench['addTask']>[1] = {}) {
  bench = await openCvatBench()
  const task = bench.addTask(frames, options)
  return { task, keys: bench.keys(task), person: bench.fake.as(bench.fake.admin) }
}

describe('changes', () => {
  it('are what finished jobs say, frame by frame', async () => {
    const { keys, person } = await openWith(4, { segmentSize: 3 })
    const tool = bench.tool()
    const job = bench.jobOf(keys[1] ?? '')
    person.assign(job.id, bench.anna)
    person.draw(job.id, [drawing(bench.label, 1), drawing(bench.label, 2, 3)])
    expect(told(await read(tool))).toEqual({})
    person.finish(job.id)
    const { tasks } = await read(tool)
    expect(told({ tasks })).toEqual({
      [keys[0] ?? '']: ['empty'],
      [keys[1] ?? '']: ['labelled'],
      [keys[2] ?? '']: ['labelled'],
    })
    expect(tasks.get(keys[1] ?? '')?.labels).toMatchObject([
      { externalId: `${job.id}:1`, annotator: String(bench.anna.id), version: job.updated },
    ])
  })

  it('need the configured stage; a later one is enough', async () => {
    const { keys, person } = await openWith(2)
    const [one = '', two = ''] = keys
    const tool = bench.tool({ stage: 'acceptance' })
    person.finish(bench.jobOf(one).id)
    person.move(bench.jobOf(two).id, 'acceptance', 'completed')
    expect(told(await read(tool))).toEqual({ [two]: ['empty'] })
    expect(told(await read(bench.tool({ stage: 'validation' })))).toEqual({ [two]: ['empty'] })
  })

  it('stay when the stage of a finished job changes, which resets its state (pitfall 7)', async () => {
    const { keys, person } = await openWith(1)
    const [key = ''] = keys
    const { id } = bench.jobOf(key)
    person.draw(id, [drawing(bench.label, 0)])
    person.finish(id)
    const { cursor } = await read(bench.tool())
    person.move(id, 'validation')
    expect(bench.jobOf(key).state).toBe('new')
    expect(told(await read(bench.tool(), cursor))).toEqual({ [key]: ['labelled'] })
    expect(told(await read(bench.tool()))).toEqual({ [key]: ['labelled'] })
    // Nor is it anybody's to begin now.
    const receipt = await bench.tool().applyQueue(publicationOf(1, [key]), never)
    expect(receipt).toMatchObject({ applied: 0, untouched: 1 })
  })

  it('leave out ground truth and consensus jobs (pitfall 16) and deleted frames (pitfall 17)', async () => {
    const { keys, task, person } = await openWith(3, { segmentSize: 3 })
    const { fake } = bench
    const truth = fake.addGroundTruthJob(task, [0])
    const replica = fake.addReplica(bench.jobOf(keys[0] ?? ''))
    for (const { id } of [truth, replica]) {
      person.draw(id, [drawing(bench.label, 0)])
      person.finish(id)
    }
    expect(told(await read(bench.tool()))).toEqual({})
    if (task.data !== null) task.data.deletedFrames = [1]
    person.finish(bench.jobOf(keys[0] ?? '').id)
    expect(told(await read(bench.tool()))).toEqual({
      [keys[0] ?? '']: ['empty'],
      [keys[2] ?? '']: ['empty'],
    })
    const listed: string[] = []
    for await (const page of bench.tool().tasks(never)) {
      listed.push(...page.map(({ taskKey }) => taskKey))
    }
    expect(listed).toEqual([keys[0], keys[2]])
  })

  it('of a frame in overlapping jobs are those of the first job (pitfall 25)', async () => {
    const { keys, person } = await openWith(5, { segmentSize: 3, overlap: 1 })
    const [first, second] = bench.fake.jobs(bench.project)
    expect([first?.stop, second?.start]).toEqual([2, 2])
    person.draw(second?.id ?? 0, [drawing(bench.label, 2)])
    person.finish(second?.id ?? 0)
    expect(told(await read(bench.tool()))).toEqual({
      [keys[3] ?? '']: ['empty'],
      [keys[4] ?? '']: ['empty'],
    })
  })

  it('of unfinished jobs, and what we write ourselves, cost no reading of shapes (pitfall 12)', async () => {
    const { keys, person } = await openWith(6)
    const tool = bench.tool()
    person.finish(bench.jobOf(keys[5] ?? '').id)
    let { cursor } = await read(tool)
    await tool.applyQueue(publicationOf(1, keys), never)
    person.draw(bench.jobOf(keys[0] ?? '').id, [drawing(bench.label, 0)])
    bench.asked()
    for (let i = 0; i < 3; i++) {
      const next = await read(tool, cursor)
      expect(next.tasks.size).toBe(0)
      cursor = next.cursor
    }
    expect(shapesRead()).toBe(0)
    expect(JSON.parse(cursor ?? '').after).toBeGreaterThan(0)
  })

  it('are told again under a cursor that was not taken over, and once under one that was', async () => {
    const { keys, person } = await openWith(2)
    const [key = ''] = keys
    const tool = bench.tool()
    const { cursor } = await read(tool)
    person.finish(bench.jobOf(key).id)
    for (let i = 0; i < 2; i++) expect(told(await read(tool, cursor))).toEqual({ [key]: ['empty'] })
    const next = (await read(tool, cursor)).cursor
    expect(told(await read(tool, next))).toEqual({})
    // Another process knows nothing of that.
    expect(told(await read(bench.tool(), next))).toEqual({ [key]: ['empty'] })
  })

  it('with equal dates are all told, and one that is stored late, too', async () => {
    const { keys, person } = await openWith(3)
    const [one = '', two = '', late = ''] = keys
    const tool = bench.tool()
    person.finish(bench.jobOf(one).id)
    person.finish(bench.jobOf(two).id)
    bench.jobOf(two).updated = bench.jobOf(one).updated
    bench.jobOf(late).updated -= 60_000_000
    const { cursor, tasks } = await read(tool)
    expect([...tasks.keys()].sort()).toEqual([one, two].sort())
    // Its date was given before the others were read.
    person.finish(bench.jobOf(late).id)
    bench.jobOf(late).updated = bench.jobOf(one).updated - 3_000_000
    expect(told(await read(tool, cursor))).toEqual({ [late]: ['empty'] })
  })

  it('come in pages, and the cursor is good only at the end', async () => {
    const { keys, person } = await openWith(45)
    for (const key of keys) person.finish(bench.jobOf(key).id)
    const cursors: string[] = []
    let count = 0
    for await (const page of bench.tool().changes(undefined, never)) {
      cursors.push(page.cursor)
      count += page.tasks.length
    }
    expect(count).toBe(45)
    expect(cursors.map((one) => JSON.parse(one).after === null)).toEqual([true, true, false])
  })

  it('that cannot be read are faults of their frame; the others count', async () => {
    const { keys, person } = await openWith(3, { segmentSize: 3 })
    const { id } = bench.jobOf(keys[0] ?? '')
    person.draw(id, [drawing(bench.label, 0)])
    // The server stores both (pitfall 9, section 5).
    person.draw(id, [
      { ...drawing(bench.label, 1), points: [0, 12, 40, 30, 43, 32] },
      { ...drawing(bench.label, 2), frame: 2 },
      { ...drawing(bench.label, 2), frame: 77 },
    ])
    person.finish(id)
    const { tasks } = await read(bench.tool())
    expect(told({ tasks })).toEqual({
      [keys[0] ?? '']: ['labelled'],
      [keys[1] ?? '']: [],
      [keys[2] ?? '']: ['labelled'],
    })
    expect(tasks.get(keys[0] ?? '')?.faults.join()).toContain('77')
    expect(tasks.get(keys[1] ?? '')?.faults).toHaveLength(1)
    expect(tasks.get(keys[2] ?? '')?.faults).toEqual([])
  })

  it('with a label that was added since are read with it', async () => {
    const { keys, person } = await openWith(2)
    const tool = bench.tool()
    person.finish(bench.jobOf(keys[0] ?? '').id)
    await read(tool)
    const added = bench.fake.state.addLabel(
      { project: bench.project.id, task: null },
      { name: 'stroma', type: 'mask' },
    )
    const { id } = bench.jobOf(keys[1] ?? '')
    person.draw(id, [drawing(added.id, 1)])
    person.finish(id)
    const { tasks } = await read(tool)
    const [label] = tasks.get(keys[1] ?? '')?.labels ?? []
    expect(label?.mask?.layers.map(({ classId }) => classId)).toEqual([2])
  })

  it('tell what became of the pre-label', async () => {
    const { keys, person } = await openWith(3)
    const tool = bench.tool({ mode: 'touch' })
    await tool.applyQueue(publicationOf(1, keys, 3), never)
    const [accepted = '', edited = '', ignored = ''] = keys
    person.finish(bench.jobOf(accepted).id)
    person.edit(bench.jobOf(edited).id, bench.jobOf(edited).shapes)
    person.finish(bench.jobOf(edited).id)
    const last = bench.jobOf(ignored)
    person.erase(
      last.id,
      last.shapes.map(({ id }) => id),
    )
    person.draw(last.id, [drawing(bench.label, 2)])
    person.finish(last.id)
    const { tasks } = await read(tool)
    expect(keys.map((key) => tasks.get(key)?.labels[0]?.prelabel)).toEqual(
      ['accepted', 'edited', 'ignored'].map((use) => ({ modelDigest: 'a'.repeat(64), use })),
    )
  })

  it('made in a round are told of the frame of the pool, beside what the pool says', async () => {
    const { keys, person, task } = await openWith(4, { fromShare: true })
    const tool = bench.tool({ mode: 'round', roundSize: 2, annotators: [] })
    await tool.applyQueue(publicationOf(1, keys.toReversed()), never)
    const round = [...bench.fake.state.tasks.values()].find(({ id }) => id !== task.id)
    const [job] = bench.fake.state.jobsOf(round?.id ?? 0)
    const id = job?.id ?? 0
    person.erase(
      id,
      (job?.shapes ?? []).map((one) => one.id),
    )
    person.draw(id, [drawing(bench.label, 0, 6)])
    const { cursor } = await read(tool)
    person.finish(id)
    const first = await read(tool, cursor)
    expect(told(first)).toEqual({ [keys[3] ?? '']: ['labelled'], [keys[2] ?? '']: ['empty'] })
    expect(first.tasks.get(keys[3] ?? '')?.labels[0]?.externalId).toBe(`${id}:0`)
    person.finish(bench.jobOf(keys[3] ?? '').id)
    expect(told(await read(tool, first.cursor))).toEqual({ [keys[3] ?? '']: ['empty', 'labelled'] })
    const listed: string[] = []
    for await (const page of tool.tasks(never)) listed.push(...page.map(({ taskKey }) => taskKey))
    expect(listed).toEqual(keys)
  })

  it('refuse a cursor of something else', async () => {
    await openWith(1)
    await expect(read(bench.tool(), '{"after":"yesterday"}')).rejects.toMatchObject({
      kind: 'wrong-use',
    })
  })
})
