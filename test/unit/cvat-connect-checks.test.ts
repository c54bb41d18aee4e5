/** What connecting a project of CVAT finds, line by line, and what each finding says to do. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createClient } from '@suggestive/plugin-cvat/client'
import { probeWebhook } from '@suggestive/plugin-cvat/connect/back-channel'
import { rightsCheck, workspaceCheck } from '@suggestive/plugin-cvat/connect/rights'
import { createProbes } from '@suggestive/shared/connect/probes'
import { connectCvat } from '@suggestive/sidecar/cli/connect-cvat'
import { type CvatRig, findings, openCvatRig } from '../support/plugin-cvat.ts'

const owned = {
  ...{ id: 1, name: 'glands', bug_tracker: '', organization: 1, tasks: { count: 1 } },
  ...{ owner: { id: 1, username: 'a' }, assignee: null },
}

describe('what stands in the way is said', () => {
  let rig: CvatRig
  beforeAll(async () => {
    rig = await openCvatRig()
  })
  afterEach(() => {
    rig.fake.onRequest = () => undefined
  })
  afterAll(() => rig.close())

  const refusedWith = async (more: object) => {
    const { body } = await rig.connect(more)
    expect([body.isConnected, body.detail]).toEqual([false, undefined])
    expect((await rig.status()).projects).toEqual([])
    return findings(body)
  }

  it('no address, no account, a user without a password', async () => {
    const none = await rig.api('check', {})
    expect([none.status, none.body.detail]).toEqual([400, expect.stringMatching(/the address/)])
    const { address } = rig.fake
    const half = await rig.api('connect', { address })
    expect([half.status, half.body.detail]).toEqual([400, expect.stringMatching(/a token/)])
    const lonely = await rig.api('connect', { address, username: 'anna' })
    expect(lonely.body.detail).toMatch(/\/password: must come with the user name/)
    const wrong = await rig.api('connect', { address: 'localhost:8080', token: 'x' })
    expect([wrong.status, wrong.body.detail]).toEqual([400, expect.stringMatching(/\/address/)])
  })

  it('nobody answers, or somebody else does', async () => {
    expect((await refusedWith({ address: 'http://127.0.0.1:9' }))['CVAT']).toMatch(
      /^broken: CVAT does not answer \w+ http:\/\/127\.0\.0\.1:9\/api\/\S+: .*ECONNREFUSED.*Check that it runs/,
    )
    rig.fake.onRequest = () => ({ fault: { kind: 'status', status: 200, body: '<html>Login' } })
    expect((await refusedWith({}))['CVAT']).toMatch(/^broken: .*address of CVAT/)
  })

  it('a field that this version lacks, by its name', async () => {
    rig.fake.onRequest = ({ path }) =>
      path === '/api/server/about'
        ? { fault: { kind: 'status', status: 200, body: { version: '2.31.0' } } }
        : path === '/api/users/self'
          ? { fault: { kind: 'status', status: 200, body: { id: 1 } } }
          : undefined
    const found = await refusedWith({})
    expect(found['CVAT']).toMatch(
      /^note: Version 2\.31\.0 .*tried with 2\.73.*scores of pre-labels/,
    )
    expect(found['account']).toMatch(/^broken: .*username/)
  })

  it('a token that is wrong', async () => {
    expect((await refusedWith({ token: 'wrong' }))['account']).toMatch(/^broken: .*token/)
  })

  it('an account that sees only its own jobs', async () => {
    const { personalToken: token } = rig.anna
    const [job] = rig.fake.jobs(rig.fakeProject)
    rig.fake.as(rig.fake.admin).assign(job?.id ?? 0, rig.anna)
    const found = await refusedWith({ token })
    expect(found['rights'] ?? found['project']).toMatch(/^broken: /)
    rig.fake.as(rig.fake.admin).assign(job?.id ?? 0, null)
  })

  it('a project that is not there, or has no label for areas', async () => {
    expect((await refusedWith({ project: 999 }))['project']).toMatch(/^broken: CVAT has no /)
    const { id } = rig.fake.addProject('tags', [{ name: 'good', type: 'tag' }])
    expect((await refusedWith({ project: id }))['labels']).toMatch(
      /^broken: The project has no label for areas: add a label of type "mask"/,
    )
  })

  it('annotators that nobody has named, or that do not exist', async () => {
    expect((await refusedWith({ annotators: [] }))['annotators']).toBe(
      'broken: Nobody holds a job yet: name the users who annotate, --annotators NAME,NAME or the field of that name in the form.',
    )
    expect((await refusedWith({ annotators: ['anna', 'nobody'] }))['annotators']).toBe(
      'broken: CVAT has no user nobody: correct the names, or let them sign up first.',
    )
  })

  it('an organisation that is not named, or has other members', async () => {
    const lab = rig.fake.addOrganization('lab')
    const own = rig.fake.addProject('cells', undefined, { organization: lab })
    expect((await refusedWith({ project: own.id }))['organisation']).toMatch(
      /^broken: The project belongs to an organisation: give its short name, --organization NAME/,
    )
    const named = { project: own.id, organization: 'lab' }
    expect((await refusedWith(named))['annotators']).toMatch(
      /^broken: anna, bert: not in the organisation/,
    )
    expect((await refusedWith({ organization: 'lab' }))['organisation']).toMatch(
      /^broken: The project belongs to no organisation, but lab is named/,
    )
  })
})

describe('what does not stand in the way is said, too', () => {
  let rig: CvatRig
  beforeEach(async () => {
    rig = await openCvatRig()
  })
  afterEach(() => rig.close())

  const webhookFinding = async (more: object = {}) => {
    const { body } = await rig.connect(more)
    expect(body.isConnected).toBe(true)
    return findings(body)['webhook']
  }

  it('a ping that does not arrive, with what CVAT notes and its exact setting', async () => {
    expect(await webhookFinding({ pluginAddress: 'http://127.0.0.1:9' })).toBe(
      'note: The ping of CVAT does not arrive at http://127.0.0.1:9/webhook/probe (CVAT notes status 502). CVAT sends through its proxy Smokescreen, which refuses private addresses: set SMOKESCREEN_OPTS="--allow-address=IP" with the plugin\'s IP for cvat_server (outside of Docker: SMOKESCREEN_ENABLED=false). CVAT in containers needs an address of this machine: --plugin-address http://host.docker.internal:8472, and "host": "0.0.0.0" in the section cvat of suggest.json. Until then finished jobs are noticed by polling only, some seconds later.',
    )
  })

  it('and the webhook of the test goes, also when whoever asked has gone away meanwhile', async () => {
    const { fake } = rig
    const asking = new AbortController()
    fake.onRequest = ({ path }) =>
      path.endsWith('/ping') ? { after: () => asking.abort() } : undefined
    const client = createClient({ address: fake.address, credentials: { token: rig.token } })
    const probing = {
      ...{ client, project: rig.project, task: undefined, waitMs: 20, probes: createProbes() },
      pluginAddress: rig.address(),
    }
    await expect(probeWebhook(probing, asking.signal)).rejects.toThrow()
    expect(fake.count('POST', /webhooks$/)).toBe(1)
    expect(fake.state.webhooks.size).toBe(0)
  })

  it('a ping that arrives and an event that does not: another process sends it', async () => {
    rig.fake.onRequest = ({ method, path }) =>
      method === 'POST' && path === '/api/webhooks'
        ? {
            after() {
              for (const hook of rig.fake.state.webhooks.values()) hook.isActive = false
            },
          }
        : undefined
    expect(await webhookFinding()).toMatch(
      /^note: The ping arrives at \S+, but an event does not \(CVAT has not sent it yet; is the webhooks worker running\?\): another process .*for cvat_worker_webhooks/,
    )
  })

  it('webhooks that the account may not make', async () => {
    rig.fake.onRequest = ({ method, path }) =>
      method === 'POST' && path === '/api/webhooks'
        ? { fault: { kind: 'status', status: 403, body: { detail: 'not permitted' } } }
        : undefined
    expect(await webhookFinding()).toMatch(/^note: .*noticed by polling only/)
  })

  it('a password, which can be taken back only for everything', async () => {
    const { username, password } = rig.fake.admin
    const { body } = await rig.connect({ token: undefined, username, password })
    expect(body.isConnected).toBe(true)
    expect(findings(body)['account']).toMatch(/^note: The password of admin1 works.*access token/)
    expect(JSON.stringify(await rig.status())).not.toContain(password)
  })

  it('links that only this machine reaches, where CVAT is open to others', async () => {
    const { body } = await rig.connect({ publicAddress: 'https://cvat.example.org' })
    expect(findings(body)['links']).toMatch(
      /^note: .*Only this machine reaches that: .* --link-address http:/,
    )
    const linkAddress = 'http://labels.example.org:8472'
    const given = await rig.connect({ publicAddress: 'https://cvat.example.org', linkAddress })
    expect(findings(given.body)['links']).toMatch(/^ok: .*http:\/\/labels\.example\.org:8472\/next/)
  })

  it('who holds jobs already, where nobody is named', async () => {
    const [job] = rig.fake.jobs(rig.fakeProject)
    rig.fake.as(rig.fake.admin).assign(job?.id ?? 0, rig.bert)
    const { body } = await rig.connect({ annotators: undefined })
    expect(findings(body)['annotators']).toMatch(/^ok: bert, who hold jobs already/)
    expect((await rig.status()).projects[0]).toMatchObject({ annotators: ['bert'] })
  })
})

describe('the command', () => {
  it('can say that a project belongs to no organisation, where one is known', async () => {
    expect(await connectCvat.wishOf({ 'no-organization': true })).toMatchObject({
      organization: '',
    })
    expect(await connectCvat.wishOf({ organization: 'lab' })).toMatchObject({ organization: 'lab' })
    const project = { ...owned, organization: null }
    expect(workspaceCheck(project, 'lab')?.finding).toMatch(/--no-organization/)
    expect(workspaceCheck(project, undefined)).toBeUndefined()
  })
})

describe('an account', () => {
  const account = { id: 7, username: 'plugin' }
  const project = owned
  const member = (role: string, is_active = true) => ({ user: account, role, is_active })

  it.each([
    [{ account: { ...account, is_staff: true } }, 'a member of the staff'],
    [{ project: { ...project, owner: account } }, 'owner of the project'],
    [{ project: { ...project, assignee: account } }, 'assignee of the project'],
    [{ members: [member('maintainer')] }, 'maintainer of the organisation'],
    [{ members: [member('owner')] }, 'owner of the organisation'],
    [{ members: [member('maintainer', false)] }, undefined],
    [{ members: [member('worker')] }, undefined],
    [{ members: [member('supervisor')] }, undefined],
    [{}, undefined],
  ])('with %j may all that is needed as %s', (more, why) => {
    const given = { account, project, members: [], ...more }
    const { state, finding } = rightsCheck(given.account, given.project, given.members)
    const expected = why ?? 'sees only jobs that are assigned to this account: make it the owner'
    expect([state, finding]).toEqual([
      why === undefined ? 'broken' : 'ok',
      expect.stringContaining(expected),
    ])
  })
})
