import { expect } from '@jest/globals'
import { decodeMask, decodePicture } from '@suggestive/sidecar/images'
import type { HttpHarness } from '../../support/http.ts'
import { finishRound, makeProject, newLabel, newMask } from '../../support/http-data.ts'
import type { Cases } from './case.ts'

const path = (id: string, task = '3') => `/v1/projects/${id}/tasks/${task}/suggestion`
const role = 'annotator'
const names = ['mask', 'probability', 'uncertainty']

async function makeMaps(http: HttpHarness, id: string) {
  await makeProject(http, id)
  const labels = [newLabel('1'), newLabel('2')]
  const annotations = `/v1/projects/${id}/annotations`
  await http.send({ method: 'post', path: annotations, role: 'owner', body: { labels } })
  return finishRound(http, id, Buffer.from(`model of ${id}`))
}

export const suggestionCases: Cases = {
  'serves mask, probability and uncertainty from stored maps': async (http) => {
    const { digest } = await makeMaps(http, 'maps')
    const found = await http.send({ method: 'get', path: path('maps'), role })
    expect(found.body).toMatchObject({ taskKey: '3', modelDigest: digest, uncertainty: 0.2 })
    expect(found.body.mask).toEqual(newMask(7))
    const { mask, probability, uncertainty } = found.body.maps
    const shown: [string, number][] = [
      [probability[0].address, 7],
      [uncertainty, 40_000],
    ]
    for (const [address, value] of shown) {
      const png = await http.send({ method: 'get', path: address, role })
      expect(png.headers['suggest-model']).toBe(digest)
      const picture = await decodePicture(png.body, address)
      expect([picture.width, picture.height, picture.data[0]]).toEqual([8, 4, value])
    }
    for (const [name, value] of [
      ['probability', 7],
      ['uncertainty', 40_000],
    ] as const) {
      const steps = await http.send({ method: 'get', path: `${path('maps')}/${name}.json`, role })
      const level = Math.round((15 * value) / 65_535)
      const runs = { width: 8, height: 4, steps: 15, levels: [level], lengths: [32] }
      expect(steps.body).toEqual({ ...runs, modelDigest: digest })
      expect(steps.headers['suggest-model']).toBe(digest)
    }
    const png = await http.send({ method: 'get', path: mask, role })
    expect((await decodeMask(png.body, mask)).values.length).toBe(32)
  },
  'lists the classes of the model for another one': async (http) => {
    await makeMaps(http, 'classes')
    for (const end of ['png', 'json']) {
      const address = `${path('classes')}/probability.${end}?class=2`
      const refused = await http.send({ method: 'get', path: address, role })
      expect([refused.status, refused.body.errors[0].pointer]).toEqual([400, '/class'])
    }
  },
  'answers at once that a map is not ready': async (http) => {
    await makeProject(http, 'wait')
    const steps = names.slice(1).map((name) => `/${name}.json`)
    const ends = ['', ...names.map((name) => `/${name}.png`), ...steps]
    for (const end of ends) {
      const refused = await http.send({ method: 'get', path: `${path('wait')}${end}`, role })
      expect(refused.status).toBe(503)
      expect(refused.headers['retry-after']).toBe('1')
      for (const kind of ['unreadable-input', 'not-found'] as const) {
        http.conductor.failure = kind
        const failed = await http.send({ method: 'get', path: `${path('wait')}${end}`, role })
        expect(failed.body.type).toContain(kind)
      }
    }
  },
  'takes models back and hands them out': async (http) => {
    const { digest } = await makeMaps(http, 'models')
    const models = '/v1/projects/models/models'
    const list = await http.send({ method: 'get', path: models, role: 'owner' })
    expect(list.body.items).toMatchObject([{ digest, inUse: true, stored: true, round: 1 }])
    const file = await http.send({ method: 'get', path: `${models}/${digest}`, role: 'owner' })
    expect(file.body.toString()).toBe('model of models')
    expect(file.headers['content-disposition']).toContain('models-round-1.safetensors')
    const back = `${models}/${digest}/rollback`
    const done = await http.send({ method: 'post', path: back, role: 'owner' })
    expect(done.body).toEqual({ modelDigest: digest, queueRevision: 2 })
    http.conductor.failure = 'conflict'
    expect((await http.send({ method: 'post', path: back, role: 'owner' })).status).toBe(409)
  },
  'does not know other models': async (http) => {
    const { digest } = await makeMaps(http, 'gone')
    const models = '/v1/projects/gone/models'
    const other = `${models}/${'0'.repeat(64)}`
    expect((await http.send({ method: 'get', path: other, role: 'owner' })).status).toBe(404)
    const rollback = `${other}/rollback`
    expect((await http.send({ method: 'post', path: rollback, role: 'owner' })).status).toBe(404)
    await http.deps.blobs.remove('model', digest)
    const left = await http.send({ method: 'get', path: `${models}/${digest}`, role: 'owner' })
    expect([left.status, left.body.detail]).toEqual([404, expect.stringContaining('record')])
  },
}
