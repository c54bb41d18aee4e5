/** Who may see and do what on the fake CVAT. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { FakeProject, FakeTask, FakeUser } from '../fakes/cvat/model.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { ask, idsOf } from '../support/cvat-client-ask.ts'
import { hollowPng } from '../support/png.ts'

let fake: FakeCvat
let project: FakeProject
let task: FakeTask
let anna: FakeUser
const images = [0, 1, 2].map((i) => ({ name: `${i}.png`, bytes: hollowPng(8, 6) }))
beforeEach(async () => {
  fake = await openFakeCvat()
  const owner = fake.addUser('owner')
  project = fake.addProject('glands', undefined, { owner })
  task = fake.addTask(project, images, { segmentSize: 1, owner })
  anna = fake.addUser('anna')
})
afterEach(() => fake.close())

const status = async (user: FakeUser | null, method: string, path: string, body?: object) =>
  (await ask(fake, user, method, path, body)).status
const seen = async (user: FakeUser) => idsOf(await ask(fake, user, 'GET', '/api/jobs?sort=id'))

describe('the fake CVAT', () => {
  it('shows annotators the jobs that are assigned to them, without names', async () => {
    expect(await seen(anna)).toEqual([])
    fake.as(fake.admin).assign(2, anna)
    expect(await seen(anna)).toEqual([2])
    const { body } = await ask(fake, anna, 'GET', '/api/jobs/2')
    expect(body).toMatchObject({ task_name: null, project_name: null, project_id: project.id })
    const told = [
      await status(anna, 'GET', '/api/jobs/1'),
      await status(anna, 'GET', `/api/tasks/${task.id}`),
      await status(anna, 'GET', `/api/projects/${project.id}`),
      await status(anna, 'GET', `/api/labels?project_id=${project.id}`),
      await status(anna, 'GET', '/api/tasks/1/data?type=frame&number=1&quality=original'),
      await status(anna, 'PATCH', '/api/jobs/2', { stage: 'acceptance' }),
      await status(anna, 'PATCH', '/api/jobs/2', { assignee: null }),
      await status(anna, 'PATCH', '/api/jobs/1/annotations?action=create', { shapes: [] }),
      await status(anna, 'POST', '/api/tasks', { name: 'own', project_id: project.id }),
    ]
    expect(told).toEqual(told.map(() => 403))
    const allowed = [
      await status(anna, 'PATCH', '/api/jobs/2', { state: 'completed' }),
      await status(anna, 'PATCH', '/api/jobs/2/annotations?action=create', { shapes: [] }),
      await status(anna, 'GET', '/api/labels?job_id=2'),
      await status(anna, 'GET', '/api/jobs/2/data/meta'),
      await status(anna, 'GET', '/api/jobs/2/data?type=frame&number=1&quality=original'),
    ]
    expect(allowed).toEqual(allowed.map(() => 200))
  })

  it('shows the task with all jobs to its assignee', async () => {
    await ask(fake, fake.admin, 'PATCH', `/api/tasks/${task.id}`, { assignee_id: anna.id })
    expect(await seen(anna)).toEqual([1, 2, 3])
    const { body } = await ask(fake, anna, 'GET', '/api/jobs/2')
    expect(body).toMatchObject({ task_name: 'pool' })
    expect(await status(anna, 'GET', `/api/projects/${project.id}`)).toBe(403)
  })

  it('shows everything to owner and assignee of the project', async () => {
    expect(await seen(fake.state.user(2))).toEqual([1, 2, 3])
    await ask(fake, fake.admin, 'PATCH', `/api/projects/${project.id}`, { assignee_id: anna.id })
    expect(await seen(anna)).toEqual([1, 2, 3])
    expect(await status(anna, 'PATCH', '/api/jobs/2', { assignee: anna.id })).toBe(200)
    expect(await status(anna, 'DELETE', `/api/tasks/${task.id}`)).toBe(204)
    expect(await seen(anna)).toEqual([])
  })

  it('shows an organisation to its maintainers, and workers what is assigned', async () => {
    const lab = fake.addOrganization('lab')
    const worker = fake.addUser('worker')
    fake.addMember(lab, anna, 'maintainer')
    fake.addMember(lab, worker, 'worker')
    const own = fake.addProject('lab glands', undefined, { organization: lab })
    fake.addTask(own, images, { segmentSize: 1 })
    expect([await seen(anna), await seen(worker)]).toEqual([[4, 5, 6], []])
    fake.as(anna).assign(5, worker)
    expect(await seen(worker)).toEqual([5])
    const within = async (user: FakeUser, slug: string) => {
      const reply = await ask(fake, user, 'GET', '/api/jobs?sort=id', undefined, {
        'X-Organization': slug,
      })
      return [reply.status, idsOf(reply)]
    }
    expect(await within(worker, 'lab')).toEqual([200, [5]])
    expect(await within(worker, '')).toEqual([200, []])
    expect(await within(fake.admin, '')).toEqual([200, [1, 2, 3]])
    expect(await within(fake.state.user(2), 'lab')).toEqual([403, []])
    expect(await within(worker, 'nowhere')).toEqual([404, []])
  })

  it('knows users by token, personal token, password and nobody else', async () => {
    const as = async (authorization: string) =>
      (
        await ask(fake, null, 'GET', '/api/users/self', undefined, {
          Authorization: authorization,
        })
      ).body
    const basic = Buffer.from(`anna:${anna.password}`).toString('base64')
    for (const one of [`Token ${anna.token}`, `Bearer ${anna.personalToken}`, `Basic ${basic}`]) {
      expect(await as(one)).toMatchObject({ username: 'anna' })
    }
    expect(await as('Token nobody')).toEqual({ detail: 'Invalid token.' })
    expect(await status(null, 'GET', '/api/jobs')).toBe(401)
    expect(await status(null, 'GET', '/api/server/about')).toBe(200)
  })

  it('lets a token that may only read do no more', async () => {
    const wish = { name: 'reader', read_only: true }
    const made = await ask(fake, fake.admin, 'POST', '/api/auth/access_tokens', wish)
    const header = { Authorization: `Bearer ${Object(made.body).value}` }
    const read = await ask(fake, null, 'GET', '/api/jobs/1', undefined, header)
    const written = await ask(fake, null, 'PATCH', '/api/jobs/1', { state: 'new' }, header)
    expect([read.status, written.status]).toEqual([200, 403])
  })

  it('has no agents, unless it is CVAT Online', async () => {
    expect(await status(fake.admin, 'GET', '/api/functions/1')).toBe(404)
    expect(await status(fake.admin, 'POST', '/api/functions', { name: 'own' })).toBe(404)
  })
})
