/** Connecting a project of CVAT and letting go of it, through the plugin that runs. */
import { readFileSync, statSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openFakeCvat } from '../fakes/cvat.ts'
import { type CvatRig, findings, openCvatRig, pictureOf } from '../support/plugin-cvat.ts'

describe('a connected project', () => {
  let rig: CvatRig
  let done: Awaited<ReturnType<CvatRig['connected']>>
  beforeAll(async () => {
    rig = await openCvatRig()
    done = await rig.connected()
  }, 20_000)
  afterAll(() => rig.close())

  it('tests both directions, events included, then takes in tasks and images', async () => {
    expect(findings(done)).toEqual({
      sidecar: expect.stringMatching(/^ok: It answers at http:\S+ and has 0 projects\.$/),
      CVAT: expect.stringMatching(/^ok: Version 2\.73\.0 answers at http:\S+\.$/),
      account: 'ok: The token of admin1 works and finds 1 project.',
      project: 'ok: "glands" can be read.',
      rights: 'ok: admin1 sees all jobs and assigns them, as owner of the project.',
      labels: 'ok: Class gland.',
      jobs: 'ok: 4 jobs of one image each.',
      image: expect.stringMatching(/^ok: s0\.png of task 1 can be read \(\d+ bytes\)\.$/),
      annotators: 'ok: anna, bert.',
      links: expect.stringMatching(
        /^ok: Personal links to the next job begin with http:\S+\/next\/;/,
      ),
      webhook: expect.stringMatching(
        /^ok: Ping and events of CVAT arrive at http:\S+\/webhook\/probe\.$/,
      ),
    })
    const [project] = await rig.store.projects()
    expect(project).toMatchObject({ id: 'glands', tool: 'cvat' })
    expect(project?.counts).toMatchObject({ tasks: 4, images: 4 })
    const hooks = [...rig.fake.state.webhooks.values()]
    expect(hooks).toMatchObject([
      { targetUrl: `${rig.address()}/webhook/${rig.project}`, isActive: true },
    ])
  })

  it('keeps its secrets in one private file, and out of every answer and the log', async () => {
    if (process.platform !== 'win32') expect(statSync(rig.file).mode & 0o777).toBe(0o600)
    const saved = JSON.parse(readFileSync(rig.file, 'utf8'))
    const { webhookSecret, links } = saved.projects[rig.project]
    expect(saved.server).toMatchObject({ credentials: { token: rig.token }, account: { id: 1 } })
    expect(links.map((one: { secret: string }) => one.secret.length)).toEqual([43, 43])
    const told = [
      JSON.stringify(await rig.status()),
      (await rig.api('check', { project: rig.project })).text,
      (await rig.connect({})).text,
      JSON.stringify(rig.log),
    ]
    for (const text of told) {
      expect(text.length).toBeGreaterThan(20)
      for (const secret of [rig.token, webhookSecret, links[0].secret, links[1].secret]) {
        expect(text).not.toContain(secret)
      }
    }
  })

  it('goes on by itself after a restart', async () => {
    await rig.restart()
    await rig.until('a poll', async () => (await rig.status()).projects[0]?.lastPollAt !== null)
    const [one] = (await rig.status()).projects
    expect(one).toMatchObject({ phase: 'running', project: { id: 'glands' }, problems: [] })
    expect(one).toMatchObject({ mode: 'gate', annotators: ['anna', 'bert'], faults: [] })
    expect(await rig.store.projects()).toHaveLength(1)
  })
})

