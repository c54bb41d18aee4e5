/** Every route of the table with its success and every problem it can have. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { problemsOf, takesKey } from '@suggestive/sidecar/http/frame-problems'
import type { Route } from '@suggestive/sidecar/http/route'
import { routes } from '@suggestive/sidecar/http/routes'
import { encodeMask } from '@suggestive/sidecar/images'
import {
  type HttpHarness,
  type HttpOptions,
  openHttp,
  type Sent,
  tokenOf,
  tokens,
} from '../support/http.ts'
import { digestOf, makeProject, newProject, publishQueue } from '../support/http-data.ts'
import { sha256 } from '../support/png.ts'
import type { Cases } from './cases/case.ts'
import { imageCases } from './cases/images.ts'
import { labelCases } from './cases/labels.ts'
import { pluginProblemCases } from './cases/plugin-problems.ts'
import { projectCases } from './cases/projects.ts'
import { queueCases } from './cases/queue.ts'
import { restCases } from './cases/rest.ts'
import { roundCases } from './cases/rounds.ts'
import { segmentCases } from './cases/segment.ts'
import { suggestionCases } from './cases/suggestions.ts'
import { taskCases } from './cases/tasks.ts'

const small = { json: 500, tasks: 500, labels: 500, image: 500 }
const exercised = new Set<string>()
const limits = { json: 2 ** 16, tasks: 2 ** 16, labels: 2 ** 16, image: 2500 }

async function withHttp(options: HttpOptions, use: (http: HttpHarness) => Promise<void>) {
  const http = await openHttp(options)
  try {
    await use(http)
  } finally {
    for (const one of http.exercised) exercised.add(one)
    await http.close()
  }
}

const groups: readonly (readonly [string, Cases])[] = [
  ['projects', projectCases],
  ['tasks', taskCases],
  ['labels', labelCases],
  ['images', imageCases],
  ['rounds', roundCases],
  ['queue', queueCases],
  ['suggestions and models', suggestionCases],
  ['segments', segmentCases],
  ['problems, budget, session and health', restCases],
  ['problems of plugins', pluginProblemCases],
]

describe.each(groups)('%s', (_, cases) => {
  let http: HttpHarness
  beforeAll(async () => {
    http = await openHttp({ access: { tokens }, deps: { limits } })
  })
  afterAll(async () => {
    for (const one of http.exercised) exercised.add(one)
    await http.close()
  })
  it.each(Object.keys(cases))('%s', (name) => cases[name]?.(http))
})

/** Addresses of things that exist. */
function pathOf({ path }: Route): string {
  return path
    .replace(':project', 'here')
    .replace(':task', '1')
    .replace(':digest', digestOf(1))
    .replace(':key', 'tool.queue')
    .replace(/:(round|revision)/, '1')
}

/** Bodies that can be read. */
const bodies: Readonly<Record<string, object>> = {
  '/v1/projects': newProject('here'),
  '/v1/projects/:project': {},
  '/v1/images/missing': { digests: [] },
  '/v1/projects/:project/queue/receipts': { revision: 1, outcome: 'applied', applied: 0 },
  '/v1/projects/:project/tasks/:task/segment': { points: [{ x: 1, y: 1, positive: true }] },
  '/v1/session': { token: tokenOf('owner') },
}

function sentTo(route: Route, more: Partial<Sent> = {}): Sent {
  const { method, path, body } = route
  const isJson = body.schema !== undefined
  const role = route.roles === 'anyone' ? undefined : route.roles[0]
  return {
    method,
    path: pathOf(route),
    ...(role === undefined ? {} : { role }),
    ...(isJson ? { body: bodies[path] ?? {} } : {}),
    ...more,
  }
}

/** A route with the status that a request to it has to get. */
async function expectAll(
  http: HttpHarness,
  wanted: readonly Route[],
  status: number,
  more: (route: Route) => Partial<Sent>,
) {
  expect(wanted.length).toBeGreaterThan(0)
  for (const route of wanted) {
    const { method, path } = route
    const response = await http.send(sentTo(route, more(route)))
    expect([method, path, response.status]).toEqual([method, path, status])
  }
}

const guarded = routes.filter(({ roles }) => roles !== 'anyone')
const withBody = routes.filter(({ body }) => body.media !== undefined)
const withJson = routes.filter(({ body }) => body.schema !== undefined)
const keyed = routes.filter(takesKey)

