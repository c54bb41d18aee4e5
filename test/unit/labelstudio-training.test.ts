/** "Start training" in Label Studio. */
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { trainingIn } from '@suggestive/plugin-labelstudio/training'
import { goldenJson } from '../support/golden.ts'
import { openPluginRig, type PluginRig } from '../support/labelstudio-plugin.ts'

const { webhook_START_TRAINING: recorded } = goldenJson<{
  readonly webhook_START_TRAINING: { readonly body: { readonly project: { readonly id: number } } }
}>('label-studio/backend.json')

let rig: PluginRig
beforeEach(async () => {
  rig = await openPluginRig()
})
afterEach(() => rig.close())

const started = () => rig.http.conductor.started

function ask(account: string) {
  const body = { ...recorded.body, project: { ...recorded.body.project, id: rig.project } }
  return rig.send('/webhook', body, {
    Authorization: `Basic ${Buffer.from(account).toString('base64')}`,
  })
}

/** As somebody presses the button in Label Studio. */
const press = () => {
  const [backend] = rig.tool.state.backends.keys()
  const headers = { Authorization: `Token ${rig.tool.admin.legacyToken}` }
  return fetch(`${rig.tool.address}/api/ml/${backend}/train`, { method: 'POST', headers })
}

it('starts a round with the account that Label Studio was given, and with no other', async () => {
  await rig.connected()
  expect((await ask('suggest:suggest')).status).toBe(401)
  expect(started()).toEqual([])
  expect((await press()).status).toBe(200)
  await rig.until('the round', () => started().length === 1)
})

it('says in the log why none begins, and goes on', async () => {
  await rig.connected()
  rig.http.conductor.failure = 'conflict'
  await press()
  await rig.until('the line', () => JSON.stringify(rig.log).includes('does not begin'))
})

it('is told from everything else', () => {
  const bytes = (content: unknown) => Buffer.from(JSON.stringify(content))
  expect(trainingIn(bytes(recorded.body))).toBe(recorded.body.project.id)
  expect(trainingIn(bytes({ action: 'ANNOTATION_CREATED', project: { id: 1 } }))).toBeUndefined()
  expect(trainingIn(bytes({ action: 'START_TRAINING' }))).toBeUndefined()
  expect(trainingIn(Buffer.from('{'))).toBeUndefined()
})
