import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from '@jest/globals'
import { isHint, verifySignature } from '@suggestive/plugin-cvat/webhooks'
import { z } from 'zod'
import { type CvatBench, never, openCvatBench } from '../support/cvat.ts'

let bench: CvatBench | undefined
afterEach(() => bench?.close())

const url = 'http://127.0.0.1:9/hook'
const webhook = { url, secret: 'a-secret-of-the-hook', isRestored: true }

/** As a real server sent them. */
const deliveries = z
  .record(z.string(), z.object({ signature: z.string(), secret: z.string(), raw: z.string() }))
  .parse(
    JSON.parse(readFileSync(new URL('../golden/cvat/deliveries.json', import.meta.url), 'utf8')),
  )
const sent = z.looseObject({ sender: z.looseObject({ id: z.int() }) })

function recording(name: string) {
  const found = deliveries[name]
  if (found === undefined) throw new Error(`no delivery ${name}`)
  return { ...found, body: sent.parse(JSON.parse(found.raw)) }
}

describe('the webhook', () => {
  const hooks = () => [...(bench?.fake.state.webhooks.values() ?? [])]
  const sentences = () =>
    (bench?.reports ?? []).filter(([key]) => key === 'webhook').map(([, text]) => text)

  it('is registered once, for few events, with a secret', async () => {
    bench = await openCvatBench()
    for (let i = 0; i < 3; i++) await bench.tool({ webhook }).checkWebhook(never)
    expect(hooks()).toMatchObject([
      { targetUrl: url, isActive: true, secret: webhook.secret, project: bench.project.id },
    ])
    expect([...(hooks()[0]?.events ?? [])].sort()).toEqual([
      'create:job',
      'delete:task',
      'update:job',
    ])
    expect(sentences()).toEqual([undefined, undefined, undefined])
  })

  it('that was removed, switched off or robbed of events is restored at the next poll and told', async () => {
    bench = await openCvatBench()
    const tool = bench.tool({ webhook })
    const poll = async () => {
      for await (const _ of tool.changes(undefined, never));
    }
    await poll()
    bench.fake.state.webhooks.clear()
    await poll()
    for (const own of hooks()) own.isActive = false
    await poll()
    for (const own of hooks()) own.events = ['update:job']
    await poll()
    await poll()
    expect(sentences().map((text) => text?.match(/removed|switched off|events/)?.[0])).toEqual([
      undefined,
      'removed',
      'switched off',
      'events',
      undefined,
    ])
    expect(hooks()).toMatchObject([{ isActive: true, secret: webhook.secret }])
    expect(hooks()[0]?.events).toHaveLength(3)
  })

  it('is only told of when it is not to be restored', async () => {
    bench = await openCvatBench()
    const tool = bench.tool({ webhook: { ...webhook, isRestored: false } })
    await tool.checkWebhook(never)
    for (const own of hooks()) own.isActive = false
    await tool.checkWebhook(never)
    expect(hooks()[0]?.isActive).toBe(false)
    bench.fake.state.webhooks.clear()
    await tool.checkWebhook(never)
    expect(hooks()).toEqual([])
    expect(sentences().slice(1)).toEqual([
      expect.stringContaining('was switched off'),
      expect.stringContaining('has removed'),
    ])
  })

  it('of an earlier installation gets the new secret', async () => {
    bench = await openCvatBench()
    await bench.tool({ webhook: { ...webhook, secret: 'an-old-secret' } }).checkWebhook(never)
    bench.memory.held.webhook = undefined
    await bench.tool({ webhook }).checkWebhook(never)
    expect(hooks()).toMatchObject([{ secret: webhook.secret }])
    expect(sentences()).toEqual([undefined, undefined])
  })

  it('has no longer secret than CVAT takes', async () => {
    bench = await openCvatBench()
    await bench.tool({ webhook: { ...webhook, secret: 'x'.repeat(65) } }).checkWebhook(never)
    expect(sentences()).toEqual([expect.stringContaining('64 at most')])
    await bench.tool({ webhook: { ...webhook, secret: 'x'.repeat(64) } }).checkWebhook(never)
    expect(hooks()).toHaveLength(1)
  })

  it('goes when the project is disconnected; those of others stay', async () => {
    bench = await openCvatBench()
    await bench
      .tool({ webhook: { ...webhook, url: 'https://example.com/hook' } })
      .checkWebhook(never)
    bench.memory.held.webhook = undefined
    const tool = bench.tool({ webhook })
    await tool.checkWebhook(never)
    await tool.disconnect(never)
    expect(hooks().map(({ targetUrl }) => targetUrl)).toEqual(['https://example.com/hook'])
  })

  it('that cannot be checked does not stop the poll', async () => {
    bench = await openCvatBench()
    bench.fake.onRequest = ({ path }) =>
      path.includes('webhooks') ? { fault: { kind: 'status', status: 403 } } : undefined
    let pages = 0
    for await (const _ of bench.tool({ webhook }).changes(undefined, never)) pages++
    expect(pages).toBe(1)
    expect(sentences()).toEqual([expect.stringContaining('cannot be checked')])
  })
})

