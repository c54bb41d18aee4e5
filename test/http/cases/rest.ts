import { expect } from '@jest/globals'
import { tokenOf } from '../../support/http.ts'
import { makeProject } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const role = 'viewer'
const raise = (key: string, project: string | null) => ({
  key,
  project,
  sentence: 'Something is wrong.',
  remedy: 'Look at it.',
})

export const restCases: Cases = {
  'lists open problems': async (http) => {
    await makeProject(http, 'ill')
    const { store } = http.deps
    await store.raiseProblem(raise('one', 'ill'), http.now)
    await store.raiseProblem(raise('disk', null), http.now)
    for (const path of ['/v1/problems', '/v1/projects/ill/problems']) {
      const list = await http.send({ method: 'get', path, role })
      const keys = list.body.items.map((one: { key: string }) => one.key)
      expect(keys.sort()).toEqual(['disk', 'one'])
    }
  },
  'shows the budget': async (http) => {
    await makeProject(http, 'money')
    const shown = await http.send({ method: 'get', path: '/v1/projects/money/budget', role })
    expect(shown.body).toMatchObject({ images: 0, pixels: 0 })
  },
  'signs people in and out': async (http) => {
    const path = '/v1/session'
    const made = await http.send({ method: 'post', path, body: { token: tokenOf('viewer') } })
    expect(made.body).toMatchObject({ role: 'viewer', name: 'the viewer' })
    const [cookie = ''] = made.headers['set-cookie'] ?? []
    expect(cookie).toMatch(
      /^suggest_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=\d+$/,
    )
    const headers = { Cookie: cookie.split(';')[0] ?? '' }
    expect((await http.send({ method: 'get', path, headers })).body).toEqual(made.body)
    const origin = { ...headers, Host: 'sidecar.test', Origin: 'http://sidecar.test' }
    expect((await http.send({ method: 'delete', path, headers: origin })).status).toBe(204)
    expect((await http.send({ method: 'get', path, headers })).status).toBe(401)
  },
  'refuses to sign in with a wrong token': async (http) => {
    const path = '/v1/session'
    const token = 'wrong-0123456789abcdef0123456789abcdef'
    const refused = await http.send({ method: 'post', path, body: { token } })
    expect(refused.status).toBe(401)
    expect(refused.text).not.toContain(token)
    const headers = { Origin: 'http://evil.example' }
    const foreign = await http.send({ method: 'post', path, headers, body: { token } })
    expect(foreign.status).toBe(403)
  },
  'tells its health and its figures': async (http) => {
    for (const path of ['/healthz', '/readyz']) {
      const health = await http.send({ method: 'get', path })
      expect(health.body).toEqual({ status: 'ok', version: '0.1.0' })
    }
    await makeProject(http, 'figures')
    const figures = await http.send({ method: 'get', path: '/metrics', role: 'service' })
    expect(figures.text).toContain('suggest_tasks{project="figures",state="all"} 3')
    expect(figures.text).toMatch(
      /suggest_http_request_seconds_count\{route="\/v1\/projects",method="POST",status="201"\} \d/,
    )
    expect(figures.text).toContain('suggest_event_loop_delay_seconds{quantile="1"}')
  },
  'is not ready while it starts or stops': async (http) => {
    http.isReady = false
    const refused = await http.send({ method: 'get', path: '/readyz' })
    http.isReady = true
    expect(refused.status).toBe(503)
  },
}
