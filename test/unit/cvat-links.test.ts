/** Personal links to the next job, and the link to the sorted list. */
import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { type CvatRig, openCvatRig } from '../support/plugin-cvat.ts'

let rig: CvatRig
beforeEach(async () => {
  rig = await openCvatRig()
  await rig.connected({ mode: 'touch' })
})
afterEach(() => rig.close())

const open = (address: string, init: RequestInit = {}) =>
  fetch(address, { redirect: 'manual', ...init })

async function linkOf(annotator: string, wish: object = {}): Promise<string> {
  const { body } = await rig.api('links', wish)
  const found = body.links.find((one: { annotator: string }) => one.annotator === annotator)
  return found?.address ?? ''
}

describe('a personal link', () => {
  it('leads to the best free job, which is theirs from then on', async () => {
    const [third = ''] = rig.taskKeys.slice(2)
    await rig.publish(third)
    await rig.until('the order', async () => (await rig.status()).projects[0].applied === 1)
    const link = await linkOf('anna')
    expect(link).toMatch(new RegExp(`^${rig.address()}/next/[\\w-]{43}$`))
    const reply = await open(link)
    const job = rig.fake.jobs(rig.fakeProject)[2]
    expect([
      reply.status,
      reply.headers.get('location'),
      reply.headers.get('cache-control'),
    ]).toEqual([302, `${rig.fake.address}/tasks/${job?.task}/jobs/${job?.id}?frame=2`, 'no-store'])
    expect(reply.headers.get('referrer-policy')).toBe('no-referrer')
    expect(job?.assignee).toBe(rig.anna.id)
    // The same person gets the same job, another one another.
    expect((await open(link)).headers.get('location')).toBe(reply.headers.get('location'))
    const other = await open(await linkOf('bert'))
    expect(other.headers.get('location')).not.toBe(reply.headers.get('location'))
  })

  it('takes no job for programs that show a preview', async () => {
    const reply = await open(await linkOf('anna'), { method: 'HEAD' })
    expect(reply.status).toBe(200)
    expect(rig.fake.jobs(rig.fakeProject).map(({ assignee }) => assignee)).toEqual([
      ...[null, null, null, null],
    ])
    const early = await open(await linkOf('anna'), { headers: { Purpose: 'prefetch' } })
    expect(early.status).toBe(503)
    expect(rig.fake.jobs(rig.fakeProject).every(({ assignee }) => assignee === null)).toBe(true)
  })

  it('says so when nothing is left', async () => {
    const { fake, anna } = rig
    for (const { id } of fake.jobs(rig.fakeProject)) {
      fake.as(fake.admin).assign(id, anna)
      fake.as(anna).finish(id)
    }
    const reply = await open(await linkOf('bert'))
    const text = await reply.text()
    expect([reply.status, text]).toEqual([
      200,
      expect.stringMatching(/Nothing is left to annotate/),
    ])
    expect(text).not.toMatch(/<script|style=/)
  })

  it('is taken back, renewed and given to further people', async () => {
    const before = await linkOf('anna')
    expect(await linkOf('anna', { revoke: 'anna' })).toBe('')
    const refused = await open(before)
    expect([refused.status, await refused.text()]).toEqual([
      404,
      expect.stringMatching(/This link is not valid.*for a new one/s),
    ])
    expect((await rig.api('links', { revoke: 'anna' })).body.detail).toMatch(/choose one of bert/)
    const again = await linkOf('anna', { create: 'anna' })
    expect(again).not.toBe(before)
    expect((await open(again)).status).toBe(302)
    expect((await open(before)).status).toBe(404)
    const renewed = await linkOf('anna', { create: 'anna' })
    expect([(await open(again)).status, (await open(renewed)).status]).toEqual([404, 302])
    rig.fake.addUser('carl')
    expect(await linkOf('carl', { create: 'carl', project: rig.project })).toMatch(/\/next\//)
    expect((await rig.api('links', { create: 'nobody' })).status).toBe(404)
    expect((await rig.api('links', { create: 'a', revoke: 'b' })).status).toBe(400)
  })

  it('survives a restart and another connection of the same project', async () => {
    const before = await linkOf('anna')
    await rig.connect({ mode: 'gate', linkAddress: 'https://labels.test/suggest/' })
    await rig.restart()
    const after = await linkOf('anna')
    expect(after).toMatch(/^https:\/\/labels\.test\/suggest\/next\//)
    expect(after.split('/').at(-1)).toBe(before.split('/').at(-1))
  })

  it('is nothing that could be tried out', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 35; i++) statuses.push((await open(`${rig.address()}/next/x${i}`)).status)
    expect([statuses[0], statuses.at(-1)]).toEqual([404, 429])
  })

  it('is told to the owner alone', async () => {
    const { status, text } = await rig.send('/api/links', {})
    const { secret } = JSON.parse(readFileSync(rig.file, 'utf8')).projects[rig.project].links[0]
    expect([status, text.includes(secret)]).toEqual([403, false])
  })

  it('asks for patience when CVAT fails', async () => {
    const link = await linkOf('anna')
    rig.fake.onRequest = () => ({ fault: { kind: 'status', status: 500 } })
    const reply = await open(link)
    expect([reply.status, await reply.text()]).toEqual([503, expect.stringMatching(/in a minute/)])
    const log = JSON.stringify(rig.log)
    expect(log).toMatch(/no next job/)
    expect(log).not.toContain(link.split('/').at(-1))
  })
})

describe('the link to the list', () => {
  it('leads to jobs in the suggested order', async () => {
    const reply = await open(`${rig.address()}/order/${rig.project}`)
    expect(reply.status).toBe(302)
    expect(reply.headers.get('location')).toMatch(/\/jobs\?sort=updated_date&filter=/)
    expect((await open(`${rig.address()}/order/77`)).status).toBe(404)
  })
})
