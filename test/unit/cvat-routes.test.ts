/** Webhooks of CVAT: signed, answered at once, only a hint; and everything else that is asked of the plugin. */
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type CvatRig, openCvatRig } from '../support/plugin-cvat.ts'

let rig: CvatRig
let secret = ''
beforeAll(async () => {
  rig = await openCvatRig()
  await rig.connected()
  secret = JSON.parse(readFileSync(rig.file, 'utf8')).projects[rig.project].webhookSecret
}, 20_000)
afterAll(() => rig.close())

const event = (more: object = {}) =>
  JSON.stringify({
    ...{ event: 'update:job', webhook_id: 1, sender: { id: 2, username: 'anna' } },
    ...{ before_update: { updated_date: '2026-11-23T13:34:39Z', state: 'in progress' }, ...more },
  })

const signed = (body: string, by = secret) => ({
  'X-Signature-256': `sha256=${createHmac('sha256', by).update(body).digest('hex')}`,
})

const lastPoll = async () => (await rig.status()).projects[0].lastPollAt

/** Whether the delivery makes the plugin look. */
async function wakes(body: string): Promise<boolean> {
  const before = await lastPoll()
  const { status } = await rig.send(`/webhook/${rig.project}`, body, signed(body))
  expect(status).toBe(200)
  for (let i = 0; i < 15; i++) {
    if ((await lastPoll()) !== before) return true
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return false
}

describe('a webhook', () => {
  it('wakes the plugin when somebody has finished a job', async () => {
    expect(await wakes(event())).toBe(true)
    expect(await wakes(event({ event: 'create:job', before_update: undefined }))).toBe(true)
  })

  it('does not when it is an echo of the plugin, a saved shape, or nothing that is known', async () => {
    const echo = { sender: { id: 1 }, before_update: { assignee_id: null } }
    expect(await wakes(event(echo))).toBe(false)
    expect(await wakes(event({ before_update: { updated_date: 'x' } }))).toBe(false)
    expect(await wakes('not JSON')).toBe(false)
    expect(await wakes('[]')).toBe(false)
  })

  it('is refused for good with a wrong signature, or of an unknown project', async () => {
    const body = event()
    const path = `/webhook/${rig.project}`
    for (const headers of [{}, signed(body, 'other'), signed(`${body} `)]) {
      expect((await rig.send(path, body, headers)).status).toBe(401)
    }
    expect((await rig.send('/webhook/77', body, signed(body))).status).toBe(404)
    expect((await rig.send('/webhook/probe', body, signed(body))).status).toBe(401)
  })

  it('is refused when it is larger than any event', async () => {
    const body = event({ more: 'x'.repeat(10_000_000) })
    expect((await rig.send(`/webhook/${rig.project}`, body, signed(body))).status).toBe(413)
    expect(await wakes(event())).toBe(true)
  })
})

describe('every other address', () => {
  it('says what there is', async () => {
    const { status, json } = await rig.send('/nothing')
    expect([status, json().detail]).toEqual([404, expect.stringMatching(/people open \/connect/)])
  })
})
