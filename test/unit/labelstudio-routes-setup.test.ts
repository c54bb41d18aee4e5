/** Adding the plugin's address in Label Studio's settings, and what the smart tool asks. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { questionOf } from '@suggestive/plugin-labelstudio/backend/interactive'
import { prompt } from '@suggestive/plugin-labelstudio/backend/wire'
import { goldenJson } from '../support/golden.ts'
import { configuration } from '../support/labelstudio.ts'
import { openPluginRig, type PluginRig } from '../support/labelstudio-plugin.ts'

interface Recordings {
  readonly setup_request: { readonly body: object }
  readonly predict_request_batch: { readonly body: object }
  readonly webhook_START_TRAINING: { readonly body: object }
}
const recorded = goldenJson<Recordings>('label-studio/backend.json')
const basic = { user: 'sa', password: 'secret' }
const asBasic = {
  Authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`,
}
const batch = recorded.predict_request_batch.body

describe('adding the address in Label Studio', () => {
  let rig: PluginRig
  beforeEach(async () => {
    rig = await openPluginRig({ plugin: { basic } })
  })
  afterEach(() => rig.close())

  const add = () =>
    fetch(`${rig.tool.address}/api/ml`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Token ${rig.tool.admin.legacyToken}`,
      },
      body: JSON.stringify({
        project: rig.project,
        url: rig.address(),
        title: 'by hand',
        basic_auth_user: basic.user,
        basic_auth_pass: basic.password,
      }),
    })

  it('connects the project when address and token are known', async () => {
    const { address } = rig.tool
    const known = await rig.api('connect', { address, token: rig.token })
    expect(known.body).toMatchObject({ isConnected: false, projects: [{ id: rig.project }] })
    expect((await add()).status).toBe(201)
    const project = rig.tool.state.projects.get(rig.project)
    expect(project?.modelVersion).toBe('by hand')
    await rig.until('the connection', async () => (await rig.status()).projects.length === 1)
    await rig.until('the webhook', () =>
      [...rig.tool.state.hooks.values()].every((hook) =>
        /^Bearer /.test(hook.headers['Authorization'] ?? ''),
      ),
    )
    await rig.api('disconnect', { project: rig.project })
    expect([project?.modelVersion, rig.tool.state.backends.size]).toEqual(['', 0])
    expect(rig.tool.state.hooks.size).toBe(0)
  })

  it('says what is missing when they are not', async () => {
    const refused = await add()
    expect(refused.status).toBe(400)
    const setup = await rig.send(
      '/setup',
      { ...recorded.setup_request.body, project: `${rig.project}.1` },
      asBasic,
    )
    expect([setup.status, setup.json().detail]).toEqual([
      409,
      expect.stringMatching(/does not know this Label Studio yet: open http:\S+\/connect/),
    ])
  })

  it('does not connect a project that only somebody else asks for', async () => {
    const { address } = rig.tool
    await rig.api('connect', { address, token: rig.token })
    const body = { ...recorded.setup_request.body, project: `${rig.project}.1` }
    expect((await rig.send('/setup', body, asBasic)).status).toBe(200)
    await rig.until('the refusal', async () => (await rig.status()).failures.length === 1)
    expect(await rig.status()).toMatchObject({
      projects: [],
      failures: [{ sentence: expect.stringMatching(/has no ML backend at 127\.0\.0\.1/) }],
    })
  })

  it('needs user and password where they are configured', async () => {
    for (const path of ['/health', '/versions']) {
      expect((await rig.send(path)).status).toBe(401)
      expect((await rig.send(path, undefined, asBasic)).status).toBe(200)
    }
    const wrong = { Authorization: `Basic ${Buffer.from('sa:wrong').toString('base64')}` }
    expect((await rig.send('/predict', batch, wrong)).status).toBe(401)
    expect((await rig.send('/predict', batch, asBasic)).status).toBe(200)
    const { body } = recorded.webhook_START_TRAINING
    expect((await rig.send('/webhook', body, asBasic)).status).toBe(200)
    expect((await rig.send('/webhook', body, wrong)).status).toBe(401)
  })
})

describe('what the smart tool asks', () => {
  const point = (label: string, more: object = {}) =>
    prompt.parse({
      type: 'keypointlabels',
      original_width: 200,
      original_height: 100,
      value: { x: 50, y: 101, keypointlabels: [label] },
      ...more,
    })

  it('is in pixels, inside of the image, with the class that the label names', () => {
    expect(questionOf([point('Lymph')], configuration)).toEqual({
      points: [{ x: 100, y: 100, positive: true }],
      classId: 2,
    })
    expect(questionOf([point('GlandPt')], configuration)?.classId).toBe(1)
    expect(questionOf([point('other')], configuration)?.classId).toBeUndefined()
    const [one] = configuration.classes
    const single = { ...configuration, classes: one === undefined ? [] : [one] }
    expect(questionOf([point('other')], single)?.classId).toBe(1)
    expect(questionOf([point('x', { is_positive: false })], configuration)).toBeUndefined()
  })
})
