/** Connecting a project of Label Studio and letting go of it, through the plugin that runs. */

import { readFileSync, statSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { openPluginRig, type PluginRig } from '../support/labelstudio-plugin.ts'

const findings = (body: { checks: { name: string; state: string; finding: string }[] }) =>
  Object.fromEntries(body.checks.map(({ name, state, finding }) => [name, `${state}: ${finding}`]))

describe('a connected project', () => {
  let rig: PluginRig
  let done: Awaited<ReturnType<PluginRig['connected']>>
  beforeAll(async () => {
    rig = await openPluginRig()
    await rig.tool.skip(1, Number(rig.taskKeys[0]))
    done = await rig.connected()
  }, 20_000)
  afterAll(() => rig.close())

  it('tests both directions, then takes in tasks, images and labels', async () => {
    expect(findings(done)).toEqual({
      sidecar: expect.stringMatching(/^ok: It answers at http:\S+ and has 0 projects\.$/),
      'Label Studio': expect.stringMatching(/^ok: Version 1\.23\.2 answers at http:\S+\.$/),
      token: 'ok: The personal access token works and finds 1 project.',
      project: 'ok: "fake project" can be read.',
      configuration: 'ok: Class Gland (brush).',
      image: expect.stringMatching(/^ok: image-1\.png of task 2 can be read \(\d+ bytes\)\.$/),
      webhook: expect.stringMatching(/^ok: Label Studio reaches http:\S+\/webhook\/probe\.$/),
      'ML backend': 'ok: Added as "Suggestive annotation", for the smart tool.',
    })
    const [project] = await rig.store.projects()
    expect(project).toMatchObject({ id: 'fake-project', tool: 'label-studio' })
    expect(project?.counts).toMatchObject({ tasks: 4, images: 4, skipped: 1 })
    const hooks = [...rig.tool.state.hooks.values()]
    expect(hooks).toMatchObject([{ url: `${rig.address()}/webhook`, isActive: true }])
    expect([...rig.tool.state.backends.values()]).toMatchObject([{ isInteractive: true }])
  })

  it('keeps its secrets in one private file, and out of every answer and the log', async () => {
    if (process.platform !== 'win32') expect(statSync(rig.file).mode & 0o777).toBe(0o600)
    const saved = JSON.parse(readFileSync(rig.file, 'utf8'))
    const { webhookSecret } = saved.projects[rig.project]
    expect(saved.server.token).toBe(rig.token)
    const told = [
      JSON.stringify(await rig.status()),
      (await rig.api('check', { project: rig.project })).text,
      (await rig.connect({})).text,
      JSON.stringify(rig.log),
    ]
    for (const text of told) {
      expect(text.length).toBeGreaterThan(20)
      for (const secret of [rig.token, webhookSecret]) expect(text).not.toContain(secret)
    }
  })

  it('goes on by itself after a restart', async () => {
    await rig.restart()
    await rig.until('a poll', async () => (await rig.status()).projects[0]?.lastPollAt !== null)
    const [one] = (await rig.status()).projects
    expect(one).toMatchObject({ phase: 'running', project: { id: 'fake-project' }, problems: [] })
    expect(await rig.store.projects()).toHaveLength(1)
  })
})

describe('connecting a project', () => {
  let rig: PluginRig
  beforeEach(async () => {
    rig = await openPluginRig()
  })
  afterEach(() => rig.close())

  it('serves the published order with pre-labels, and puts everything back afterwards', async () => {
    const { state } = rig.tool
    const project = state.projects.get(rig.project)
    const other = state.addPrediction({
      ...{ task: Number(rig.taskKeys[0]), modelVersion: 'theirs', score: 0.5, result: [] },
    })
    if (project !== undefined) project.modelVersion = 'theirs'
    await rig.connected()
    const [, , third = ''] = rig.taskKeys
    await rig.publish(third)
    await rig.until('the order', () => project?.sampling === 'Uncertainty sampling')
    await rig.until('the receipt', async () => (await rig.status()).projects[0].applied === 1)
    expect(rig.tool.next(rig.project, 1)?.task.id).toBe(Number(third))
    const { body } = await rig.api('disconnect', { project: rig.project })
    expect(body).toEqual({ project: rig.project })
    expect(project).toMatchObject({ sampling: 'Sequential sampling', modelVersion: 'theirs' })
    expect([...state.predictions.values()]).toEqual([other])
    expect([state.hooks.size, state.backends.size, state.views.size]).toEqual([0, 0, 0])
    expect((await rig.status()).projects).toEqual([])
    expect(JSON.parse(readFileSync(rig.file, 'utf8')).projects).toEqual({})
    expect(await rig.store.projects()).toHaveLength(1)
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(404)
  })

  it('does not take the title of its own ML backend for what was there before', async () => {
    const project = rig.tool.state.projects.get(rig.project)
    await rig.connected()
    expect(project?.modelVersion).toBe('Suggestive annotation')
    await rig.connect({})
    await rig.api('disconnect', { project: rig.project })
    expect(project?.modelVersion).toBe('')
  })

  it('stays connected when Label Studio does not answer while it is disconnected', async () => {
    await rig.connected()
    rig.tool.fault = ({ method }) =>
      method === 'DELETE' ? { kind: 'status', status: 500 } : undefined
    const refused = await rig.api('disconnect', { project: rig.project })
    expect([refused.status, refused.body.detail]).toEqual([502, expect.stringMatching(/log/)])
    expect((await rig.status()).projects).toHaveLength(1)
    rig.tool.fault = () => undefined
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(200)
    expect(rig.tool.state.hooks.size).toBe(0)
  })

  it('lets go of a project that was deleted in Label Studio', async () => {
    await rig.connected()
    rig.tool.fault = () => ({ kind: 'status', status: 404 })
    expect((await rig.api('disconnect', { project: rig.project })).status).toBe(200)
    expect((await rig.status()).projects).toEqual([])
  })

  it('works with one Label Studio at a time', async () => {
    await rig.connected()
    expect((await rig.connect({ address: `${rig.tool.address}/` })).body.isConnected).toBe(true)
    const other = await rig.connect({ address: 'http://127.0.0.1:9' })
    expect([other.status, other.body.detail]).toEqual([
      409,
      expect.stringMatching(/works with http:\S+ \(project 1\): disconnect there/),
    ])
  })
})

describe('what stands in the way is said', () => {
  let rig: PluginRig
  beforeAll(async () => {
    rig = await openPluginRig()
  })
  afterEach(() => {
    rig.tool.fault = () => undefined
    rig.tool.state.areLegacyTokensOn = true
  })
  afterAll(() => rig.close())

  const refusedWith = async (more: object) => {
    const { body } = await rig.connect(more)
    expect(body.isConnected).toBe(false)
    expect((await rig.status()).projects).toEqual([])
    return findings(body)
  }

  it('no address, no token', async () => {
    const none = await rig.api('check', {})
    expect([none.status, none.body.detail]).toEqual([400, expect.stringMatching(/the address/)])
    const { address } = rig.tool
    const half = await rig.api('connect', { address })
    expect([half.status, half.body.detail]).toEqual([400, expect.stringMatching(/a token/)])
    const origins = { address, token: 'x', imageOrigins: ['images'] }
    expect((await rig.api('connect', origins)).body.detail).toMatch(/\/imageOrigins\/0/)
    const wrong = await rig.api('connect', { address: 'localhost:8080', token: 'x' })
    expect([wrong.status, wrong.body.detail]).toEqual([400, expect.stringMatching(/\/address/)])
  })

  it('nobody answers, or somebody else does', async () => {
    expect((await refusedWith({ address: 'http://127.0.0.1:9' }))['Label Studio']).toMatch(
      /^broken: Label Studio does not answer \w+ http:\/\/127\.0\.0\.1:9\/api\/\S+: .*ECONNREFUSED.*Check that it runs/,
    )
    rig.tool.fault = () => ({ kind: 'status', status: 200, body: '<html>Login</html>' })
    expect((await refusedWith({}))['Label Studio']).toMatch(/see whether this is the address of/)
  })

  it('a legacy token, switched off or still on', async () => {
    const token = rig.tool.admin.legacyToken
    rig.tool.state.areLegacyTokensOn = false
    expect((await refusedWith({ token }))['token']).toMatch(
      /^broken: Label Studio has legacy tokens switched off: configure a personal access token \(Account & Settings, Personal Access Token\), or allow legacy tokens in the organization settings\.$/,
    )
    rig.tool.state.areLegacyTokensOn = true
    const { body } = await rig.api('check', { address: rig.tool.address, token })
    expect(findings(body)['token']).toMatch(/^note: The legacy token works and finds 1 project\./)
  })

  it('a token that is wrong', async () => {
    const token = `${rig.token.slice(0, -3)}abc`
    expect((await refusedWith({ token }))['token']).toMatch(
      /^broken: .*personal access token.*create a new one/,
    )
  })

  it('a project that is not there', async () => {
    expect((await refusedWith({ project: 999 }))['project']).toMatch(
      /^broken: Label Studio has no project 999/,
    )
  })

  it('a labelling configuration without areas', async () => {
    const { id } = rig.tool.state.addProject(
      'choices',
      '<View><Image name="image" value="$image"/><Choices name="c" toName="image"><Choice value="a"/></Choices></View>',
    )
    expect((await refusedWith({ project: id }))['configuration']).toMatch(
      /^broken: The labelling configuration has only "c": add BrushLabels or PolygonLabels/,
    )
  })

  it('another version, which is tried all the same', async () => {
    rig.tool.fault = ({ path }) =>
      path === '/api/version'
        ? { kind: 'status', status: 200, body: '{"release":"1.19.0"}' }
        : undefined
    const { body } = await rig.api('check', { address: rig.tool.address, token: rig.token })
    expect(findings(body)['Label Studio']).toMatch(/^note: Version 1\.19\.0 .*tried with 1\.23/)
  })
})

describe('what does not stand in the way is said, too', () => {
  let rig: PluginRig
  beforeEach(async () => {
    rig = await openPluginRig()
  })
  afterEach(() => rig.close())

  it('webhooks that do not arrive, with the exact settings of Label Studio', async () => {
    const done = await rig.connected({ pluginAddress: 'http://127.0.0.1:9', mlBackend: false })
    expect(findings(done)['webhook']).toBe(
      'note: Label Studio took the webhook, but nothing arrived at http://127.0.0.1:9/webhook/probe within 0.3 s. Label Studio does not call private addresses by default: start it with LABEL_STUDIO_SSRF_PROTECTION_ENABLED=false and LABEL_STUDIO_ML_BLOCK_LOCAL_IP=false. Where Label Studio runs in a container or on another machine, name an address of this one with --plugin-address, e.g. http://host.docker.internal:8471. Until then annotations are noticed by polling only, some seconds later.',
    )
  })

  it('an ML backend that is refused for its private address, and does not stay half-made', async () => {
    const { state } = rig.tool
    rig.tool.fault = ({ method, path }) => {
      if (method !== 'POST' || path !== '/api/ml') return undefined
      // As the real one: it answers 403 and has made it.
      const backend = { id: state.id(), project: rig.project, url: rig.address(), title: 'x' }
      const account = { user: '', password: '', isInteractive: true }
      const rest = { ...account, modelVersion: '', createdAt: state.stamp() }
      state.backends.set(backend.id, { ...backend, ...rest })
      return { kind: 'status', status: 403, body: '{"detail":"private"}' }
    }
    const done = await rig.connected()
    expect(findings(done)['ML backend']).toMatch(
      /^note: .*LABEL_STUDIO_SSRF_PROTECTION_ENABLED=false and LABEL_STUDIO_ML_BLOCK_LOCAL_IP=false.*the smart tool does not answer/,
    )
    expect(state.backends.size).toBe(0)
  })

  it('a webhook that is refused', async () => {
    rig.tool.fault = ({ method, path }) =>
      method === 'POST' && path === '/api/webhooks/' ? { kind: 'status', status: 403 } : undefined
    const done = await rig.connect()
    expect(done.body.isConnected).toBe(true)
    expect(findings(done.body)['webhook']).toMatch(/LABEL_STUDIO_SSRF_PROTECTION_ENABLED=false/)
  })

  it('images on other servers, which are read only when they are allowed', async () => {
    const { state } = rig.tool
    state.addTask(rig.project, { image: 'https://images.example.org/a.png' })
    const asked = await rig.api('check', {
      address: rig.tool.address,
      token: rig.token,
      project: rig.project,
    })
    expect(findings(asked.body)['image origins']).toBe(
      'note: Images lie on other servers: https://images.example.org (1 tasks). They are left out until you allow it: --image-origins https://images.example.org, or the field of that name in the form.',
    )
    expect(asked.body.changes.join(' ')).toMatch(
      /"Uncertainty sampling" \(now "Sequential sampling"\)/,
    )
    expect(findings(asked.body)['webhook']).toMatch(/^ok: Label Studio reaches/)
    expect([state.hooks.size, state.backends.size]).toEqual([0, 0])
    const imageOrigins = ['https://images.example.org']
    const allowed = await rig.connect({ imageOrigins })
    expect(findings(allowed.body)['image origins']).toBeUndefined()
    expect((await rig.status()).server.imageOrigins).toEqual(imageOrigins)
  })

  it('an image that cannot be read, and boxes that only prompt the smart tool', async () => {
    const { state } = rig.tool
    const { id } = state.addProject(
      'smart',
      '<View><Image name="image" value="$image"/><BrushLabels name="tag" toName="image" smart="true"><Label value="Gland"/></BrushLabels><RectangleLabels name="rect" toName="image" smart="true"><Label value="GlandBox"/></RectangleLabels></View>',
    )
    state.addTask(id, { image: '/data/upload/9/nothing.png' })
    const done = await rig.connect({ project: id })
    expect(findings(done.body)['configuration']).toBe(
      'ok: Class Gland (brush). What "rect" draws only prompts the smart tool: it is no label.',
    )
    expect(findings(done.body)['image']).toMatch(/^note: The image of task \d+ cannot be read\./)
    expect(done.body.isConnected).toBe(true)
  })
})
