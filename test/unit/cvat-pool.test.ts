import { describe, expect, it } from '@jest/globals'
import type { JobQuery } from '@suggestive/plugin-cvat/client'
import type { Job } from '@suggestive/plugin-cvat/client/wire'
import { frameOf, keyOf, Pool } from '@suggestive/plugin-cvat/pool'
import { JobList } from '@suggestive/plugin-cvat/pool/job-list'
import { positionsIn, sourceOf } from '@suggestive/plugin-cvat/pool/source'
import { TaskList } from '@suggestive/plugin-cvat/pool/task-list'
import fc from 'fast-check'
import { never } from '../support/cvat.ts'

const dateOf = (seconds: number) => new Date(1.8e12 + 1000 * seconds).toISOString()

const jobOf = (id: number, seconds: number, more: Partial<Job> = {}): Job => ({
  id,
  task_id: 1,
  project_id: 1,
  assignee: null,
  stage: 'annotation',
  state: 'new',
  type: 'annotation',
  start_frame: id,
  stop_frame: id,
  dimension: '2d',
  mode: 'annotation',
  parent_job_id: null,
  updated_date: dateOf(seconds),
  ...more,
})

/** A server with small pages whose jobs change between two pages, as the steps say. */
class Server {
  readonly jobs = new Map<number, Job>()
  readonly steps: (() => void)[] = []
  pages = 0

  async *list({ sort = 'id' }: JobQuery) {
    const compare =
      sort === 'id'
        ? (a: Job, b: Job) => a.id - b.id
        : (a: Job, b: Job) => b.updated_date.localeCompare(a.updated_date) || b.id - a.id
    for (let at = 0; ; at += 2) {
      const page = [...this.jobs.values()].sort(compare).slice(at, at + 2)
      if (page.length === 0 && at > 0) return
      this.pages += 1
      yield page
      this.steps.shift()?.()
    }
  }
}

