import { createServer } from 'node:http'
import { afterEach, describe, expect, it } from '@jest/globals'
import { createClient } from '@suggestive/plugin-labelstudio/client'
import { type Bench, never, openBench, publicationOf } from '../support/label-studio.ts'

let bench: Bench
afterEach(() => bench.close())

const url = 'http://127.0.0.1:9/hook'
const webhook = { url, secret: 'a-secret-of-the-hook', isRestored: true }

const hooks = () => [...bench.fake.state.hooks.values()]
const sentences = () => bench.reports.filter(([key]) => key === 'webhook').map(([, text]) => text)

describe('the webhook', () => {
  it('is registered once, with the secret', async () => {
    bench = await openBench(1)
    for (let i = 0; i < 3; i++) await bench.tool({ webhook }).checkWebhook(never)
    expect(hooks()).toMatchObject([
      {
        url,
        isActive: true,
        headers: { Authorization: 'Bearer a-secret-of-the-hook' },
        sendForAll: false,
      },
    ])
    expect(hooks()[0]?.actions).toContain('ANNOTATIONS_DELETED')
    expect(sentences()).toEqual([undefined, undefined, undefined])
  })

  it('that was removed, switched off or robbed of its secret is restored at the next poll and told', async () => {
    bench = await openBench(1)
    const tool = bench.tool({ webhook })
    const poll = async () => {
      for await (const _ of tool.changes(undefined, never));
    }
    await poll()
    bench.fake.state.hooks.clear()
    await poll()
    for (const own of hooks()) own.isActive = false
    await poll()
    for (const own of hooks()) own.headers = {}
    await poll()
    for (const own of hooks()) own.actions = []
    await poll()
    await poll()
    expect(
      sentences().map((text) => text?.match(/removed|switched off|secret|events/)?.[0]),
    ).toEqual([undefined, 'removed', 'switched off', 'secret', 'events', undefined])
    expect(hooks()).toMatchObject([
      { isActive: true, headers: { Authorization: 'Bearer a-secret-of-the-hook' } },
    ])
  })

  it('is only told of when it is not to be restored', async () => {
    bench = await openBench(1)
    const tool = bench.tool({ webhook: { ...webhook, isRestored: false } })
    await tool.checkWebhook(never)
    for (const own of hooks()) own.isActive = false
    await tool.checkWebhook(never)
    expect(hooks()[0]?.isActive).toBe(false)
    bench.fake.state.hooks.clear()
    await tool.checkWebhook(never)
    expect(hooks()).toEqual([])
    expect(sentences().slice(1)).toEqual([
      expect.stringContaining('was switched off'),
      expect.stringContaining('has removed'),
    ])
  })

  it('stands alone: the one without a secret of an ML backend goes, others stay', async () => {
    bench = await openBench(2)
    const seen: (string | undefined)[] = []
    const backend = createServer((request, response) => {
      seen.push(request.headers.authorization)
      response.setHeader('Content-Type', 'application/json').end('{"model_version":"sa-r0"}')
    })
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve))
    const at = backend.address()
    const base = typeof at === 'object' ? `http://127.0.0.1:${at?.port}` : ''
    const client = createClient({
      address: bench.fake.address,
      token: bench.fake.admin.refreshToken,
    })
    const theirs = {
      url: 'https://example.com/webhook',
      project: bench.project,
      is_active: true,
      send_payload: true,
      send_for_all_actions: true,
      headers: {},
      actions: [],
    }
    await client.addWebhook(theirs, never)
    const made = await client.addBackend(
      {
        project: bench.project,
        url: base,
        title: 'Suggestive annotation',
        auth_method: 'BASIC_AUTH',
        basic_auth_user: 'sa',
        basic_auth_pass: 'pass',
        is_interactive: true,
      },
      never,
    )
    expect(seen).toEqual(Array(2).fill(`Basic ${Buffer.from('sa:pass').toString('base64')}`))
    expect(hooks().map((one) => one.url)).toEqual([theirs.url, `${base}/webhook`])
    // The trap: the title of the backend, and with it a random queue.
    expect(bench.fake.state.projects.get(bench.project)?.modelVersion).toBe('Suggestive annotation')

    const tool = bench.tool({ webhook: { ...webhook, url: `${base}/events` } })
    await tool.checkWebhook(never)
    expect(hooks().map((one) => one.url)).toEqual([theirs.url, `${base}/events`])
    await tool.applyQueue(publicationOf(1, bench.ids), never)
    expect(await tool.drift(1, never)).toBeUndefined()

    await tool.disconnect(never)
    expect(hooks().map((one) => one.url)).toEqual([theirs.url])
    expect(bench.fake.state.projects.get(bench.project)?.modelVersion).toBe('Suggestive annotation')
    expect((await client.backends(bench.project, never)).map(({ id }) => id)).toEqual([made.id])
    await client.deleteBackend(made.id, never)
    await client.deleteBackend(made.id, never)
    expect(await client.backends(bench.project, never)).toEqual([])
    await new Promise((resolve) => backend.close(resolve))
  })

  it('of the ML backend itself gets the secret when it is ours', async () => {
    bench = await openBench(1)
    const client = createClient({
      address: bench.fake.address,
      token: bench.fake.admin.refreshToken,
    })
    const bare = {
      url,
      project: bench.project,
      is_active: true,
      send_payload: true,
      send_for_all_actions: true,
      headers: {},
      actions: [],
    }
    for (let i = 0; i < 2; i++) await client.addWebhook(bare, never)
    await bench.tool({ webhook }).checkWebhook(never)
    expect(hooks()).toMatchObject([
      { url, headers: { Authorization: 'Bearer a-secret-of-the-hook' } },
    ])
    expect(sentences()).toEqual([undefined])
  })

  it('that cannot be checked does not stop the poll', async () => {
    bench = await openBench(2)
    bench.fake.fault = ({ path }) =>
      path.includes('webhooks') ? { kind: 'status', status: 403 } : undefined
    let tasks = 0
    for await (const page of bench.tool({ webhook }).changes(undefined, never))
      tasks += page.tasks.length
    expect(tasks).toBe(2)
    expect(sentences()).toEqual([expect.stringContaining('cannot be checked')])
  })
})
