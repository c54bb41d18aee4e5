/** Rules of the fake CVAT's lists, jobs and tasks that no recording shows. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FakeProject } from '../fakes/cvat/model.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { ask, idsOf } from '../support/cvat-client-ask.ts'
import { hollowPng } from '../support/png.ts'

const images = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ name: `${i}.png`, bytes: hollowPng(8 + i, 6) }))

const mask = { type: 'mask', frame: 0, points: [0, 4, 1, 1, 2, 2] }

let fake: FakeCvat
let project: FakeProject
beforeEach(async () => {
  // A clock that stands still: dates differ all the same.
  fake = await openFakeCvat({ now: () => 1_700_000_000_000 })
  project = fake.addProject('glands')
})
afterEach(() => fake.close())

const get = (path: string, user = fake.admin) => ask(fake, user, 'GET', path)
const patch = (path: string, body: object, user = fake.admin) =>
  ask(fake, user, 'PATCH', path, body)
const label = () => [...fake.state.labels.keys()][0] ?? 0

describe('lists', () => {
  it('are cut into pages of ten, newest first, whose links lead through all', async () => {
    fake.addTask(project, images(23), { segmentSize: 1 })
    const seen: number[] = []
    for (let path: string | null = '/api/jobs'; path !== null; ) {
      const page = await get(path)
      seen.push(...idsOf(page))
      const next: unknown = Object(page.body).next
      path = typeof next === 'string' ? next.replace(fake.address, '') : null
    }
    expect(seen).toEqual(Array.from({ length: 23 }, (_, i) => 23 - i))
    expect(idsOf(await get('/api/jobs?page_size=all&sort=id')).length).toBe(23)
    expect((await get('/api/jobs?page=4')).status).toBe(404)
  })

  it('are filtered by names and by JSON logic', async () => {
    fake.addTask(project, images(4), { segmentSize: 1 })
    const other = fake.addProject('other')
    fake.addTask(other, images(1))
    fake.as(fake.admin).finish(2)
    const logic = (value: object) =>
      get(`/api/jobs?sort=id&filter=${encodeURIComponent(JSON.stringify(value))}`)
    const state = { var: 'state' }
    expect(idsOf(await get('/api/jobs?project_id=1&state=new&sort=id'))).toEqual([1, 3, 4])
    expect(idsOf(await logic({ '!': { '==': [state, 'new'] } }))).toEqual([2])
    expect(idsOf(await logic({ in: [{ var: 'id' }, [4, 5]] }))).toEqual([4, 5])
    expect(idsOf(await logic({ '<=': [2, { var: 'id' }, 3] }))).toEqual([2, 3])
    const either = [{ '==': [state, 'completed'] }, { '>': [{ var: 'id' }, 4] }]
    expect(idsOf(await logic({ or: either }))).toEqual([2, 5])
    const date = { '>': [{ var: 'updated_date' }, '2023-11-14T22:13:20.000Z'] }
    expect(idsOf(await logic(date))).toEqual([1, 2, 3, 4, 5])
    const later = { '>': [{ var: 'updated_date' }, '2023-11-14T22:13:20.001Z'] }
    expect(idsOf(await logic(later))).toEqual([])
    expect(await logic({ '!=': [state, 'new'] })).toMatchObject({ status: 400 })
    expect(await logic({ '==': [{ var: 'nonsense' }, 1] })).toMatchObject({ status: 400 })
  })

  it('are in the order of touches', async () => {
    fake.addTask(project, images(4), { segmentSize: 1 })
    for (const job of [3, 1, 4, 2]) await patch(`/api/jobs/${job}`, { state: 'new' })
    expect(idsOf(await get('/api/jobs?sort=updated_date'))).toEqual([3, 1, 4, 2])
    fake.as(fake.admin).draw(3, [{ ...mask, frame: 2, label_id: label() }])
    expect(idsOf(await get('/api/jobs?sort=updated_date'))).toEqual([1, 4, 2, 3])
  })
})

describe('jobs', () => {
  it('start anew in another stage', async () => {
    fake.addTask(project, images(1))
    await patch('/api/jobs/1', { state: 'completed' })
    await patch('/api/jobs/1', { stage: 'annotation' })
    expect(fake.job(1).state).toBe('completed')
    await patch('/api/jobs/1', { stage: 'acceptance' })
    expect(fake.job(1)).toMatchObject({ stage: 'acceptance', state: 'new' })
  })

  it('share frames when they overlap, and tell a shape of such a frame once', async () => {
    const task = fake.addTask(project, images(5), { segmentSize: 3, overlap: 1 })
    expect(fake.jobs(project).map(({ start, stop }) => [start, stop])).toEqual([
      [0, 2],
      [2, 4],
    ])
    const shape = { ...mask, frame: 2, label_id: label() }
    await patch(`/api/tasks/${task.id}/annotations?action=create`, { shapes: [shape] })
    expect([fake.shapes(1).length, fake.shapes(2).length]).toEqual([1, 1])
    const told = await get(`/api/tasks/${task.id}/annotations`)
    expect(Object(told.body).shapes).toMatchObject([{ frame: 2 }])
  })

  it('are of other kinds, too', async () => {
    const task = fake.addTask(project, images(3), { segmentSize: 1 })
    fake.addGroundTruthJob(task, [2, 0])
    fake.addReplica(fake.job(1))
    expect(idsOf(await get('/api/jobs?type=annotation&sort=id'))).toEqual([1, 2, 3])
    expect(await get('/api/jobs/4')).toMatchObject({
      body: { type: 'ground_truth', frame_count: 2, start_frame: 0, stop_frame: 2 },
    })
    expect(await get('/api/jobs/4/data/meta')).toMatchObject({
      body: { size: 2, included_frames: [0, 2], frames: [{ width: 8 }, { width: 10 }] },
    })
    expect(await get('/api/jobs/5')).toMatchObject({
      body: { type: 'consensus_replica', parent_job_id: 1, replicas_count: 0 },
    })
    expect(await get('/api/jobs/1')).toMatchObject({ body: { replicas_count: 1 } })
    const tried = await ask(fake, fake.admin, 'POST', '/api/jobs', {
      type: 'ground_truth',
      task_id: task.id,
      frames: [1],
    })
    expect(tried.status).toBe(400)
  })

  it('keep nonsense, but no unknown label', async () => {
    fake.addTask(project, images(1))
    const wrong = [
      { ...mask, frame: 77, label_id: label() },
      { ...mask, points: [3, 9, 50, 50, 60, 60], label_id: label() },
    ]
    const path = '/api/jobs/1/annotations?action=create'
    expect(await patch(path, { shapes: wrong })).toMatchObject({ status: 200 })
    expect(fake.shapes(1)).toMatchObject(wrong)
    const unknown = await patch(path, { shapes: [{ ...mask, label_id: 99 }] })
    expect(unknown).toMatchObject({ status: 400, body: ['label_id `99` is invalid'] })
    expect(fake.shapes(1).length).toBe(2)
  })

  it('keep what others drew when some shapes are changed or deleted', async () => {
    fake.addTask(project, images(1))
    const anna = fake.addUser('anna')
    fake.as(fake.admin).assign(1, anna)
    const own = { ...mask, label_id: label(), source: 'auto' }
    await patch('/api/jobs/1/annotations?action=create', { shapes: [own, own] })
    const [drawn] = fake.as(anna).draw(1, [{ ...mask, label_id: label() }])
    const [first, second] = fake.shapes(1)
    if (first === undefined || second === undefined) throw new Error('nothing stored')
    fake.as(anna).edit(1, [second])
    await patch('/api/jobs/1/annotations?action=delete', { shapes: [first] })
    expect(fake.shapes(1)).toEqual([{ ...second, source: 'semi-auto' }, drawn])
    expect(fake.job(1).state).toBe('in progress')
  })
})

describe('tasks', () => {
  const make = async (task: object, data: object) => {
    const made = await ask(fake, fake.admin, 'POST', '/api/tasks', { project_id: 1, ...task })
    const { id } = Object(made.body)
    const path = `/api/tasks/${id}/data`
    const { rq_id } = Object((await ask(fake, fake.admin, 'POST', path, data)).body)
    const path2 = `/api/requests/${encodeURIComponent(rq_id)}`
    for (;;) {
      const { body } = await get(path2)
      if (!['queued', 'started'].includes(Object(body).status)) return { id, told: Object(body) }
    }
  }
  beforeEach(() => {
    for (const { name, bytes } of images(3)) fake.share.set(name, bytes)
  })
  const files = ['2.png', '0.png', '1.png']

  it('are queued as long as the test wants', async () => {
    fake.state.queuedPolls = 2
    const before = fake.asked.length
    expect(await make({ name: 'slow' }, { server_files: files })).toMatchObject({
      told: { status: 'finished' },
    })
    expect(fake.asked.slice(before).filter(({ method }) => method === 'GET').length).toBe(3)
  })

  it('are sorted by name unless an order is given', async () => {
    const names = async (id: number) =>
      Object((await get(`/api/tasks/${id}/data/meta`)).body).frames.map(
        ({ name }: { name: string }) => name,
      )
    const sorted = await make({ name: 'sorted' }, { server_files: files })
    expect(await names(sorted.id)).toEqual(['0.png', '1.png', '2.png'])
    const ordered = { server_files: files, sorting_method: 'predefined' }
    expect(await names((await make({ name: 'ordered' }, ordered)).id)).toEqual(files)
  })

  it('are made from a cloud storage, and say so', async () => {
    fake.cloud(7).set('a/0.png', hollowPng(9, 5))
    const data = { server_files: ['a/0.png'], cloud_storage_id: 7 }
    const { id } = await make({ name: 'cloud' }, data)
    expect((await get(`/api/tasks/${id}/data/meta`)).body).toMatchObject({
      storage: 'cloud_storage',
      cloud_storage_id: 7,
      frames: [{ name: 'a/0.png', width: 9, height: 5 }],
    })
    expect((await get(`/api/tasks/${id}`)).body).toMatchObject({ data_cloud_storage_id: 7 })
    const { told } = await make({ name: 'none' }, { ...data, cloud_storage_id: 8 })
    expect(told).toMatchObject({ status: 'failed' })
  })

  it.each([
    ['the order twice', {}, { job_file_mapping: [files], sorting_method: 'predefined' }],
    ['a segment size beside the jobs', { segment_size: 1 }, { job_file_mapping: [files] }],
    ['a file that is in no job', {}, { job_file_mapping: [['0.png']] }],
    ['a file that is not there', {}, { server_files: ['9.png'] }],
  ])('fail late with %s, and stay empty', async (_, task, data) => {
    const made = await make({ name: 'bad', ...task }, { server_files: files, ...data })
    expect(made.told).toMatchObject({ status: 'failed', message: expect.stringMatching(/Error/) })
    expect(fake.state.jobsOf(made.id)).toEqual([])
    const again = await ask(fake, fake.admin, 'POST', `/api/tasks/${made.id}/data`, {
      server_files: files,
    })
    expect(again.status).toBe(400)
  })
})

describe('frames', () => {
  it('come in chunks of 72, the rest in the last one, and by job', async () => {
    fake.addTask(project, images(80), { segmentSize: 50 })
    const chunk = async (path: string) => {
      const reply = await fetch(`${fake.address}${path}`, {
        headers: { Authorization: `Token ${fake.admin.token}` },
      })
      const bytes = Buffer.from(await reply.arrayBuffer())
      return [reply.status, bytes.toString('latin1').split('PK\u0001\u0002').length - 1]
    }
    const of = (path: string) => `${path}&type=chunk&quality=original`
    expect(await chunk(of('/api/tasks/1/data?number=0'))).toEqual([200, 72])
    expect(await chunk(of('/api/tasks/1/data?number=1'))).toEqual([200, 8])
    expect(await chunk(of('/api/jobs/2/data?number=0'))).toEqual([200, 22])
    expect(await chunk(of('/api/jobs/2/data?number=1'))).toEqual([200, 8])
    expect(await chunk(of('/api/jobs/2/data?index=0'))).toEqual([200, 30])
    expect((await chunk(of('/api/tasks/1/data?number=2')))[0]).toBe(400)
    const frame = (path: string) => get(`${path}&type=frame&quality=original`)
    expect(await frame('/api/jobs/2/data?number=49')).toMatchObject({ status: 400 })
    expect(await frame('/api/jobs/2/data?number=50')).toMatchObject({ status: 200 })
  })
})
