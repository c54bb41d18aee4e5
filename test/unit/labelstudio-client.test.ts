import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import {
  type Client,
  type ClientOptions,
  createClient,
} from '@suggestive/plugin-labelstudio/client'
import { drafted, withIds } from '@suggestive/plugin-labelstudio/client/task-query'
import * as wire from '@suggestive/plugin-labelstudio/client/wire'
import { z } from 'zod'
import type { Fault } from '../fakes/label-studio/faults.ts'
import { FakeLabelStudio } from '../fakes/label-studio.ts'
import { never } from '../support/label-studio.ts'
import { problemOf } from '../support/problems.ts'

let fake: FakeLabelStudio
let project: number
beforeEach(async () => {
  fake = await FakeLabelStudio.open()
  project = fake.addProject(3).id
})
afterEach(() => fake.close())

const client = (options: Partial<ClientOptions> = {}): Client =>
  createClient({
    address: fake.address,
    token: fake.admin.refreshToken,
    pause: async () => undefined,
    ...options,
  })

const refreshes = () => fake.asked.filter(({ path }) => path === '/api/token/refresh/').length

describe('a personal access token', () => {
  it('becomes one access token for many requests at a time', async () => {
    const one = client()
    await Promise.all([1, 2, 3].map(() => one.project(project, never)))
    await one.version(never)
    expect(refreshes()).toBe(1)
  })

  it('is renewed a minute before the access token ends, whatever our clock says', async () => {
    let own = Date.parse('2001-01-01')
    const one = client({ now: () => own })
    await one.project(project, never)
    own += 239_000
    await one.project(project, never)
    expect(refreshes()).toBe(1)
    own += 2000
    await one.project(project, never)
    expect(refreshes()).toBe(2)
  })

  it('is renewed once after a refusal, and the request is sent again', async () => {
    const one = client()
    await one.project(project, never)
    fake.state.lateMs = 400_000
    const many = await Promise.all([1, 2, 3].map(() => one.project(project, never)))
    expect(many.length).toBe(3)
    expect(refreshes()).toBe(2)
    await one.changeProject(project, { sampling: 'Uniform sampling' }, never)
    expect(fake.state.projects.get(project)?.sampling).toBe('Uniform sampling')
  })

  it('that is refused is told with where to make a new one', async () => {
    const one = client({ token: 'eyJhbGciOiJIUzI1NiJ9.eyJ0b2tlbl9.abcdefgh' })
    const sentence = await problemOf('unauthorised', () => one.project(project, never))
    expect(sentence).toContain('Token is invalid')
    expect(sentence).toContain('Account & Settings')
    expect(sentence).not.toContain('eyJ')
  })

  it('whose access tokens are refused is not tried for ever', async () => {
    fake.fault = ({ path }) =>
      path.startsWith('/api/projects')
        ? {
            kind: 'status',
            status: 401,
            headers: { 'Content-Type': 'application/json' },
            body: '{"detail":"No."}',
          }
        : undefined
    await problemOf('unauthorised', () => client().project(project, never))
    expect(refreshes()).toBe(2)
  })

  it('that cannot be renewed now can be later', async () => {
    const one = client({ attempts: 1 })
    fake.fault = () => ({ kind: 'status', status: 503 })
    await problemOf('tool-failed', () => one.project(project, never))
    fake.fault = () => undefined
    expect((await one.project(project, never)).id).toBe(project)
  })

  it('keeps others waiting when one of them stops', async () => {
    const one = client()
    const stop = new AbortController()
    fake.fault = () => {
      stop.abort()
      return undefined
    }
    const [first, second] = await Promise.allSettled([
      one.project(project, stop.signal),
      one.project(project, never),
    ])
    expect([first.status, second.status]).toEqual(['rejected', 'fulfilled'])
  })
})

describe('a legacy token', () => {
  it('is sent as it is', async () => {
    expect((await client({ token: fake.admin.legacyToken }).project(project, never)).id).toBe(
      project,
    )
    expect(refreshes()).toBe(0)
  })

  it('that is switched off is told with what to switch', async () => {
    fake.state.areLegacyTokensOn = false
    const one = client({ token: fake.admin.legacyToken })
    const sentence = await problemOf('unauthorised', () => one.project(project, never))
    expect(sentence).toContain('personal access token')
    expect(sentence).toContain('switched off')
  })

  it('that is wrong is told', async () => {
    const one = client({ token: 'f'.repeat(40) })
    const sentence = await problemOf('unauthorised', () => one.project(project, never))
    expect(sentence).toContain('Invalid token.')
    expect(sentence).not.toContain('fff')
  })
})

