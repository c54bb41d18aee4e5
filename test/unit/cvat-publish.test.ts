import { afterEach, describe, expect, it } from '@jest/globals'
import { type CvatBench, never, openCvatBench, publicationOf, strayShape } from '../support/cvat.ts'
import { listedJobs, listedKeys } from '../support/cvat-lists.ts'

let bench: CvatBench
afterEach(() => bench.close())

async function openWith(frames: number, options: Parameters<CvatBench['addTask']>[1] = {}) {
  bench = await openCvatBench()
  const task = bench.addTask(frames, options)
  const { fake, anna, ben } = bench
  return { task, keys: bench.keys(task), fake, anna, ben, person: fake.as(fake.admin) }
}

const assignees = (keys: readonly string[]) => keys.map((key) => bench.jobOf(key).assignee)
const bodyOf = (method: string, path: RegExp) =>
  bench.fake.asked
    .filter((one) => one.method === method && path.test(one.path))
    .map(({ body }) => body)

/** Requests since the last call, by kind. */
function counted() {
  const counts: Record<string, number> = {}
  for (const one of bench.asked()) {
    const kind = one.replace(/\/\d+/g, '/N')
    counts[kind] = (counts[kind] ?? 0) + 1
  }
  return counts
}

describe('publishing', () => {
  it.each(['gate', 'round'] as const)(
    'in mode %s does not wait for an annotator who is gone: the others get theirs',
    async (mode) => {
      bench = await openCvatBench()
      const keys = bench.keys(bench.addTask(6, { fromShare: true }))
      const { id, username } = bench.anna
      const annotators = [
        { id: 4711, username: 'ghost' },
        { id, username },
      ]
      const tool = bench.tool({ mode, annotators, roundSize: 4 })
      const { outcome, detail } = await tool.applyQueue(publicationOf(1, keys), never)
      expect([outcome, detail]).toEqual(['applied', expect.stringContaining('no user 4711')])
      const given = bench.fake.jobs(bench.project).filter(({ assignee }) => assignee === id)
      expect(given).toHaveLength(mode === 'gate' ? 2 : 1)
      expect(await tool.drift(1, never)).toBeUndefined()
      const { assignments } = bench.memory.held
      expect(Object.values(assignments).map(({ to }) => to)).toEqual(given.map(() => id))
    },
  )
})

