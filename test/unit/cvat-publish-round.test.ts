import { afterEach, describe, expect, it } from '@jest/globals'
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

const options = { mode: 'round', roundSize: 4 } as const

async function openWith(frames: number, how: Parameters<CvatBench['addTask']>[1] = {}) {
  bench = await openCvatBench()
  const task = bench.addTask(frames, how)
  const { fake } = bench
  return { task, keys: bench.keys(task), fake, person: fake.as(fake.admin) }
}

const rounds = () =>
  [...bench.fake.state.tasks.values()].filter(({ name }) => name.startsWith('[R'))
const namesOf = (task: { readonly id: number } | undefined) => {
  const found = bench.fake.state.task(task?.id ?? 0)
  return bench.fake.state
    .jobsOf(found.id)
    .map(({ start, stop }) => found.data?.images.slice(start, stop + 1).map(({ name }) => name))
}
/** Only what is sent with files. */
const sentFiles = () => bench.asked().filter((one) => /^GET .*\/data$/.test(one)).length

describe('publishing in mode round', () => {
  it('makes one task, a job for each annotator, in suggestion order, and moves no bytes of a share', async () => {
    const { keys, fake } = await openWith(8, { fromShare: true })
    const { anna, ben } = bench
    const tool = bench.tool(options)
    expect(await tool.applyQueue(publicationOf(12, keys.toReversed()), never)).toMatchObject({
      outcome: 'applied',
      applied: 4,
      untouched: 0,
    })
    const [round, ...others] = rounds()
    expect(others).toEqual([])
    expect(round?.name).toBe('[R012] suggested batch')
    expect(namesOf(round)).toEqual([
      ['image-8.png', 'image-6.png'],
      ['image-7.png', 'image-5.png'],
    ])
    const jobs = fake.state.jobsOf(round?.id ?? 0)
    expect(jobs.map(({ assignee }) => assignee)).toEqual([anna.id, ben.id])
    expect(jobs.map(({ shapes }) => shapes.map(({ frame }) => frame))).toEqual([
      [0, 1],
      [2, 3],
    ])
    expect(round?.bugTracker).toBe('http://sidecar.test/#project-p')
    expect(sentFiles()).toBe(0)
    expect(
      fake
        .as(anna)
        .jobs()
        .map(({ id }) => id),
    ).toEqual([jobs[0]?.id])
    expect(await listedKeys(bench, tool)).toEqual([keys[7], keys[5], keys[6], keys[4]])
  })

  it('sends frames again that lie nowhere else, the exact bytes, also when two have one name', async () => {
    const { keys, task, fake } = await openWith(3)
    const image = task.data?.images[0]
    const other = fake.addTask(
      bench.project,
      [
        {
          name: image?.name ?? '',
          bytes: Buffer.concat([image?.bytes ?? Buffer.alloc(0), Buffer.from('!')]),
        },
      ],
      { segmentSize: 1 },
    )
    const all = [...keys, `${other.id}-0`]
    await bench.tool(options).applyQueue(publicationOf(1, all), never)
    const [round] = rounds()
    const { copies } = bench.memory.held
    const sent = round?.data?.images ?? []
    expect(copies[0]?.keys).toHaveLength(4)
    for (const [at, key] of (copies[0]?.keys ?? []).entries()) {
      const [from = 0, frame = 0] = (key ?? '').split('-').map(Number)
      const original = fake.state.task(from).data?.images[frame]
      expect(Buffer.from(sent[at]?.bytes ?? []).equals(Buffer.from(original?.bytes ?? []))).toBe(
        true,
      )
    }
    expect(new Set(copies[0]?.keys)).toEqual(new Set(all))
  })

  it('replaces a round that nobody has begun, and keeps one that somebody has until it is finished', async () => {
    const { keys, person } = await openWith(12, { fromShare: true })
    const tool = bench.tool(options)
    await tool.applyQueue(publicationOf(1, keys), never)
    await tool.applyQueue(publicationOf(2, keys.toReversed()), never)
    expect(rounds().map(({ name }) => name)).toEqual(['[R002] suggested batch'])
    const [begun] = rounds()
    const [job] = bench.fake.state.jobsOf(begun?.id ?? 0)
    person.draw(job?.id ?? 0, [drawing(bench.label, 0)])
    const before = structuredClone(bench.fake.state.jobsOf(begun?.id ?? 0))
    expect(await tool.applyQueue(publicationOf(3, keys.toReversed()), never)).toMatchObject({
      applied: 4,
    })
    expect(rounds().map(({ name }) => name)).toEqual([
      '[R002] suggested batch',
      '[R003] suggested batch',
    ])
    // The other job of the begun round is somebody's, too: none of its frames is drawn twice.
    const [old, fresh] = rounds().map((one) => namesOf(one).flat())
    expect([old?.length, fresh?.length]).toEqual([4, 4])
    expect(new Set([...(old ?? []), ...(fresh ?? [])]).size).toBe(8)
    expect(bench.fake.state.jobsOf(begun?.id ?? 0)[0]).toEqual(before[0])
    const states = new Map<string, string>()
    for await (const page of tool.tasks(never)) {
      for (const { taskKey, state } of page) states.set(taskKey, state)
    }
    expect(states.size).toBe(12)
    expect([...states].flatMap(([key, state]) => (state === 'open' ? [] : key)).sort()).toEqual(
      [keys[11], keys[9]].sort(),
    )
    person.finish(job?.id ?? 0)
    await tool.applyQueue(publicationOf(4, keys.slice(0, 4)), never)
    expect(rounds().map(({ name }) => name)).toEqual([
      '[R002] suggested batch',
      '[R004] suggested batch',
    ])
  })

  it('keeps a round to which people have added ground truth', async () => {
    const { keys, fake } = await openWith(8, { fromShare: true })
    const tool = bench.tool(options)
    await tool.applyQueue(publicationOf(1, keys), never)
    const [round] = rounds()
    if (round === undefined) throw new Error('no round')
    fake.addGroundTruthJob(round, [0])
    await tool.applyQueue(publicationOf(2, keys.toReversed()), never)
    await tool.disconnect(never)
    expect(rounds()).toEqual([round])
  })

  it('of the same frames in the same order keeps the task', async () => {
    const { keys } = await openWith(6, { fromShare: true })
    const tool = bench.tool(options)
    await tool.applyQueue(publicationOf(1, keys), never)
    const [first] = rounds()
    await tool.applyQueue(publicationOf(2, keys), never)
    expect(rounds().map(({ id }) => id)).toEqual([first?.id])
    expect(await tool.drift(2, never)).toBeUndefined()
  })

  it('again with the same revision makes nothing new, also when some of it was begun', async () => {
    const { keys, person } = await openWith(8, { fromShare: true })
    const tool = bench.tool(options)
    await tool.applyQueue(publicationOf(1, keys), never)
    const [round] = rounds()
    person.start(bench.fake.state.jobsOf(round?.id ?? 0)[0]?.id ?? 0)
    expect(await tool.drift(1, never)).toBeUndefined()
    expect(await bench.tool(options).applyQueue(publicationOf(1, keys), never)).toMatchObject({
      applied: 2,
      untouched: 2,
    })
    expect(rounds()).toEqual([round])
  })

  it('leaves out what somebody works on in the pool, or was given there', async () => {
    const { keys, person } = await openWith(8, { fromShare: true })
    const [begun = '', given = '', drawn = ''] = keys
    person.start(bench.jobOf(begun).id)
    person.assign(bench.jobOf(given).id, bench.ben)
    bench.jobOf(drawn).shapes.push(strayShape(bench.label, 2))
    const receipt = await bench.tool(options).applyQueue(publicationOf(1, keys), never)
    expect(receipt).toMatchObject({ applied: 4, untouched: 3 })
    expect(namesOf(rounds()[0]).flat().sort()).toEqual(
      [3, 4, 5, 6].map((at) => `image-${at + 1}.png`),
    )
  })

  it('without annotators is one job that is nobody’s', async () => {
    const { keys } = await openWith(5, { fromShare: true })
    const tool = bench.tool({ ...options, annotators: [] })
    const receipt = await tool.applyQueue(publicationOf(1, keys), never)
    expect(receipt.detail).toContain('nobody is assigned to')
    expect(bench.fake.state.jobsOf(rounds()[0]?.id ?? 0)).toMatchObject([{ assignee: null }])
  })

  it('says so when nothing is left', async () => {
    const { keys, person } = await openWith(1)
    person.finish(bench.jobOf(keys[0] ?? '').id)
    const receipt = await bench.tool(options).applyQueue(publicationOf(1, keys), never)
    expect(receipt).toMatchObject({ outcome: 'applied', applied: 0, untouched: 1 })
    expect(receipt.detail).toContain('No frame is free')
    expect(rounds()).toEqual([])
  })

  it('whose making fails leaves no task behind (pitfall 19), and the order before serves on', async () => {
    const { keys, fake } = await openWith(8, { fromShare: true })
    const tool = bench.tool(options)
    await tool.applyQueue(publicationOf(1, keys), never)
    fake.share.delete('image-8.png')
    await expect(tool.applyQueue(publicationOf(2, keys.toReversed()), never)).rejects.toThrow()
    expect(rounds().map(({ name }) => name)).toEqual(['[R001] suggested batch'])
    const listed: string[] = []
    for await (const page of tool.tasks(never)) listed.push(...page.map(({ taskKey }) => taskKey))
    expect(listed).toEqual(keys)
  })

  it('goes with a change to another mode, as long as nobody has begun it', async () => {
    const { keys } = await openWith(6, { fromShare: true })
    await bench.tool(options).applyQueue(publicationOf(1, keys), never)
    const gate = bench.tool({ mode: 'gate' })
    await gate.applyQueue(publicationOf(2, keys), never)
    expect(rounds()).toEqual([])
    expect(await listedKeys(bench, gate)).toEqual(keys.slice(0, 4))
    await bench.tool(options).applyQueue(publicationOf(3, keys), never)
    expect(keys.map((key) => bench.jobOf(key).assignee)).toEqual(Array(6).fill(null))
  })
})
