/** The ML backend as Label Studio calls it, by the requests that a real one has sent. */
import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { decodeBrush } from '@suggestive/plugin-labelstudio/codec/rle-decode'
import { goldenJson } from '../support/golden.ts'
import { openPluginRig, type PluginRig } from '../support/labelstudio-plugin.ts'
import { objectRuns } from '../support/plugin-rig.ts'

interface Recording<Body> {
  readonly body: Body
}
interface PredictRequest {
  readonly project: string
  readonly tasks: readonly object[]
  readonly params: { readonly context: { readonly result: readonly { readonly value: object }[] } }
}
interface Recordings {
  readonly setup_request: Recording<object>
  readonly predict_request_single: Recording<PredictRequest>
  readonly predict_request_batch: Recording<PredictRequest>
  readonly predict_request_interactive_keypoint_ui: Recording<PredictRequest>
  readonly predict_request_interactive_rectangle_ui: Recording<PredictRequest>
  readonly webhook_ANNOTATION_CREATED_auto_registered_no_auth: Recording<object>
  readonly webhook_ANNOTATION_CREATED_custom_headers: Recording<object>
}
const recorded = goldenJson<Recordings>('label-studio/backend.json')
const basic = { user: 'sa', password: 'secret' }
const asBasic = {
  Authorization: `Basic ${Buffer.from(`${basic.user}:${basic.password}`).toString('base64')}`,
}
const batch = recorded.predict_request_batch.body
const keypoint = recorded.predict_request_interactive_keypoint_ui.body
const rectangle = recorded.predict_request_interactive_rectangle_ui.body