describe('a signature (pitfall 18)', () => {
  const { raw, secret, signature: header } = recording('update_job__state__annotation_completed')
  const bytes = Buffer.from(raw)

  it('is that of the raw bytes, by any of the secrets', () => {
    expect(verifySignature(bytes, header, [secret])).toBe(true)
    expect(verifySignature(bytes, header, ['another', secret, 'third'])).toBe(true)
    const again = Buffer.from(JSON.stringify(JSON.parse(raw)))
    expect(again.equals(bytes)).toBe(false)
    expect(verifySignature(again, header, [secret])).toBe(false)
  })

  it.each([
    ['another secret', bytes, header, ['another']],
    ['no secret', bytes, header, []],
    ['no header', bytes, undefined, [secret]],
    ['an empty header', bytes, '', [secret]],
    ['a short header', bytes, header.slice(0, -2), [secret]],
    ['another method', bytes, header.replace('sha256', 'sha1'), [secret]],
    ['another body', Buffer.concat([bytes, Buffer.from(' ')]), header, [secret]],
  ])('does not hold with %s', (_, body, given, secrets) => {
    expect(verifySignature(body, given, secrets)).toBe(false)
  })

  it('is HMAC-SHA256', () => {
    const own = createHmac('sha256', 's').update('{}').digest('hex')
    expect(verifySignature(Buffer.from('{}'), `sha256=${own}`, ['s'])).toBe(true)
  })
})

describe('a hint', () => {
  const own = 99

  it.each([
    ['update_job__state__annotation_completed', true],
    ['update_job__state__annotation_in-progress', true],
    ['update_job__stage_state__validation_new', true],
    // Pitfall 14: `assignee_id`, not `assignee`.
    ['update_job__assignee_id', true],
    // Pitfall 13: `before_update` without `state`.
    ['update_job__annotations_saved', false],
    ['create_job', true],
    ['delete_task', true],
    ['create_task', false],
    ['update_task__touched', false],
    ['update_project__touched', false],
    ['ping', false],
  ])('%s: %s', (name, expected) => {
    expect(isHint(recording(name).body, own)).toBe(expected)
  })

  it('is nothing that we did ourselves (pitfall 12)', () => {
    const { body } = recording('update_job__assignee_id')
    expect(isHint(body, body.sender.id)).toBe(false)
    const made = recording('create_job').body
    expect(isHint(made, made.sender.id)).toBe(false)
  })

  it('is a state that our own account has set: the plugin never does, so a person has', () => {
    const { body } = recording('update_job__state__annotation_completed')
    expect(isHint(body, body.sender.id)).toBe(true)
  })

  it('does not need `changes`, which older servers do not send', () => {
    const { changes: _, ...body } = recording('update_job__state__annotation_completed').body
    expect(isHint(body, own)).toBe(true)
    const { before_update: __, ...bare } = body
    expect(isHint(bare, own)).toBe(true)
  })

  it.each([null, 'text', [], {}, { event: 5 }])('is not in %j', (body) => {
    expect(isHint(body, own)).toBe(false)
  })
})
