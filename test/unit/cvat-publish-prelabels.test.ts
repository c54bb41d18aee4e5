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

async function openWith(frames: number, options: Parameters<CvatBench['addTask']>[1] = {}) {
  bench = await openCvatBench()
  const task = bench.addTask(frames, options)
  const { fake, anna, ben } = bench
  return { task, keys: bench.keys(task), fake, anna, ben, person: fake.as(fake.admin) }
}

describe('pre-labels', () => {
  it('are one PATCH for each job, marked as made by a machine, with a score', async () => {
    const { keys } = await openWith(2)
    await bench.tool().applyQueue(publicationOf(1, keys, 1), never)
    const { shapes } = bench.jobOf(keys[0] ?? '')
    expect(shapes).toMatchObject([
      { type: 'mask', frame: 0, label_id: bench.label, source: 'auto', score: 0.75 },
    ])
    expect(bench.fake.count('PATCH', /annotations$/)).toBe(1)
    expect(bench.fake.count('PUT', /annotations/)).toBe(0)
  })

  it('that were never sent, because somebody was faster, are not remembered as shown', async () => {
    const { keys, fake, person } = await openWith(1)
    const [key = ''] = keys
    const { id } = bench.jobOf(key)
    let isBegun = false
    fake.onRequest = ({ method, path }) => {
      if (!isBegun && method === 'GET' && path.endsWith(`/jobs/${id}`)) {
        isBegun = true
        person.start(id)
      }
      return undefined
    }
    const tool = bench.tool({ mode: 'touch' })
    expect(await tool.applyQueue(publicationOf(1, keys), never)).toMatchObject({ untouched: 1 })
    expect(isBegun).toBe(true)
    expect(bench.memory.held.prelabels).toEqual({})
    person.finish(id)
    for await (const { tasks } of tool.changes(undefined, never)) {
      expect(tasks[0]?.labels[0]?.prelabel).toBeUndefined()
    }
  })

  it('replace our own, and nothing else: another model’s stay and keep the job from being written to', async () => {
    const { keys } = await openWith(2)
    const [own = '', other = ''] = keys
    bench.jobOf(other).shapes.push(strayShape(bench.label, 1, 'auto'))
    const before = structuredClone(bench.jobOf(other))
    const tool = bench.tool()
    for (const revision of [1, 2]) {
      const receipt = await tool.applyQueue(publicationOf(revision, keys, 2), never)
      expect(receipt).toMatchObject({ applied: 1, untouched: 1 })
    }
    expect(bench.jobOf(own).shapes).toHaveLength(1)
    expect(bench.jobOf(own).shapes[0]?.points).toEqual([0, 4, 1, 0, 4, 0])
    expect(bench.jobOf(other)).toEqual(before)
  })

  it('are left alone once somebody has changed them', async () => {
    const { keys, fake } = await openWith(2)
    const [key = ''] = keys
    const tool = bench.tool()
    await tool.applyQueue(publicationOf(1, keys, 2), never)
    const job = bench.jobOf(key)
    // Without the job being started, as a program does it.
    job.shapes = job.shapes.map((one) => ({ ...one, points: [0, 1, 0, 0, 0, 0] }))
    const before = structuredClone(job)
    expect(await tool.applyQueue(publicationOf(2, keys, 2), never)).toMatchObject({
      applied: 1,
      untouched: 1,
    })
    expect(bench.jobOf(key)).toEqual(before)
    await tool.disconnect(never)
    expect(bench.jobOf(key)).toEqual(before)
    expect(fake.shapes(bench.jobOf(keys[1] ?? '').id)).toEqual([])
  })

  it('do not go into a job that somebody begins in the same moment', async () => {
    const { keys, fake, anna } = await openWith(2)
    const [key = ''] = keys
    const { id } = bench.jobOf(key)
    let isOver = false
    fake.onRequest = ({ method, path }) => {
      if (isOver || method !== 'GET' || path !== `/api/jobs/${id}/annotations`) return undefined
      isOver = true
      // After the shapes were read, before anything is written.
      const after = () => {
        fake.job(id).assignee = anna.id
        fake.as(anna).draw(id, [drawing(bench.label, 0)])
      }
      return { after }
    }
    const receipt = await bench.tool().applyQueue(publicationOf(1, keys, 2), never)
    expect(receipt).toMatchObject({ applied: 1, untouched: 1 })
    expect(bench.jobOf(key).shapes.map(({ source }) => source)).toEqual(['manual'])
  })

  it('do not go into a job that a program writes to in the same moment, without starting it', async () => {
    const { keys, fake } = await openWith(2)
    const [key = ''] = keys
    const { id } = bench.jobOf(key)
    let isOver = false
    fake.onRequest = ({ method, path }) => {
      if (isOver || method !== 'GET' || path !== `/api/jobs/${id}/annotations`) return undefined
      isOver = true
      const after = () => {
        fake.job(id).shapes.push(strayShape(bench.label, 0))
        fake.job(id).updated = fake.state.stamp()
      }
      return { after }
    }
    const receipt = await bench.tool().applyQueue(publicationOf(1, keys, 2), never)
    expect(receipt).toMatchObject({ applied: 1, untouched: 1 })
    expect(bench.jobOf(key)).toMatchObject({ assignee: null, shapes: [{ source: 'manual' }] })
  })

  it('of another size than the frame are left out with a sentence; the order holds', async () => {
    const { keys } = await openWith(2)
    const wanted = publicationOf(1, keys, 2)
    const rows = wanted.rows.map((row, at) =>
      at === 0 && row.suggestion !== undefined
        ? {
            ...row,
            suggestion: {
              ...row.suggestion,
              mask: { width: 4, height: 4, layers: [{ classId: 1, runs: [0, 3, 13] }] },
            },
          }
        : row,
    )
    const tool = bench.tool()
    const receipt = await tool.applyQueue({ ...wanted, rows }, never)
    expect(receipt).toMatchObject({ applied: 2 })
    expect(receipt.detail).toContain('4 x 4')
    expect(await listedKeys(bench, tool)).toEqual(keys)
  })

  it('carry the number of the frame within the task, inside of their job (pitfalls 8 and 9)', async () => {
    const { keys, fake } = await openWith(6, { segmentSize: 3 })
    await bench.tool().applyQueue(publicationOf(1, keys.toReversed(), 4), never)
    for (const { start, stop, shapes } of fake.jobs(bench.project)) {
      for (const { frame } of shapes) expect(frame >= start && frame <= stop).toBe(true)
    }
    expect(fake.jobs(bench.project).map(({ shapes }) => shapes.map((one) => one.frame))).toEqual([
      [2],
      [5, 4, 3],
    ])
  })
})