describe('a connected project', () => {
  let rig: PluginRig
  let secret: string
  let modelDigest: string
  let taskKey: string
  beforeAll(async () => {
    rig = await openPluginRig()
    await rig.connected()
    taskKey = rig.taskKeys[2] ?? ''
    modelDigest = (await rig.publish(taskKey)).modelDigest
    await rig.until('the order', async () => (await rig.status()).projects[0].applied === 1)
    const [hook] = rig.tool.state.hooks.values()
    secret = hook?.headers['Authorization'] ?? ''
  }, 20_000)
  afterAll(() => rig.close())

  const version = () => rig.tool.state.projects.get(rig.project)?.modelVersion
  const tasks = (ids: readonly string[], like = batch) => ({
    ...like,
    project: `${rig.project}.1795439864`,
    tasks: ids.map((id) => ({ ...like.tasks[0], id: Number(id) })),
  })
  const predict = async (body: object) => {
    const reply = await rig.send('/predict', body)
    expect(reply.status).toBe(200)
    return reply.json().results
  }
  const runsOf = (region: { value: { rle: number[] } }) => decodeBrush(region.value.rle, 8, 4)

  it('tells its health and the version that it serves', async () => {
    const health = await rig.send('/health')
    expect(health.json()).toEqual({ status: 'UP', model_class: 'SuggestiveAnnotation' })
    const { body } = recorded.setup_request
    const setup = await rig.send('/setup', { ...body, project: `${rig.project}.1795439864` })
    expect([setup.status, setup.json()]).toEqual([200, { model_version: version() }])
    expect(version()).toMatch(/^sa-r1-/)
    expect((await rig.send('/versions')).json()).toEqual({ versions: [version()] })
  })

  it('answers one entry for each task, in their order, and nothing for those not ready', async () => {
    const [first = ''] = rig.taskKeys
    const ids = [first, taskKey, '99999', taskKey]
    const results = await predict(tasks(ids))
    expect(results).toHaveLength(4)
    expect([results[0], results[2]]).toEqual([[], []])
    const entry = results[1]
    expect(entry).toMatchObject({ model_version: version(), score: 1 })
    expect(entry.result).toMatchObject([
      { type: 'brushlabels', from_name: 'tag', to_name: 'image', original_width: 8 },
    ])
    expect([...runsOf(entry.result[0])]).toEqual(objectRuns)
    expect(results[3]).toEqual(entry)
  })

  it('answers nothing for projects that it does not know, and never an error', async () => {
    expect(await predict(batch)).toHaveLength(batch.tasks.length)
    const single = recorded.predict_request_single.body
    expect(await predict({ ...single, project: '777.1' })).toEqual([[]])
    const { project: _, ...without } = single
    expect(await predict(without)).toEqual([[]])
    expect((await rig.send('/predict', '{"tasks":')).status).toBe(400)
    expect((await rig.send('/predict', { tasks: 'all' })).status).toBe(400)
  })

  it('answers the smart key point with the object under it', async () => {
    const at = { ...keypoint.params.context.result[0]?.value, x: 30, y: 40 }
    const point = { ...keypoint.params.context.result[0], value: at }
    const sized = { ...point, original_width: 8, original_height: 4 }
    const params = { ...keypoint.params, context: { result: [sized] } }
    const [entry] = await predict({ ...tasks([taskKey], keypoint), params })
    expect([...runsOf(entry.result[0])]).toEqual(objectRuns)
    expect(entry).toMatchObject({ model_version: version(), score: expect.closeTo(0.75, 3) })
    expect(entry.result[0].id).toBe('sa-9riYGUIH-d-1')
    const not = { ...sized, id: 'n', is_positive: false, value: { ...at, x: 15 } }
    const cut = { ...params, context: { result: [sized, not] } }
    const [less] = await predict({ ...tasks([taskKey], keypoint), params: cut })
    expect([...runsOf(less.result[0])]).toEqual([10, 2, 20])
    const only = { ...params, context: { result: [not] } }
    const [none] = await predict({ ...tasks([taskKey], keypoint), params: only })
    expect(none.result).toEqual([])
  })

  it('answers the smart rectangle with the object in it', async () => {
    const value = {
      ...rectangle.params.context.result[0]?.value,
      x: 12,
      y: 20,
      width: 40,
      height: 30,
    }
    const box = {
      ...rectangle.params.context.result[0],
      value,
      original_width: 8,
      original_height: 4,
    }
    const params = { ...rectangle.params, context: { result: [box] } }
    const [entry] = await predict({ ...tasks([taskKey], rectangle), params })
    expect([...runsOf(entry.result[0])]).toEqual(objectRuns)
  })

  it('answers the smart tool with nothing where there is no map, or nothing to point at', async () => {
    const [first = ''] = rig.taskKeys
    const [none] = await predict(tasks([first], keypoint))
    expect(none.result).toEqual([])
    const params = { context: { result: [{ type: 'keypointlabels' }] } }
    expect((await predict({ ...tasks([taskKey]), params }))[0].result).toEqual([])
  })

  it('takes a webhook with its secret for a hint to look', async () => {
    const { body } = recorded.webhook_ANNOTATION_CREATED_custom_headers
    const before = (await rig.status()).projects[0].lastPollAt
    rig.http.now += 1000
    await new Promise((resolve) => setTimeout(resolve, 5))
    const reply = await rig.send('/webhook', body, { Authorization: secret })
    expect(reply.status).toBe(200)
    await rig.until('a poll', async () => (await rig.status()).projects[0].lastPollAt > before)
  })

  it('refuses forged webhooks, whatever they hold, and does not look', async () => {
    const { body } = recorded.webhook_ANNOTATION_CREATED_auto_registered_no_auth
    const before = rig.tool.asked.length
    const forged: Record<string, string>[] = [
      {},
      { Authorization: '' },
      { Authorization: 'Bearer ' },
      { Authorization: `${secret}x` },
      { Authorization: secret.slice(0, -1) },
      { Authorization: secret.toLowerCase() },
      asBasic,
    ]
    for (const headers of forged) {
      expect((await rig.send('/webhook', body, headers)).status).toBe(401)
      expect((await rig.send('/webhook/probe', body, headers)).status).toBe(401)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(rig.tool.asked.length).toBe(before)
  })

  it('acknowledges a hundred deliveries at a time, whatever Label Studio itself does then', async () => {
    const body = JSON.stringify(recorded.webhook_ANNOTATION_CREATED_custom_headers.body)
    const headers = { Authorization: secret, 'Content-Type': 'application/json' }
    const deliver = () =>
      new Promise<number>((resolve, reject) => {
        const start = performance.now()
        const sent = request(`${rig.address()}/webhook`, { method: 'POST', headers }, (reply) => {
          reply.resume()
          if (reply.statusCode === 200) reply.on('end', () => resolve(performance.now() - start))
          else reject(new Error(`status ${reply.statusCode}`))
        })
        sent.on('error', reject)
        sent.end(body)
      })
    // Calls to it give up after 3 s here: who waited for one would be later than that.
    rig.tool.fault = () => ({ kind: 'hang' })
    const times = await Promise.all(Array.from({ length: 100 }, deliver))
    rig.tool.fault = () => undefined
    expect(Math.max(...times)).toBeLessThan(2800)
  })

  it('has nothing else', async () => {
    for (const path of [
      '/train',
      '/validate',
      '/duplicate_model',
      '/delete',
      '/job_status',
      '/x',
    ]) {
      const reply = await rig.send(path, {})
      expect([reply.status, reply.json().detail]).toEqual([404, expect.stringMatching(/\/predict/)])
    }
    expect((await rig.send('/webhook')).status).toBe(404)
  })

  it('answers in time when the sidecar hangs or is gone', async () => {
    await rig.stopSidecar()
    const start = performance.now()
    expect((await rig.send('/health')).status).toBe(200)
    const { body } = recorded.setup_request
    expect((await rig.send('/setup', { ...body, project: `${rig.project}.1` })).status).toBe(200)
    expect(performance.now() - start).toBeLessThan(1000)
    expect(await predict(tasks([taskKey]))).toEqual([[]])
    const [smart] = await predict(tasks([taskKey], keypoint))
    expect(smart.result).toEqual([])
    expect(modelDigest).toMatch(/^[0-9a-f]{64}$/)
  })
})
