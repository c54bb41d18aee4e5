import { expect } from '@jest/globals'
import type { HttpHarness } from '../../support/http.ts'
import { finishRound, makeProject, newLabel } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = (id: string) => `/v1/projects/${id}/tasks/3/segment`
const post = (http: HttpHarness, id: string, body: object, role = 'annotator') =>
  http.send({ method: 'post', path: path(id), role, body })
const points = [{ x: 2, y: 1, positive: true }]

async function makeMap(http: HttpHarness, id: string) {
  await makeProject(http, id)
  const labels = [newLabel('1'), newLabel('2')]
  const annotations = `/v1/projects/${id}/annotations`
  await http.send({ method: 'post', path: annotations, role: 'owner', body: { labels } })
  return finishRound(http, id, Buffer.from(`model of ${id}`))
}

/** The map of task 3 is 7 of 65,535 everywhere, 8 x 4 pixels. */
export const segmentCases: Cases = {
  'cuts the object out of a stored map': async (http) => {
    const { digest } = await makeMap(http, 'cut')
    const found = await post(http, 'cut', { points })
    expect(found.body).toEqual({
      taskKey: '3',
      modelDigest: digest,
      classId: 1,
      mask: { width: 8, height: 4, layers: [{ classId: 1, runs: [0, 32] }] },
      score: 7 / 65_535,
    })
    expect(found.headers['suggest-model']).toBe(digest)
    const box = { x: 1, y: 1, width: 2.5, height: 1 }
    const boxed = await post(http, 'cut', { box, classId: 1 })
    expect(boxed.body.mask.layers).toEqual([{ classId: 1, runs: [0, 32] }])
    const cut = [...points, { x: 7, y: 1, positive: false }]
    const half = await post(http, 'cut', { points: cut })
    expect(half.body.mask.layers[0].runs.length).toBeGreaterThan(2)
  },
  'refuses what is outside, of another class, or points at nothing': async (http) => {
    await makeMap(http, 'bad')
    const wrong: [object, string][] = [
      [{ points: [{ x: 9, y: 1, positive: true }] }, '/points/0'],
      [{ points: [{ x: 1, y: -1, positive: true }] }, '/points/0'],
      [{ box: { x: 8, y: 0, width: 2, height: 2 } }, '/box'],
      [{ points, classId: 2 }, '/classId'],
      [{ points: [{ x: 1, y: 1, positive: false }] }, '/points'],
      [{}, '/points'],
    ]
    for (const [body, pointer] of wrong) {
      const refused = await post(http, 'bad', body)
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, pointer])
    }
  },
  'says that there is no map yet, and hands on why': async (http) => {
    await makeProject(http, 'later')
    expect((await post(http, 'later', { points })).status).toBe(503)
    for (const kind of ['unreadable-input', 'not-found'] as const) {
      http.conductor.failure = kind
      expect((await post(http, 'later', { points })).body.type).toContain(kind)
    }
  },
  'asks again when the map was thrown away meanwhile': async (http) => {
    await makeMap(http, 'gone')
    const { store, blobs } = http.deps
    const map = await store.mapOf('gone', '3')
    await blobs.remove('map', map?.probability[0]?.blob ?? '')
    expect((await post(http, 'gone', { points })).status).toBe(503)
  },
}
