import { expect } from '@jest/globals'
import type { HttpHarness } from '../../support/http.ts'
import { makeProject, newLabel, newMask, publishQueue } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = (id: string) => `/v1/projects/${id}/annotations`
const role = 'service'

const post = (http: HttpHarness, id: string, labels: readonly object[], more: object = {}) =>
  http.send({ method: 'post', path: path(id), role, body: { labels, ...more } })

const count = async (http: HttpHarness, id: string) =>
  (await http.send({ method: 'get', path: path(id), role })).body.items.length

export const labelCases: Cases = {
  'appends labels once, and tells the conductor': async (http) => {
    await makeProject(http, 'append')
    http.conductor.poked.length = 0
    const labels = [newLabel('1'), newLabel('2', { outcome: 'empty', mask: undefined })]
    expect((await post(http, 'append', labels)).body).toEqual({ accepted: 2, repeated: 0 })
    expect(http.conductor.poked).toEqual(['append'])
    expect((await post(http, 'append', labels)).body).toEqual({ accepted: 0, repeated: 2 })
    expect(http.conductor.poked).toEqual(['append'])
    expect(await count(http, 'append')).toBe(2)
  },
  'lists the labels of one task': async (http) => {
    await makeProject(http, 'one')
    await post(http, 'one', [newLabel('1'), newLabel('2', { groundTruth: true })])
    const list = await http.send({ method: 'get', path: `${path('one')}?task=2`, role: 'viewer' })
    expect(list.body.items).toMatchObject([{ taskKey: '2', groundTruth: true, seconds: 12.5 }])
  },
  'shows labels from before the connection, uncounted': async (http) => {
    await makeProject(http, 'before')
    await post(http, 'before', [newLabel('1')], { beforeConnection: true })
    const budget = await http.send({ method: 'get', path: '/v1/projects/before/budget', role })
    expect(budget.body).toMatchObject({ images: 0, beforeConnection: 1, annotationSeconds: 0 })
  },
  'stores nothing when a task is unknown': async (http) => {
    await makeProject(http, 'unknown')
    const refused = await post(http, 'unknown', [newLabel('1'), newLabel('77'), newLabel('78')])
    expect(refused.status).toBe(404)
    const pointers = refused.body.errors.map((one: { pointer: string }) => one.pointer)
    expect(pointers).toEqual(['/labels/1/taskKey', '/labels/2/taskKey'])
    expect(await count(http, 'unknown')).toBe(0)
  },
  'stores nothing when a mask has another size than its image': async (http) => {
    await makeProject(http, 'size')
    const mask = { width: 4, height: 8, layers: [] }
    const refused = await post(http, 'size', [newLabel('1'), newLabel('2', { mask })])
    expect(refused.status).toBe(400)
    expect(refused.body.errors).toEqual([
      { pointer: '/labels/1/mask', detail: expect.stringContaining('4 x 8') },
    ])
    expect(await count(http, 'size')).toBe(0)
  },
  'names layer and run of a broken mask': async (http) => {
    await makeProject(http, 'mask')
    const wrong = (layers: object[]) => newLabel('1', { mask: { width: 8, height: 4, layers } })
    const faults: [object[], string][] = [
      [[{ classId: 1, runs: [3, 4] }], '/labels/0/mask/layers/0'],
      [[{ classId: 1, runs: [3, 30] }], '/labels/0/mask/layers/0/runs/1'],
      [[{ classId: 7, runs: [0, 32] }], '/labels/0/mask/layers/0/classId'],
      [[{ classId: 1, runs: [-1, 33] }], '/labels/0/mask/layers/0/runs/0'],
    ]
    for (const [layers, pointer] of faults) {
      const refused = await post(http, 'mask', [wrong(layers)])
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, pointer])
    }
    expect(await count(http, 'mask')).toBe(0)
  },
  'wants a mask exactly when something is labelled': async (http) => {
    await makeProject(http, 'when')
    const without = newLabel('1', { mask: undefined })
    const besides = newLabel('1', { outcome: 'skipped', mask: newMask(3) })
    for (const label of [without, besides]) {
      const refused = await post(http, 'when', [label])
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/labels/0/mask'])
    }
  },
  'keeps the versions of an annotation': async (http) => {
    await makeProject(http, 'versions')
    await post(http, 'versions', [newLabel('1')])
    await post(http, 'versions', [newLabel('1', { version: 2, mask: newMask(9) })])
    await post(http, 'versions', [newLabel('1', { version: 3, mask: newMask(9) })])
    const list = await http.send({ method: 'get', path: path('versions'), role })
    const versions = list.body.items.map((one: { version: number }) => one.version)
    expect(versions).toEqual([1, 2])
  },
  'leaves the queue alone': async (http) => {
    await makeProject(http, 'queue')
    await publishQueue(http, 'queue')
    await post(http, 'queue', [newLabel('1')])
    const queue = await http.send({ method: 'get', path: '/v1/projects/queue/queue', role })
    expect(queue.body.queue.revision).toBe(1)
  },
}
