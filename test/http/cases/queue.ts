import { expect } from '@jest/globals'
import { makeProject, publishQueue } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = (id: string) => `/v1/projects/${id}/queue`
const role = 'annotator'
const keys = (body: { items: { taskKey: string }[] }) => body.items.map((row) => row.taskKey)

export const queueCases: Cases = {
  'has no queue before the first publication': async (http) => {
    await makeProject(http, 'none')
    expect((await http.send({ method: 'get', path: path('none'), role })).status).toBe(404)
  },
  'serves the current queue page by page': async (http) => {
    await makeProject(http, 'pages')
    await publishQueue(http, 'pages')
    const first = await http.send({ method: 'get', path: `${path('pages')}?limit=2`, role })
    expect(first.body.queue).toMatchObject({ revision: 1, length: 3, published: 2 })
    expect(keys(first.body)).toEqual(['1', '2'])
    const address = `${path('pages')}?limit=2&after=${first.body.next}`
    const second = await http.send({ method: 'get', path: address, role })
    expect([keys(second.body), second.body.next]).toEqual([['3'], null])
  },
  'does not mix revisions between pages': async (http) => {
    await makeProject(http, 'mix')
    await publishQueue(http, 'mix')
    const first = await http.send({ method: 'get', path: `${path('mix')}?limit=1`, role })
    await publishQueue(http, 'mix')
    const address = `${path('mix')}?limit=1&after=${first.body.next}`
    const second = await http.send({ method: 'get', path: address, role })
    expect(second.body.queue.revision).toBe(1)
    await publishQueue(http, 'mix')
    const late = await http.send({ method: 'get', path: address, role })
    expect(late.status).toBe(412)
  },
  'lists revisions and serves an old one': async (http) => {
    await makeProject(http, 'old')
    await publishQueue(http, 'old')
    await publishQueue(http, 'old', 2)
    const list = await http.send({ method: 'get', path: `${path('old')}/revisions`, role })
    expect(list.body.items).toMatchObject([
      { revision: 2, length: 2 },
      { revision: 1, length: 3 },
    ])
    const one = await http.send({ method: 'get', path: `${path('old')}/revisions/1`, role })
    expect(keys(one.body)).toEqual(['1', '2', '3'])
    const none = await http.send({ method: 'get', path: `${path('old')}/revisions/9`, role })
    expect(none.status).toBe(404)
    const foreign = `${path('old')}/revisions/1?after=2.1`
    expect((await http.send({ method: 'get', path: foreign, role })).status).toBe(400)
  },
  'keeps receipts': async (http) => {
    await makeProject(http, 'receipts')
    await publishQueue(http, 'receipts')
    const receipt = { revision: 1, outcome: 'drifted', applied: 2, untouched: 1, detail: 'moved' }
    const address = `${path('receipts')}/receipts`
    const sent = { method: 'post', path: address, role: 'service' } as const
    expect((await http.send({ ...sent, body: receipt })).status).toBe(204)
    const list = await http.send({ method: 'get', path: address, role })
    expect(list.body.items).toEqual([{ ...receipt, at: expect.any(String) }])
    const unknown = await http.send({ ...sent, body: { ...receipt, revision: 5 } })
    expect(unknown.status).toBe(404)
  },
}