describe('publishing in mode gate', () => {
  it('gives the chosen jobs to the annotators in turn, in the order of the list', async () => {
    const { keys, anna, ben, fake } = await openWith(10)
    const tool = bench.tool()
    const wanted = keys.toReversed().slice(0, 6)
    expect(await tool.applyQueue(publicationOf(1, keys.toReversed(), 6), never)).toMatchObject({
      outcome: 'applied',
      applied: 6,
      untouched: 0,
    })
    expect(assignees(wanted)).toEqual([anna.id, ben.id, anna.id, ben.id, anna.id, ben.id])
    expect(await listedKeys(bench, tool)).toEqual(wanted)
    expect(await listedKeys(bench, tool, anna)).toEqual([wanted[0], wanted[2], wanted[4]])
    // Without further rights they see nothing else.
    expect(fake.as(anna).jobs()).toHaveLength(3)
    expect(assignees(keys.slice(0, 4))).toEqual([null, null, null, null])
  })

  it('takes back what is not chosen any more, and leaves what stays with whom it is', async () => {
    const { keys, anna, ben } = await openWith(8)
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, keys, 4), never)
    const next = [keys[6], keys[1], keys[7], keys[0]].map((key) => key ?? '')
    await tool.applyQueue(publicationOf(2, next, 4), never)
    expect(assignees(keys)).toEqual([anna.id, ben.id, null, null, null, null, anna.id, ben.id])
    expect(await listedKeys(bench, tool)).toEqual(next)
  })

  it('never takes away what is begun, finished or drawn in, nor what people have assigned', async () => {
    const { keys, anna, ben, person } = await openWith(10)
    const [begun = '', finished = '', drawn = '', theirs = ''] = keys
    const tool = bench.tool()
    person.assign(bench.jobOf(theirs).id, ben)
    await tool.applyQueue(publicationOf(1, keys, 5), never)
    person.start(bench.jobOf(begun).id)
    person.finish(bench.jobOf(finished).id)
    // A draft of a program that starts no job.
    bench.jobOf(drawn).shapes.push(strayShape(bench.label, 2))
    const before = keys.slice(0, 4).map((key) => structuredClone(bench.jobOf(key)))
    await tool.applyQueue(publicationOf(2, keys.slice(5), 4), never)
    expect(keys.slice(0, 4).map((key) => bench.jobOf(key))).toEqual(before)
    expect(assignees(keys.slice(0, 4))).toEqual([anna.id, anna.id, ben.id, ben.id])
    expect(bench.jobOf(keys[4] ?? '').assignee).toBeNull()
    const all = await tool.applyQueue(publicationOf(3, keys, 10), never)
    expect(all).toMatchObject({ applied: 7, untouched: 3 })
    expect(all.detail).toContain('1 of the 7 chosen jobs were assigned by somebody else')
    expect(keys.slice(0, 3).map((key) => bench.jobOf(key))).toEqual(before.slice(0, 3))
  })

  it('without annotators only sorts, and says so', async () => {
    const { keys } = await openWith(5)
    const tool = bench.tool({ annotators: [] })
    const receipt = await tool.applyQueue(publicationOf(1, keys.toReversed(), 3), never)
    expect(receipt.detail).toContain('No annotators are named')
    expect(bench.reports).toContainEqual([
      'annotators',
      expect.stringContaining('nobody is assigned'),
    ])
    expect(assignees(keys)).toEqual([null, null, null, null, null])
    expect(await listedKeys(bench, tool)).toEqual(keys.toReversed().slice(0, 3))
  })

  it('moves the jobs of an annotator who is not named any more', async () => {
    const { keys, anna, ben } = await openWith(4)
    await bench.tool().applyQueue(publicationOf(1, keys, 4), never)
    const only = [{ id: ben.id, username: 'ben' }]
    const tool = bench.tool({ annotators: only })
    await tool.applyQueue(publicationOf(1, keys, 4), never)
    expect(assignees(keys)).toEqual(Array(4).fill(ben.id))
    await tool.disconnect(never)
    expect(assignees(keys)).toEqual(Array(4).fill(null))
    expect(anna.id).not.toBe(ben.id)
  })

  it('shows the first 64 before there are suggestions', async () => {
    const { keys } = await openWith(70)
    const tool = bench.tool()
    expect(await tool.applyQueue(publicationOf(1, keys, 0), never)).toMatchObject({ applied: 64 })
    expect(await listedKeys(bench, tool)).toEqual(keys.slice(0, 64))
    expect(bodyOf('PATCH', /annotations$/)).toEqual([])
  }, 20_000)

  it('costs for eight images what the contract counts, and nothing when all is as it should be', async () => {
    const { keys } = await openWith(30)
    const tool = bench.tool()
    await tool.project(never)
    counted()
    await tool.applyQueue(publicationOf(1, keys, 8), never)
    const first = counted()
    expect(first).toEqual({
      'GET /api/tasks': 1,
      'GET /api/tasks/N/data/meta': 1,
      // All at first, and what has changed, once before and once after the writing.
      'GET /api/jobs': 3,
      'GET /api/users': 2,
      // Each job is looked at just before it is written to: shapes, then an assignment.
      'GET /api/jobs/N/annotations': 8,
      'GET /api/jobs/N': 16,
      'PATCH /api/jobs/N/annotations': 8,
      // Given to somebody one after the other they are in order: no touches.
      'PATCH /api/jobs/N': 8,
      'PATCH /api/tasks/N': 1,
    })
    await tool.applyQueue(publicationOf(1, keys, 8), never)
    const again = counted()
    expect(Object.keys(again).filter((one) => !one.startsWith('GET'))).toEqual([])
    expect(again['GET /api/jobs/N/annotations']).toBe(8)
    // The same jobs with new pre-labels in another order: taken away, put in again, touched where that is needed.
    await tool.applyQueue(publicationOf(2, keys.slice(0, 8).toReversed(), 8), never)
    const other = counted()
    expect(other['PATCH /api/jobs/N/annotations']).toBe(16)
    expect(other['PATCH /api/jobs/N'] ?? 0).toBeLessThanOrEqual(8)
    expect(await listedKeys(bench, tool)).toEqual(keys.slice(0, 8).toReversed())
  })
})

describe('jobs with several frames', () => {
  it('are units: their place is that of their best frame', async () => {
    const { keys, anna, ben } = await openWith(9, { segmentSize: 3 })
    const tool = bench.tool()
    const order = [7, 0, 3, 8, 1, 2, 4, 5, 6].map((at) => keys[at] ?? '')
    expect(await tool.applyQueue(publicationOf(1, order, 4), never)).toMatchObject({ applied: 4 })
    const listed = await listedJobs(bench, tool)
    expect(listed.map(({ start_frame }) => start_frame)).toEqual([6, 0, 3])
    expect(assignees([keys[6] ?? '', keys[0] ?? '', keys[3] ?? ''])).toEqual([
      anna.id,
      ben.id,
      anna.id,
    ])
    // To begin with at the best frame.
    expect(await tool.nextJob({ id: anna.id, username: 'anna' }, never)).toMatchObject({
      taskKey: keys[7],
    })
  })
})

describe('the page that says why', () => {
  it('is put where nothing is, follows the project, and is never in place of somebody else’s', async () => {
    const { keys, task } = await openWith(2)
    const other = bench.addTask(1)
    other.bugTracker = 'https://tracker.example.org/7'
    const all = [...keys, ...bench.keys(other)]
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, all, 3), never)
    expect(task.bugTracker).toBe('http://sidecar.test/#project-p')
    expect(other.bugTracker).toBe('https://tracker.example.org/7')
    await tool.disconnect(never)
    expect([task.bugTracker, other.bugTracker]).toEqual(['', 'https://tracker.example.org/7'])
  })

  it('stays as somebody has changed it', async () => {
    const { keys, task } = await openWith(2)
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, keys, 2), never)
    task.bugTracker = 'https://tracker.example.org/8'
    await tool.applyQueue(publicationOf(2, keys, 2), never)
    await tool.disconnect(never)
    expect(task.bugTracker).toBe('https://tracker.example.org/8')
  })
})