describe('every route', () => {
  it('refuses another major version, by header', () =>
    withHttp({ access: { tokens } }, (http) =>
      expectAll(http, routes, 400, () => ({ headers: { 'Suggest-Protocol': '2.1' } })),
    ))

  it('refuses what its query does not have', () =>
    withHttp({ access: { tokens } }, async (http) => {
      await makeProject(http, 'here')
      await expectAll(http, routes, 400, (route) => ({ path: `${pathOf(route)}?nonsense=1` }))
    }))

  it('refuses nobody, wrong tokens, and then the address', () =>
    withHttp({ access: { tokens, attempts: guarded.length } }, async (http) => {
      const wrong = 'wrong-0123456789abcdef0123456789abcdef'
      const headers = (token: string) => ({ Authorization: `Bearer ${token}` })
      await expectAll(http, guarded, 401, () => ({ headers: headers(''), role: 'nobody' }))
      await expectAll(http, guarded, 401, () => ({ headers: headers(wrong) }))
      await expectAll(http, guarded, 429, () => ({ headers: headers(wrong) }))
      const body = { token: wrong }
      const session = await http.send({ method: 'post', path: '/v1/session', body })
      expect([session.status, session.headers['retry-after']]).toEqual([429, '60'])
    }))

  it('lets in exactly the roles it names', () =>
    withHttp({ access: { tokens } }, async (http) => {
      for (const route of guarded) {
        for (const { role } of tokens) {
          // Without a project nothing happens behind the door.
          const { status } = await http.send(sentTo(route, { role }))
          expect([route.path, role, status === 403]).toEqual([
            route.path,
            role,
            !route.roles.includes(role),
          ])
        }
      }
    }))

  it('refuses foreign hosts where no token is needed', () =>
    withHttp({}, (http) =>
      expectAll(http, guarded, 403, () => ({ role: 'x', headers: { Host: 'evil.example' } })),
    ))

  it('does not know other projects', () =>
    withHttp({ access: { tokens } }, (http) =>
      expectAll(
        http,
        routes.filter(({ path }) => path.includes(':project')),
        404,
        () => ({}),
      ),
    ))

  it('refuses other content types, and encoded bodies', () =>
    withHttp({ access: { tokens } }, async (http) => {
      await makeProject(http, 'here')
      const plain = { 'Content-Type': 'text/plain' }
      await expectAll(http, withBody, 415, () => ({ headers: plain, body: 'x' }))
      const encoded = { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }
      await expectAll(http, withJson, 415, () => ({ headers: encoded, body: '{}' }))
    }))

  it('refuses bodies over the limit, announced or not', () =>
    withHttp({ access: { tokens }, deps: { limits: small } }, async (http) => {
      await http.deps.store.createProject(projectRecord, http.now)
      const body = `"${'x'.repeat(2000)}"`
      const headers = { 'Content-Type': 'application/json' }
      await expectAll(http, withJson, 413, () => ({ headers, body }))
      for (const route of withJson) {
        const sent = { ...sentTo(route), headers, body }
        expect([route.path, (await http.raw(sent)).status]).toEqual([route.path, 413])
      }
    }))

  it('refuses a key that came with another request', () =>
    withHttp({ access: { tokens } }, async (http) => {
      await makeProject(http, 'here')
      await publishQueue(http, 'here')
      const headers = { 'Idempotency-Key': 'one' }
      for (const { role } of tokens.filter((one) => one.role !== 'owner').concat(tokens[0] ?? [])) {
        const path = '/v1/images/missing'
        await http.send({ method: 'post', path, role, headers, body: { digests: [digestOf(7)] } })
      }
      const anonymous = { method: 'post', path: '/v1/session', headers } as const
      await http.send({ ...anonymous, body: { token: tokenOf('viewer') } })
      await expectAll(http, keyed, 422, () => ({ headers }))
    }))

  it('refuses a key whose first request is under way', () =>
    withHttp({ access: { tokens } }, async (http) => {
      await makeProject(http, 'here')
      let open: () => void = () => {}
      http.deps.store.recall = () =>
        new Promise((resolve) => {
          open = () => resolve(undefined)
        })
      for (const route of keyed) {
        const headers = { 'Idempotency-Key': 'same' }
        const first = http.send(sentTo(route, { headers }))
        const second = http.send(sentTo(route, { headers }))
        const statuses = await Promise.race([first, second])
        expect([route.path, statuses.status]).toEqual([route.path, 409])
        open()
        await Promise.all([first, second])
      }
    }))

  it('answers other methods with those that are possible', () =>
    withHttp({ access: { tokens } }, async (http) => {
      const paths = [...new Set(routes.map(({ path }) => path))]
      for (const path of paths) {
        const own = routes.filter((route) => route.path === path)
        const other = (['post', 'put', 'patch', 'delete'] as const).find(
          (method) => !own.some((route) => route.method === method),
        )
        const [first] = own
        if (other === undefined || first === undefined) continue
        const refused = await http.send({ method: other, path: pathOf(first), role: 'owner' })
        expect([path, refused.status]).toEqual([path, 405])
        for (const { method } of own) {
          expect(refused.headers['allow']).toContain(method.toUpperCase())
        }
      }
    }))
})

const projectRecord = newProject('here')

describe('a disk without room', () => {
  it('refuses images, one by one and in forms', () => {
    const full = async () => {
      throw new Problem('storage-failed', 'The disk is full: free some space.')
    }
    const deps = { room: { require: full, add: async () => {} } }
    return withHttp({ access: { tokens }, deps }, async (http) => {
      const png = await encodeMask(4, 2, new Uint8Array(8))
      const path = `/v1/images/${sha256(png)}`
      const headers = { 'Content-Type': 'image/png' }
      const one = await http.send({ method: 'put', path, role: 'owner', headers, body: png })
      const form = await http.form('/v1/images', 'owner', [['a.png', png]])
      expect([one.status, form.status]).toEqual([507, 507])
      expect((await http.deps.store.imageUse()).count).toBe(0)
    })
  })
})

describe('the table', () => {
  it('is exercised as a whole', () =>
    withHttp({ access: { tokens } }, async (http) => {
      await http.send({ method: 'get', path: '/openapi.json' })
      for (const one of http.exercised) exercised.add(one)
      const promised = routes.flatMap((route) => {
        const outcomes = [...route.replies.map(({ status }) => status), ...problemsOf(route)]
        return outcomes.map((outcome) => `${route.method} ${route.path} -> ${outcome}`)
      })
      expect(promised.length).toBeGreaterThan(150)
      expect(promised.filter((one) => !exercised.has(one))).toEqual([])
    }))
})
