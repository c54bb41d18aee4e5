import { expect } from '@jest/globals'
import type { HttpHarness } from '../../support/http.ts'
import { makeProject, newLabel, storeImages } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = (id: string) => `/v1/projects/${id}/rounds`
const role = 'owner'

async function makeRound(http: HttpHarness, id: string) {
  await makeProject(http, id)
  await storeImages(http.deps.store, 2, http.now)
  const labels = [newLabel('1'), newLabel('2')]
  const annotations = `/v1/projects/${id}/annotations`
  await http.send({ method: 'post', path: annotations, role, body: { labels } })
  await http.deps.store.startRound(id, { reason: 'first', members: 4, seed: 1 }, http.now)
}

export const roundCases: Cases = {
  'lists rounds and shows one': async (http) => {
    await makeRound(http, 'list')
    const list = await http.send({ method: 'get', path: path('list'), role: 'viewer' })
    expect(list.body.items).toMatchObject([{ number: 1, state: 'training', images: 2 }])
    const one = await http.send({ method: 'get', path: `${path('list')}/1`, role: 'viewer' })
    expect(one.body).toEqual(list.body.items[0])
    const progress = { state: 'scoring' as const, pool: 10 }
    await http.deps.store.progressRound('list', 1, progress, http.now)
    const later = await http.send({ method: 'get', path: `${path('list')}/1`, role: 'viewer' })
    expect(later.body).toMatchObject({ state: 'scoring', pool: 10 })
  },
  'does not know a round that never was': async (http) => {
    await makeProject(http, 'none')
    for (const method of ['get', 'post'] as const) {
      const end = method === 'post' ? '/cancel' : ''
      const refused = await http.send({ method, path: `${path('none')}/3${end}`, role })
      expect(refused.status).toBe(404)
    }
  },
  'starts a round on request': async (http) => {
    await makeProject(http, 'start')
    const started = await http.send({ method: 'post', path: path('start'), role })
    expect([started.status, started.body]).toEqual([202, { number: 1 }])
  },
  'says why a round cannot start or be cancelled': async (http) => {
    await makeRound(http, 'refuse')
    for (const kind of ['conflict', 'too-few-labels'] as const) {
      http.conductor.failure = kind
      const refused = await http.send({ method: 'post', path: path('refuse'), role })
      expect(refused.status).toBe(409)
      expect(refused.body.type).toContain(kind)
    }
    http.conductor.failure = 'conflict'
    const late = await http.send({ method: 'post', path: `${path('refuse')}/1/cancel`, role })
    expect(late.status).toBe(409)
  },
  'cancels a round': async (http) => {
    await makeRound(http, 'cancel')
    const done = await http.send({ method: 'post', path: `${path('cancel')}/1/cancel`, role })
    expect(done.status).toBe(204)
    expect(http.conductor.cancelled).toContain('cancel/1')
  },
}
