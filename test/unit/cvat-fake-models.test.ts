/** What the fake CVAT makes of detections, and how its automatic annotation ends. */
import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { shapesOf } from '../fakes/cvat/detections.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { ask } from '../support/cvat-client-ask.ts'
import { hollowPng } from '../support/png.ts'

const mask = {
  label: 'gland',
  type: 'mask',
  points: [0, 0, 2, 0, 2, 2],
  mask: [1, 1, 0, 1, 0, 0, 1, 2],
}

describe('a detection', () => {
  const label = (type: string) => ({
    ...{ id: 5, project: 1, task: null, name: 'gland', color: '#000000', attributes: [] },
    type,
  })
  const found = (own: string, declared: string, more = {}) =>
    shapesOf([mask], 3, [label(own)], {
      model: [{ name: 'gland', type: declared }],
      mapping: undefined,
      toPolygons: false,
      ...more,
    })
  const stored = { frame: 3, label_id: 5, type: 'mask', points: [0, 2, 1, 1, 0, 0, 1, 2] }

  it.each([
    ['mask', 'mask', 1],
    ['polygon', 'mask', 1],
    ['any', 'mask', 1],
    ['mask', 'unknown', 1],
    ['rectangle', 'mask', 0],
    ['mask', 'rectangle', 0],
  ])('for a label of type %s from a model of %s is taken %d time', (own, declared, times) => {
    expect(found(own, declared)).toEqual(times === 1 ? [stored] : [])
  })

  it('goes where the mapping leads, or nowhere', () => {
    const mapped = (name: string) => ({ mapping: { [name]: { name: 'gland' } } })
    expect(found('rectangle', 'mask', mapped('gland'))).toEqual([stored])
    expect(found('mask', 'mask', mapped('other'))).toEqual([])
  })

  it('is a polygon when it is asked for', () => {
    const polygon = { ...stored, type: 'polygon', points: mask.points }
    expect(found('mask', 'mask', { toPolygons: true })).toEqual([polygon])
  })
})

describe('automatic annotation', () => {
  const model = {
    metadata: {
      name: 'own',
      annotations: { type: 'detector', spec: '[{"id":1,"name":"gland","type":"mask"}]' },
    },
    spec: { description: '' },
    status: {},
  }
  let fake: FakeCvat
  let nuclio: Server
  /** Frames that the function has answered. */
  let answered = 0
  let failing = Number.POSITIVE_INFINITY
  beforeEach(async () => {
    answered = 0
    nuclio = createServer((request, response) => {
      const isCall = request.method === 'POST'
      if (isCall) answered += 1
      request.resume()
      response.statusCode = isCall && answered === failing ? 503 : 200
      response.end(JSON.stringify(isCall ? [mask] : model))
    })
    await new Promise<void>((resolve) => nuclio.listen(0, '127.0.0.1', resolve))
    const at = nuclio.address()
    const address = `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}`
    fake = await openFakeCvat({ nuclio: { address, invoke: 'dashboard' } })
    const images = Array.from({ length: 105 }, (_, i) => ({
      name: `${i}.png`,
      bytes: hollowPng(8, 6),
    }))
    fake.addTask(fake.addProject('glands'), images, { segmentSize: 50 })
    fake
      .as(fake.admin)
      .draw(1, [{ type: 'mask', frame: 0, label_id: 1, points: [0, 1, 1, 1, 1, 1] }])
  })
  afterEach(async () => {
    await fake.close()
    nuclio.closeAllConnections()
    await new Promise((resolve) => nuclio.close(resolve))
  })
  const annotate = async (more = {}) => {
    const wish = { function: 'own', task: 1, ...more }
    const { body } = await ask(fake, fake.admin, 'POST', '/api/lambda/requests', wish)
    const path = `/api/lambda/requests/${encodeURIComponent(Object(body).id)}`
    for (;;) {
      const told = Object((await ask(fake, fake.admin, 'GET', path)).body)
      if (told.status === 'finished' || told.status === 'failed') return told
    }
  }
  const counts = () => [1, 2, 3].map((job) => fake.shapes(job).length)

  it('ends at the first frame that fails, and keeps whole hundreds', async () => {
    failing = 103
    expect(await annotate()).toMatchObject({ status: 'failed', progress: null })
    expect(counts()).toEqual([51, 50, 0])
  })

  it('leaves the work of people, unless it is told to clean up', async () => {
    failing = Number.POSITIVE_INFINITY
    expect(await annotate()).toMatchObject({ status: 'finished', progress: 100, exc_info: null })
    expect(counts()).toEqual([51, 50, 5])
    expect(fake.shapes(1).filter(({ source }) => source === 'manual').length).toBe(1)
    await annotate({ cleanup: true })
    expect(counts()).toEqual([50, 50, 5])
  })
})
