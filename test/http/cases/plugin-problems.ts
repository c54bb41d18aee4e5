import { expect } from '@jest/globals'
import { makeProject } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const role = 'service'
const report = {
  sentence: 'Task 7 has a broken mask.',
  remedy: 'Draw it again.',
  url: 'http://tool.test/tasks/7',
}

export const pluginProblemCases: Cases = {
  'shows what a plugin reports until it is cleared': async (http) => {
    await makeProject(http, 'reports')
    const list = '/v1/projects/reports/problems'
    const path = `${list}/tool.label.7`
    const open = async () =>
      (await http.send({ method: 'get', path: list, role: 'viewer' })).body.items
    const told = async () =>
      (await http.deps.store.events(0, 'reports', 100)).map(({ type }) => type)
    for (let times = 0; times < 2; times++) {
      expect((await http.send({ method: 'put', path, role, body: report })).status).toBe(204)
    }
    expect(await open()).toMatchObject([{ key: 'tool.label.7', project: 'reports', ...report }])
    expect(await told()).toEqual(['problem.raised'])
    const { url: _, ...other } = { ...report, sentence: 'Task 7 has two broken masks.' }
    await http.send({ method: 'put', path, role: 'owner', body: other })
    expect(await open()).toMatchObject([{ sentence: other.sentence, url: null }])
    for (let times = 0; times < 2; times++) {
      expect((await http.send({ method: 'delete', path, role })).status).toBe(204)
    }
    expect(await open()).toEqual([])
    const raised = 'problem.raised'
    const cleared = 'problem.cleared'
    expect(await told()).toEqual([raised, cleared, raised, cleared])
  },
  'leaves the problems of the sidecar and of other projects alone': async (http) => {
    await makeProject(http, 'mine')
    await makeProject(http, 'other')
    const { store } = http.deps
    const own = { key: 'round-failed', sentence: 'Round 1 failed.', remedy: 'Look at it.' }
    await store.raiseProblem({ ...own, project: 'mine' }, http.now)
    await store.raiseProblem({ ...own, key: 'tool.queue', project: 'other' }, http.now)
    for (const key of ['round-failed', 'tool.', 'tool.a%2Fb', `tool.${'x'.repeat(181)}`]) {
      const path = `/v1/projects/mine/problems/${key}`
      expect((await http.send({ method: 'delete', path, role })).status).toBe(400)
      expect((await http.send({ method: 'put', path, role, body: report })).status).toBe(400)
    }
    const path = '/v1/projects/mine/problems/tool.queue'
    await http.send({ method: 'delete', path, role })
    const keys = async (id: string) => (await store.problems(id)).map(({ key }) => key)
    expect([await keys('mine'), await keys('other')]).toEqual([['round-failed'], ['tool.queue']])
  },
  'refuses reports that a page could not show': async (http) => {
    await makeProject(http, 'odd')
    const path = '/v1/projects/odd/problems/tool.odd'
    for (const change of [{ url: 'javascript:alert(1)' }, { sentence: '' }, { remedy: 'a\nb' }]) {
      const body = { ...report, ...change }
      const [field] = Object.keys(change)
      const refused = await http.send({ method: 'put', path, role, body })
      expect(refused.body).toMatchObject({ status: 400, errors: [{ pointer: `/${field}` }] })
    }
  },
}