describe('connecting a project', () => {
  let rig: CvatRig
  beforeEach(async () => {
    rig = await openCvatRig()
  })
  afterEach(() => rig.close())

  it('says what it will change, changes nothing before, and puts everything back afterwards', async () => {
    const { fake } = rig
    const [first, , third] = fake.jobs(rig.fakeProject)
    fake.as(fake.admin).assign(first?.id ?? 0, rig.anna)
    const { personalToken: token } = fake.admin
    const wish = { address: fake.address, token, project: rig.project, annotators: ['bert'] }
    const asked = await rig.api('check', wish)
    expect(asked.body.changes[0]).toBe(
      "Of the 3 jobs that are new and nobody's, the first ones of each order are assigned to bert, in turn; those that drop out of the order and were not begun are given back. Jobs that are assigned already stay so: anna 1.",
    )
    expect(asked.body.changes.at(-1)).toMatch(
      /suggest disconnect cvat puts all of this back where nobody has begun/,
    )
    expect([fake.state.webhooks.size, fake.count('PATCH', /jobs/)]).toEqual([0, 0])
    await rig.connected({ annotators: ['bert'] })
    await rig.publish(rig.taskKeys[2] ?? '')
    await rig.until('the assignment', () => third?.assignee === rig.bert.id)
    await rig.until('the receipt', async () => (await rig.status()).projects[0].applied === 1)
    expect(fake.shapes(third?.id ?? 0)).toMatchObject([{ type: 'mask', source: 'auto' }])
    expect(first?.assignee).toBe(rig.anna.id)
    const { body } = await rig.api('disconnect', { project: rig.project })
    expect(body).toEqual({ project: rig.project })
    expect([first?.assignee, third?.assignee]).toEqual([rig.anna.id, null])
    expect(fake.shapes(third?.id ?? 0)).toEqual([])
    expect(fake.state.webhooks.size).toBe(0)
    expect((await rig.status()).projects).toEqual([])
    expect(JSON.parse(readFileSync(rig.file, 'utf8')).projects).toEqual({})
    expect(await rig.store.projects()).toHaveLength(1)
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(404)
  })

  it('is let go of once, however often that is asked, and not while it is being connected', async () => {
    await rig.connected()
    const { project } = rig
    const replies = await Promise.all([
      rig.api('disconnect', { project }),
      rig.connect(),
      rig.api('disconnect', { project }),
      rig.api('disconnect', { project }),
    ])
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200, 404])
    expect((await rig.status()).projects).toEqual([])
    expect(rig.fake.state.webhooks.size).toBe(0)
  })

  it('stays connected when CVAT does not answer while it is disconnected', async () => {
    await rig.connected()
    rig.fake.onRequest = ({ method }) =>
      method === 'DELETE' ? { fault: { kind: 'status', status: 500 } } : undefined
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(502)
    expect((await rig.status()).projects).toHaveLength(1)
    rig.fake.onRequest = () => undefined
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(200)
    expect(rig.fake.state.webhooks.size).toBe(0)
  })

  it('lets go of a project that was deleted in CVAT', async () => {
    await rig.connected()
    rig.fake.onRequest = () => ({ fault: { kind: 'status', status: 404, body: {} } })
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(200)
    expect((await rig.status()).projects).toEqual([])
  })

  it('remembers which jobs were finished when it is connected again', async () => {
    await rig.connected()
    const [job] = rig.fake.jobs(rig.fakeProject)
    rig.fake.as(rig.fake.admin).assign(job?.id ?? 0, rig.anna)
    rig.fake.as(rig.anna).finish(job?.id ?? 0)
    const saved = () => JSON.parse(readFileSync(rig.file, 'utf8'))
    await rig.until('the label', () => {
      return saved().projects[rig.project].memory.finished.length === 1
    })
    await rig.api('disconnect', { project: rig.project })
    expect(saved().former[rig.project].memory.finished).toEqual([job?.id])
    await rig.connect()
    expect(saved().projects[rig.project].memory.finished).toEqual([job?.id])
    expect(saved().former[rig.project]).toBeUndefined()
  })

  it('believes nothing that it remembers of another CVAT', async () => {
    await rig.connected()
    const [job] = rig.fake.jobs(rig.fakeProject)
    const { fake } = rig
    fake.as(fake.admin).finish(job?.id ?? 0)
    const saved = () => JSON.parse(readFileSync(rig.file, 'utf8'))
    const finished = () => saved().projects[rig.project].memory.finished
    await rig.until('the label', () => finished().length === 1)
    await rig.api('disconnect', { project: rig.project })
    const second = await openFakeCvat()
    try {
      const project = second.addProject('glands')
      second.addTask(project, [{ name: 'a.png', bytes: pictureOf(9) }], { segmentSize: 1 })
      const own = { address: second.address, token: second.admin.personalToken }
      const named = { project: project.id, annotators: ['admin1'] }
      expect((await rig.connect({ ...own, ...named })).body.isConnected).toBe(true)
      expect([project.id, finished()]).toEqual([rig.project, []])
      await rig.api('disconnect', { project: project.id })
    } finally {
      await second.close()
    }
  })

  it('works in one workspace at a time: elsewhere the tasks would seem to be gone', async () => {
    await rig.connected()
    const { status, body } = await rig.connect({ project: 77, organization: 'lab' })
    expect([status, body.detail]).toEqual([
      409,
      expect.stringMatching(/personal workspace \(project 1\), not in the organisation lab/),
    ])
    expect(JSON.parse(readFileSync(rig.file, 'utf8')).server.organization).toBeUndefined()
  })

  it('works with one CVAT at a time', async () => {
    await rig.connected()
    const same = await rig.connect({ address: `${rig.fake.address}/` })
    expect(same.body.isConnected).toBe(true)
    const other = await rig.connect({ address: 'http://127.0.0.1:9' })
    expect([other.status, other.body.detail]).toEqual([
      409,
      expect.stringMatching(/works with http:\S+ \(project 1\): disconnect there/),
    ])
  })

  it('reads everything again when another stage counts', async () => {
    await rig.connected({ stage: 'acceptance' })
    const { fake, project } = rig
    const person = fake.as(fake.admin)
    const [drafted, accepted] = fake.jobs(rig.fakeProject)
    person.finish(drafted?.id ?? 0)
    person.move(accepted?.id ?? 0, 'acceptance', 'completed')
    const labelled = async () => (await rig.store.project('glands'))?.counts.labelled
    const polled = async (count: number) => {
      await rig.until(`${count} labels`, async () => (await labelled()) === count)
    }
    await rig.restart()
    await polled(1)
    for (const [stage, count] of [
      ['annotation', 2],
      ['validation', 1],
    ] as const) {
      await rig.connect({ stage })
      await polled(count)
    }
    expect((await rig.status()).projects[0].id).toBe(project)
  })

  it('changes mode, stage and webhook when it is connected once more', async () => {
    await rig.connected()
    await rig.connect({ mode: 'touch', stage: 'acceptance', webhook: false, annotators: ['bert'] })
    const [one] = (await rig.status()).projects
    expect(one).toMatchObject({ mode: 'touch', stage: 'acceptance', annotators: ['bert'] })
    expect(rig.fake.state.webhooks.size).toBe(0)
    await rig.connect({ annotators: undefined })
    const [again] = (await rig.status()).projects
    expect(again).toMatchObject({ mode: 'touch', stage: 'acceptance', annotators: ['bert'] })
  })
})