describe('failures', () => {
  const html: Fault = {
    kind: 'status',
    status: 200,
    headers: { 'Content-Type': 'text/html' },
    body: '<html>Sign in</html>',
  }
  const json = (status: number, body: string): Fault => ({
    kind: 'status',
    status,
    headers: { 'Content-Type': 'application/json' },
    body,
  })
  it.each([
    ['not-found', json(404, '{"detail":"No Project matches the given query."}'), 'no project'],
    ['forbidden', json(403, '{"detail":"No permission"}'), 'may edit'],
    ['tool-failed', json(500, '{"detail":"database is locked"}'), 'database is locked'],
    ['tool-failed', { kind: 'status', status: 502 }, '502'],
    ['too-large', { kind: 'status', status: 413 }, 'client_max_body_size'],
    ['too-many-requests', { kind: 'status', status: 429 }, 'slow down'],
    ['tool-failed', html, 'login page'],
    ['tool-failed', json(200, '{"id":'), 'Instead of JSON'],
    ['tool-failed', json(200, '{"id":"one"}'), 'this version is supported'],
    ['tool-failed', { kind: 'reset' }, 'does not answer'],
    ['tool-failed', { kind: 'half' }, 'does not answer'],
  ] as const)('%s: %j', async (kind, fault, part) => {
    const one = client()
    await one.version(never)
    fake.fault = ({ path }) => (path.startsWith('/api/projects') ? fault : undefined)
    const sentence = await problemOf(kind, () => one.project(project, never))
    expect(sentence).toContain(part)
  })

  it('never tell a token, whatever the server repeats', async () => {
    const one = client()
    await one.version(never)
    const secrets = one.secrets()
    expect(secrets.length).toBe(2)
    fake.fault = ({ path }) =>
      path.startsWith('/api/projects')
        ? json(400, JSON.stringify({ detail: `You sent ${secrets.join(' and ')}` }))
        : undefined
    const sentence = await problemOf('tool-failed', () => one.project(project, never))
    expect(sentence).toContain('You sent [secret] and [secret]')
  })

  it('of reading are tried again, those of writing are not', async () => {
    const one = client()
    await one.version(never)
    let left = 1
    fake.fault = () => (left-- > 0 ? { kind: 'status', status: 503 } : undefined)
    expect((await one.project(project, never)).id).toBe(project)
    left = 1
    await problemOf('tool-failed', () => one.addView(project, { title: 'x' }, never))
    expect(fake.state.views.size).toBe(0)
  })
})

describe('calls', () => {
  it('list tasks by pages, and nothing past the end', async () => {
    const page = (number: number) => client().tasks({ project, page: number, size: 2 }, never)
    expect((await page(1)).tasks.map(({ data }) => data['image'])).toEqual([
      '/data/upload/1/0123abcd-image-1.png',
      '/data/upload/1/0123abcd-image-2.png',
    ])
    expect((await page(2)).tasks.length).toBe(1)
    expect(await page(3)).toEqual({ total: 0, tasks: [] })
  })

  it('select tasks', async () => {
    const [first = 0, second = 0] = fake.state.tasksOf(project).map(({ id }) => id)
    fake.draft(1, second)
    const one = client()
    const ids = async (query: Parameters<Client['tasks']>[0]['query'] & object) =>
      (await one.tasks({ project, query, page: 1, size: 9 }, never)).tasks.map(({ id }) => id)
    expect(await ids(withIds([first]))).toEqual([first])
    expect(await ids(drafted)).toEqual([second])
  })

  it('list projects, read settings and versions', async () => {
    const one = client()
    const found = []
    for await (const page of one.projects(never)) found.push(...page)
    expect(found.map(({ title }) => title)).toEqual(['fake project'])
    expect(await one.tokenSettings(never)).toEqual({
      api_tokens_enabled: true,
      legacy_api_tokens_enabled: true,
    })
    expect(await one.version(never)).toBe('1.23.2')
    await problemOf('not-found', () => one.project(999, never))
  })

  it('take recorded replies', () => {
    const recorded = z
      .array(z.looseObject({ name: z.string(), reply: z.unknown() }))
      .parse(
        JSON.parse(
          readFileSync(new URL('../golden/label-studio/exchanges.json', import.meta.url), 'utf8'),
        ),
      )
    const schemas: Readonly<Record<string, z.ZodType>> = {
      version: wire.version,
      refresh: wire.refreshed,
      'project created': wire.project,
      'project by access token': wire.project,
      'project without version': wire.project,
      'token settings': wire.tokenSettings,
      tasks: wire.taskList,
      'tasks in short': wire.taskList,
      'tasks with annotations': wire.answers,
      'bulk drops': wire.imported,
      versions: wire.modelVersions,
      prediction: wire.prediction,
      view: wire.view,
      views: z.array(wire.view),
      webhook: wire.webhook,
      webhooks: z.array(wire.webhook),
      'webhook changed without actions': wire.webhook,
      'version deleted': wire.deletedVersion,
    }
    for (const [name, schema] of Object.entries(schemas)) {
      const one = recorded.find((each) => each.name === name)
      expect([name, schema.safeParse(one?.reply).error?.issues]).toEqual([name, undefined])
    }
  })
})