describe('the list of jobs (pitfall 3)', () => {
  it('misses no change, whatever changes while its pages are read', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 9 }),
        fc.array(fc.option(fc.integer({ min: 1, max: 12 })), { maxLength: 30 }),
        async (count, changes) => {
          const server = new Server()
          let now = 0
          const change = (id: number, seconds: number) => {
            now += seconds
            server.jobs.set(id, jobOf(id, now))
          }
          for (let id = 1; id <= count; id++) change(id, 20)
          // Each step changes a job or adds one, half a minute after the one before.
          for (const id of changes) {
            server.steps.push(() => {
              if (id !== null) change(id, 30)
            })
          }
          const list = new JobList({ jobs: (query) => server.list(query) }, 1)
          for (let i = 0; i < 4; i++) await list.refresh(never)
          server.steps.length = 0
          const known = await list.refresh(never)
          expect(new Map([...known].toSorted(([a], [b]) => a - b))).toEqual(
            new Map([...server.jobs].toSorted(([a], [b]) => a - b)),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  it('reads one page when little has changed, and never goes back to an older state', async () => {
    const server = new Server()
    for (let id = 1; id <= 8; id++) server.jobs.set(id, jobOf(id, 100 * id))
    const list = new JobList({ jobs: (query) => server.list(query) }, 1)
    await list.refresh(never)
    server.pages = 0
    await list.refresh(never)
    expect(server.pages).toBe(1)
    const newer = jobOf(3, 900, { state: 'in progress' })
    list.note(newer)
    list.note(jobOf(3, 800))
    expect(list.get(3)).toEqual(newer)
    list.note(jobOf(50, 1000, { type: 'ground_truth' }))
    list.note(jobOf(51, 1000, { parent_job_id: 3 }))
    expect([list.get(50), list.get(51)]).toEqual([undefined, undefined])
  })
})

describe('names of frames', () => {
  it('lead back to task and frame', () => {
    expect(frameOf(keyOf(12, 0))).toEqual({ task: 12, frame: 0 })
    for (const key of ['', '12', '12-', '-1', '1-2-3', 'a-1', '1 - 2']) {
      expect(frameOf(key)).toBeUndefined()
    }
  })
})

const task = (id: number, names: readonly string[], more: object = {}) => ({
  task: {
    id,
    name: `task ${id}`,
    project_id: 1,
    bug_tracker: '',
    updated_date: dateOf(0),
    segment_size: 1,
    overlap: 0,
    dimension: '2d',
    mode: 'annotation',
  },
  meta: {
    chunk_size: 72,
    size: names.length,
    start_frame: 0,
    stop_frame: names.length - 1,
    deleted_frames: [],
    frames: names.map((name) => ({ width: 8, height: 4, name })),
    ...more,
  },
})

function poolOf(...tasks: readonly ReturnType<typeof task>[]) {
  const jobs = tasks.map(({ task: { id }, meta }) =>
    jobOf(id, 0, { task_id: id, start_frame: 0, stop_frame: meta.size - 1 }),
  )
  return new Pool(tasks, jobs, { copies: [], pools: [] })
}

describe('frames of a task', () => {
  it('are read again when it has changed, but not all the time when that takes long', async () => {
    const { task: one, meta } = task(1, ['a.png'])
    const clock = { now: 0, takes: 10 }
    let [reads, change] = [0, 0]
    const client = {
      tasks: async () => [{ ...one, size: 1, updated_date: dateOf(change++) }],
      async taskMeta() {
        clock.now += clock.takes
        reads++
        return meta
      },
    }
    const list = new TaskList(client, 1, () => clock.now)
    for (let look = 0; look < 5; look++) await list.read(never)
    expect(reads).toBe(5)
    clock.takes = 2000
    for (let look = 0; look < 5; look++) {
      const { usable } = await list.read(never)
      // The task itself is as it is now.
      expect(usable[0]?.task.updated_date).toBe(dateOf(change - 1))
    }
    expect(reads).toBe(6)
    clock.now += 40_000
    await list.read(never)
    expect(reads).toBe(7)
  })
})

describe('where frames come from', () => {
  const all = (pool: Pool) => pool.keys().flatMap((key) => pool.place(key) ?? [])
  const share = { storage: 'share', cloud_storage_id: null }

  it.each([
    ['the share', [share, share], { from: 'share', files: ['p/a.png', 'p/b.png'] }],
    [
      'one cloud storage',
      [
        { storage: 'cloud_storage', cloud_storage_id: 4 },
        { storage: 'cloud_storage', cloud_storage_id: 4 },
      ],
      { from: 'cloud', cloudStorage: 4, files: ['p/a.png', 'p/b.png'] },
    ],
    [
      'two cloud storages',
      [{ cloud_storage_id: 4 }, { cloud_storage_id: 5 }],
      { from: 'upload', files: ['a.png', 'b.png'] },
    ],
    ['both', [share, { storage: 'local' }], { from: 'upload', files: ['a.png', 'b.png'] }],
    ['nowhere', [{}, {}], { from: 'upload', files: ['a.png', 'b.png'] }],
  ])('%s', (_, [first, second], expected) => {
    const pool = poolOf(task(1, ['p/a.png'], first), task(2, ['p/b.png'], second))
    expect(sourceOf(all(pool), pool)).toMatchObject(expected)
  })

  it('is told apart by task where names are the same', () => {
    const pool = poolOf(task(1, ['p/a.png', 'c.png'], share), task(2, ['p/a.png'], share))
    expect(sourceOf(all(pool), pool)).toMatchObject({
      from: 'upload',
      files: ['1-0-a.png', 'c.png', '2-0-a.png'],
    })
  })

  it('is found again by name, with or without folders', () => {
    const { meta } = task(9, ['b.png', 'p/a.png', 'other.png'])
    expect(positionsIn(meta, ['p/a.png', 'p/b.png'])).toEqual([1, 0, -1])
    // Which of the two it is nobody can tell.
    expect(positionsIn(meta, ['p/b.png', 'q/b.png'])).toEqual([-1, -1, -1])
  })
})
