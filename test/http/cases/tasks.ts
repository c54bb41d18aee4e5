import { expect } from '@jest/globals'
import { digestOf, makeProject, newTask } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = (id: string) => `/v1/projects/${id}/tasks`
const role = 'service'

export const taskCases: Cases = {
  'inserts tasks once and asks for their images': async (http) => {
    await makeProject(http, 'insert', 0)
    const body = { tasks: [newTask('1'), newTask('2')] }
    const first = await http.send({ method: 'post', path: path('insert'), role, body })
    const missingImages = [digestOf(1), digestOf(2)]
    expect(first.body).toEqual({ added: 2, changed: 0, unchanged: 0, missingImages })
    const again = await http.send({ method: 'post', path: path('insert'), role, body })
    expect(again.body).toEqual({ added: 0, changed: 0, unchanged: 2, missingImages })
    // The second time nothing has changed.
    expect(http.conductor.poked.filter((project) => project === 'insert')).toHaveLength(1)
  },
  'lists tasks page by page': async (http) => {
    await makeProject(http, 'pages', 5)
    const keys: string[] = []
    let after = ''
    for (let pages = 0; pages < 5; pages++) {
      const page = await http.send({
        method: 'get',
        path: `${path('pages')}?limit=2${after}`,
        role,
      })
      keys.push(...page.body.items.map((one: { taskKey: string }) => one.taskKey))
      if (page.body.next === null) break
      after = `&after=${encodeURIComponent(page.body.next)}`
    }
    expect(keys).toEqual(['1', '2', '3', '4', '5'])
  },
  'finds a task by a key with slashes and spaces': async (http) => {
    await makeProject(http, 'keys', 0)
    const task = { taskKey: 'a/b c?d#ü', name: 'odd.png' }
    await http.send({ method: 'post', path: path('keys'), role, body: { tasks: [task] } })
    const address = `${path('keys')}/${encodeURIComponent(task.taskKey)}`
    const found = await http.send({ method: 'get', path: address, role: 'annotator' })
    expect(found.body).toMatchObject({ ...task, imageDigest: null, state: 'open', rank: null })
  },
  'does not know a task that was never sent': async (http) => {
    await makeProject(http, 'unknown')
    const refused = await http.send({ method: 'get', path: `${path('unknown')}/77`, role })
    expect(refused.status).toBe(404)
    expect(refused.body.detail).toContain('77')
  },
  'stores nothing when one of the tasks is wrong': async (http) => {
    await makeProject(http, 'whole', 0)
    const tasks = [
      newTask('1'),
      { taskKey: '2', name: 'x', url: 'javascript:alert(1)' },
      newTask('3'),
    ]
    const refused = await http.send({ method: 'post', path: path('whole'), role, body: { tasks } })
    expect(refused.status).toBe(400)
    expect(refused.body.errors[0].pointer).toBe('/tasks/1/url')
    const list = await http.send({ method: 'get', path: path('whole'), role })
    expect(list.body.items).toEqual([])
  },
  'names line and column of broken JSON': async (http) => {
    await makeProject(http, 'broken', 0)
    const headers = { 'Content-Type': 'application/json' }
    const body = '{\n  "tasks": [}\n}'
    const refused = await http.send({ method: 'post', path: path('broken'), role, headers, body })
    expect(refused.status).toBe(400)
    expect(refused.body.detail).toContain('line 2, column 13')
  },
  'refuses a limit that is none': async (http) => {
    await makeProject(http, 'limits')
    for (const query of [
      'limit=0',
      'limit=1001',
      'limit=x',
      'limit=1&limit=2',
      'after=%00nonsense',
    ]) {
      const refused = await http.send({ method: 'get', path: `${path('limits')}?${query}`, role })
      expect([query, refused.status]).toEqual([query, 400])
    }
  },
}
