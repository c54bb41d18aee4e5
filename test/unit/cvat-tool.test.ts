import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from '@suggestive/plugin-cvat/client'
import { Ledger } from '@suggestive/plugin-cvat/state'
import type { CvatTool } from '@suggestive/plugin-cvat/tool'
import {
  type CvatBench,
  HeldMemory,
  never,
  openCvatBench,
  publicationOf,
  strayShape,
} from '../support/cvat.ts'
import { problemOf } from '../support/problems.ts'

let bench: CvatBench
afterEach(() => bench.close())

async function listed(tool: CvatTool) {
  const tasks = []
  for await (const page of tool.tasks(never)) tasks.push(...page)
  return tasks
}

const begun = async (tool: CvatTool) =>
  (await listed(tool)).flatMap(({ taskKey, state }) => (state === 'open' ? [] : taskKey))

describe('the tool', () => {
  it('describes the project, and tells of labels that are no classes', async () => {
    bench = await openCvatBench()
    bench.fake.state.addLabel(
      { project: bench.project.id, task: null },
      { name: 'note', type: 'tag' },
    )
    const { key, title, url, classes } = await bench.tool().project(never)
    expect([key, title, url]).toEqual([
      String(bench.project.id),
      'Glands',
      `https://cvat.example.org/projects/${bench.project.id}`,
    ])
    expect(classes.map(({ name }) => name)).toEqual(['gland'])
    expect(bench.reports).toEqual([['classes', expect.stringContaining('"note"')]])
  })

  it('lists every frame with a link into its job', async () => {
    bench = await openCvatBench()
    const task = bench.addTask(5, { segmentSize: 2 })
    const tasks = await listed(bench.tool())
    const jobs = bench.fake.jobs(bench.project).map(({ id }) => id)
    expect(tasks.map(({ taskKey, name, url }) => [taskKey, name, url])).toEqual(
      [0, 1, 2, 3, 4].map((frame) => [
        `${task.id}-${frame}`,
        `image-${frame + 1}.png`,
        `https://cvat.example.org/tasks/${task.id}/jobs/${jobs[Math.floor(frame / 2)]}?frame=${frame}`,
      ]),
    )
  })

  it('takes a frame for begun whose job is in progress, rejected, or known to hold people’s shapes', async () => {
    bench = await openCvatBench()
    const keys = bench.keys(bench.addTask(6))
    const person = bench.fake.as(bench.fake.admin)
    const [started = '', rejected = '', drawn = '', finished = ''] = keys
    person.start(bench.jobOf(started).id)
    person.move(bench.jobOf(rejected).id, 'validation', 'rejected')
    person.finish(bench.jobOf(finished).id)
    bench.jobOf(drawn).shapes.push(strayShape(bench.label, 2))
    const tool = bench.tool()
    // Not all jobs are read for that.
    expect(await begun(tool)).toEqual([started, rejected])
    await tool.applyQueue(publicationOf(1, keys, 6), never)
    expect(await begun(bench.tool())).toEqual([started, rejected, drawn])
    // Something has changed in it: it is looked at again when it is chosen.
    bench.jobOf(drawn).shapes = []
    bench.jobOf(drawn).updated = bench.fake.state.stamp()
    expect(await begun(bench.tool())).toEqual([started, rejected])
  })

  it('takes a frame for begun that was handed on, but not as far as it has to go; nobody else gets it', async () => {
    bench = await openCvatBench()
    const keys = bench.keys(bench.addTask(4))
    const person = bench.fake.as(bench.fake.admin)
    const [completed = '', handed = '', accepted = '', open = ''] = keys
    person.finish(bench.jobOf(completed).id)
    person.move(bench.jobOf(handed).id, 'validation')
    person.move(bench.jobOf(accepted).id, 'acceptance', 'completed')
    const tool = bench.tool({ stage: 'acceptance' })
    expect(await begun(tool)).toEqual([completed, handed])
    const receipt = await tool.applyQueue(publicationOf(1, keys, 4), never)
    expect(receipt).toMatchObject({ applied: 1, untouched: 3 })
    expect(keys.map((key) => bench.jobOf(key).shapes.length)).toEqual([0, 0, 0, 1])
    expect(bench.jobOf(open).assignee).toBe(bench.anna.id)
    expect(await tool.nextJob({ id: bench.ben.id, username: 'ben' }, never)).toMatchObject({
      kind: 'none',
    })
  })

  it('reads labels although a job cannot be taken back, and says so', async () => {
    bench = await openCvatBench()
    const keys = bench.keys(bench.addTask(2))
    const tool = bench.tool({ mode: 'touch' })
    await tool.nextJob({ id: bench.anna.id, username: 'anna' }, never)
    bench.fake.as(bench.fake.admin).finish(bench.jobOf(keys[1] ?? '').id)
    bench.clock.now += 3_600_000
    bench.fake.onRequest = ({ method }) =>
      method === 'PATCH' ? { fault: { kind: 'status', status: 403 } } : undefined
    const told: string[] = []
    for await (const page of tool.changes(undefined, never)) {
      told.push(...page.tasks.map(({ taskKey }) => taskKey))
    }
    expect(told).toEqual([keys[1]])
    expect(bench.reports).toContainEqual([
      'leases',
      expect.stringContaining('cannot be taken back'),
    ])
  })

  it('leaves out videos and 3D data, and says so; also tasks that are not made', async () => {
    bench = await openCvatBench()
    const task = bench.addTask(1)
    const { project, fake } = bench
    fake.state.addTask({
      name: 'unmade',
      project: project.id,
      owner: 1,
      organization: null,
      segmentSize: 0,
    })
    const client = createClient({
      address: fake.address,
      credentials: { token: fake.admin.personalToken },
    })
    // The fake knows no videos.
    const film = {
      ...(await client.task(task.id, never)),
      id: 77,
      name: 'film',
      mode: 'interpolation',
    }
    const tasks = async () => [...(await client.tasks(project.id, never)), film]
    const tool = bench.tool({ client: { ...client, tasks } })
    expect((await listed(tool)).map(({ taskKey }) => taskKey)).toEqual([`${task.id}-0`])
    expect(bench.reports.at(-1)).toEqual(['tasks', expect.stringContaining('"film"')])
  })

  it('sees tasks that were added, and that were deleted, without reading all jobs again', async () => {
    bench = await openCvatBench()
    const first = bench.addTask(3)
    const tool = bench.tool()
    await listed(tool)
    const second = bench.addTask(2)
    expect(await listed(tool)).toHaveLength(5)
    bench.fake.state.deleteTask(first)
    bench.asked()
    expect((await listed(tool)).map(({ taskKey }) => taskKey)).toEqual(bench.keys(second))
    expect(bench.asked()).toEqual(['GET /api/tasks', 'GET /api/jobs'])
  })

  it('reads the frames of a task again only when the task has changed', async () => {
    bench = await openCvatBench()
    const [first, second] = [bench.addTask(2), bench.addTask(2)]
    const tool = bench.tool()
    await listed(tool)
    bench.fake.as(bench.fake.admin).start(bench.jobOf(`${second.id}-1`).id)
    second.updated = bench.fake.state.stamp()
    bench.asked()
    expect(await listed(tool)).toHaveLength(4)
    expect(bench.asked().filter((one) => one.endsWith('/meta'))).toEqual([
      `GET /api/tasks/${second.id}/data/meta`,
    ])
    expect(first.id).not.toBe(second.id)
  })

  it('does not list what is being made: a round, a new pool', async () => {
    bench = await openCvatBench()
    const keys = bench.keys(bench.addTask(4, { fromShare: true }))
    bench.addTask(4, { fromShare: true, segmentSize: 4, name: 'tissue' })
    const tool = bench.tool({ mode: 'round', roundSize: 2 })
    const seen: number[] = []
    bench.fake.onRequest = ({ method, path }) => {
      // The task is there with its frames, and what it is a copy of is not remembered yet.
      const isMade = method === 'GET' && /^\/api\/requests\//.test(path)
      const look = async () => {
        seen.push((await listed(bench.tool())).length)
      }
      return isMade ? { after: look } : undefined
    }
    await tool.applyQueue(publicationOf(1, keys, 2), never)
    await tool.makePool(await tool.planPool(never), () => {}, never)
    expect(seen.length).toBeGreaterThanOrEqual(2)
    // The old task as a whole until the new one is complete.
    expect(new Set(seen)).toEqual(new Set([8]))
    expect(await listed(tool)).toHaveLength(8)
  })

  it('reads the exact bytes, also when many are wanted, and names the task of one that is gone', async () => {
    bench = await openCvatBench()
    const task = bench.addTask(5)
    const tool = bench.tool()
    for (const round of [1, 2]) {
      for (const [frame, key] of bench.keys(task).entries()) {
        const { bytes, name } = await tool.image(key, never)
        expect(Buffer.from(bytes).equals(Buffer.from(task.data?.images[frame]?.bytes ?? []))).toBe(
          true,
        )
        if (round === 2) expect(name).not.toBe('')
      }
    }
    for (const key of [`${task.id}-7`, '999-0', 'no key']) {
      expect(await problemOf('unreadable-input', () => tool.image(key, never))).toContain(key)
    }
  })

  it('links to the list in its order; before there is one, to all that is open', async () => {
    bench = await openCvatBench()
    const keys = bench.keys(bench.addTask(3))
    const tool = bench.tool()
    const filterOf = async () => {
      const url = new URL(await tool.orderLink())
      expect(url.origin + url.pathname).toBe('https://cvat.example.org/jobs')
      // Pitfall 5: unknown names would be ignored in silence; pitfall 4: `!=` is refused.
      expect(url.searchParams.get('sort')).toBe('updated_date')
      return JSON.parse(url.searchParams.get('filter') ?? '')
    }
    const open = { '!': { '==': [{ var: 'state' }, 'completed'] } }
    expect(await filterOf()).toEqual({
      and: [{ '==': [{ var: 'project_id' }, bench.project.id] }, open],
    })
    await tool.applyQueue(publicationOf(1, keys.toReversed(), 2), never)
    const ids = [keys[2], keys[1]].map((key) => bench.jobOf(key ?? '').id)
    expect(await filterOf()).toEqual({ and: [{ in: [{ var: 'id' }, ids] }, open] })
  })
})

describe('a ledger', () => {
  it('loses no change, however many are made at a time, and writes none that is none', async () => {
    bench = await openCvatBench()
    const store = new HeldMemory()
    let writes = 0
    store.onWrite = () => {
      writes += 1
      if (writes === 3) throw new Error('the disk is full')
    }
    const ledger = new Ledger(store)
    const done = await Promise.allSettled(
      Array.from({ length: 10 }, (_, at) =>
        ledger.change((memory) => ({ ...memory, finished: [...memory.finished, at] })),
      ),
    )
    expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(1)
    expect(store.held.finished).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9])
    await ledger.change((memory) => memory)
    expect(writes).toBe(10)
  })
})
