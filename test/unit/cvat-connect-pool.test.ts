/** Jobs with several images: the choice that people are given, and new tasks of one-image jobs. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type CvatRig, findings, openCvatRig, pictureOf } from '../support/plugin-cvat.ts'

describe('jobs with several images', () => {
  let rig: CvatRig
  beforeEach(async () => {
    rig = await openCvatRig({ segmentSize: 3 })
  })
  afterEach(() => rig.close())

  const tasks = () => rig.fake.state.tasksOf(rig.project)
  const newPool = async () => (await rig.status()).projects[0]?.newPool

  it('are refused with one sentence that names both ways', async () => {
    const { body } = await rig.connect()
    expect(body.isConnected).toBe(false)
    expect(findings(body)['jobs']).toBe(
      'broken: CVAT cannot reorder frames inside a job, and 1 of 2 jobs have several, up to 3. Choose: --whole-jobs ranks whole jobs, each by its best image; --make-pool makes new tasks of one-image jobs from the same images and leaves the old ones as they are.',
    )
  })

  it('need no choice when they are finished', async () => {
    const [several] = rig.fake.jobs(rig.fakeProject)
    rig.fake.as(rig.fake.admin).finish(several?.id ?? 0)
    const { body } = await rig.connect()
    expect(findings(body)['jobs']).toBe('ok: 2 jobs, of one image each where they are open.')
  })

  it('rank as wholes, and that choice is remembered', async () => {
    const { body } = await rig.connect({ wholeJobs: true })
    expect(findings(body)['jobs']).toMatch(
      /^ok: .*: such a job ranks as a whole, by its best image/,
    )
    expect((await rig.connect()).body.isConnected).toBe(true)
    expect(tasks()).toHaveLength(1)
  })

  it('do no harm in mode round, whose tasks are new', async () => {
    const { body } = await rig.connect({ mode: 'round' })
    expect(findings(body)['jobs']).toMatch(/^ok: .*: each round gets a new task/)
    expect(body.changes.join()).toMatch(/in which nobody has begun anything is deleted/)
  })

  it('become new tasks after a yes to the transfer; the old one stays as it is', async () => {
    const asked = await rig.connect({ makePool: true })
    expect(asked.body.isConnected).toBe(false)
    expect(findings(asked.body)['new tasks']).toMatch(
      /^broken: 4 images of task 1 go into a new task "pool \(one image per job\)".*MB are read from CVAT and sent again.*--upload/,
    )
    expect(tasks()).toHaveLength(1)
    const before = rig.fake.jobs(rig.fakeProject).map((job) => ({ ...job }))
    const done = await rig.connect({ makePool: true, upload: true })
    expect(done.body.isConnected).toBe(true)
    await rig.until('the new task', async () => (await newPool()) === null)
    await rig.until('a poll', async () => (await rig.status()).projects[0].phase === 'running')
    expect(tasks().map(({ segmentSize }) => segmentSize)).toEqual([3, 1])
    const after = rig.fake.jobs(rig.fakeProject)
    expect(after).toHaveLength(6)
    expect(after.slice(0, 2)).toEqual(before)
    const [project] = await rig.store.projects()
    expect(project?.counts.tasks).toBe(4)
    const saved = JSON.parse(readFileSync(rig.file, 'utf8'))
    expect(saved.projects[rig.project].makesPool).toBe(false)
    expect((await rig.connect()).body.isConnected).toBe(true)
    // Which tasks were replaced is not forgotten.
    await rig.api('disconnect', { project: rig.project })
    expect((await rig.connect()).body.isConnected).toBe(true)
  })

  it('are tried again when CVAT fails meanwhile, and served only afterwards', async () => {
    rig.fake.onRequest = ({ method, path }) =>
      method === 'POST' && path === '/api/tasks'
        ? { fault: { kind: 'status', status: 400, body: ['no room'] } }
        : undefined
    await rig.connect({ makePool: true, upload: true })
    await rig.until('the failure', async () => (await newPool())?.state === 'failed')
    expect((await newPool()).sentence).toMatch(/no room.*tried again by itself in a minute\.$/)
    expect((await rig.status()).projects[0]).toMatchObject({ phase: 'connecting' })
    // The yes to the transfer was given.
    expect((await rig.api('check', { project: rig.project })).text).not.toMatch(/"broken"/)
    rig.fake.onRequest = () => undefined
    await rig.restart()
    await rig.until('the new task', async () => (await newPool()) === null)
    await rig.until('a poll', async () => (await rig.status()).projects[0].phase === 'running')
    expect(tasks()).toHaveLength(2)
  })

  it('become new tasks of a connected project, too', async () => {
    await rig.connect({ wholeJobs: true })
    const asked = await rig.api('make-pool', { project: rig.project })
    expect(asked.body).toMatchObject({ isBegun: false, check: { state: 'broken' } })
    const begun = await rig.api('make-pool', { project: rig.project, upload: true })
    expect(begun.body).toMatchObject({ isBegun: true, check: { state: 'ok' } })
    await rig.until('the new task', () => tasks().length === 2)
    expect((await rig.api('make-pool', { project: 77 })).status).toBe(404)
  })
})

describe('images in the share of the server', () => {
  it('become new tasks without a question, since no bytes move', async () => {
    const rig = await openCvatRig({ images: 0 })
    const { fake, fakeProject } = rig
    try {
      const names = ['pool/a.png', 'pool/b.png']
      const images = names.map((name, index) => ({ name, bytes: pictureOf(index) }))
      for (const { name, bytes } of images) fake.share.set(name, bytes)
      fake.addTask(fakeProject, images, { fromShare: true })
      const { body } = await rig.connect({ makePool: true })
      expect(body.isConnected).toBe(true)
      expect(findings(body)['new tasks']).toMatch(/^ok: .*from the same share, no bytes move/)
      await rig.until('the new task', () => fake.state.tasksOf(fakeProject.id).length === 2)
    } finally {
      await rig.close()
    }
  })
})
