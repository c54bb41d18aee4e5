/** AI tools of CVAT: the plugin answers as Nuclio does, to CVAT alone. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type CvatRig, openCvatRig, pictureOf } from '../support/plugin-cvat.ts'
import { height, width } from '../support/plugin-rig.ts'

interface Recorded {
  readonly name: string
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Record<string, string>
    readonly body?: object
  }
  readonly response: { readonly body: object }
}
const golden = new URL('../golden/cvat/nuclio.json', import.meta.url)
const recordings: readonly Recorded[] = JSON.parse(readFileSync(golden, 'utf8'))
const recorded = (name: string) => {
  const found = recordings.find((one) => one.name === name)
  if (found === undefined) throw new Error(`no recording ${name}`)
  return found
}

const nuclio = { port: 0, host: '127.0.0.1', peers: ['127.0.0.1'], mostPerMinute: 1000 }
const names = {
  'suggest.fcn': 'suggest.glands.detector',
  'suggest.interactor': 'suggest.glands.interactor',
}
/** Of the frame that has a map, and of one that has none. */
const [seen, unseen] = [pictureOf(2), pictureOf(1)].map((one) =>
  Buffer.from(one).toString('base64'),
)

let rig: CvatRig
beforeAll(async () => {
  rig = await openCvatRig({ plugin: { nuclio } })
  await rig.connected()
}, 20_000)
afterAll(() => rig.close())

async function send(method: string, path: string, headers: Record<string, string>, body?: object) {
  const reply = await fetch(rig.nuclio() + path, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  return { status: reply.status, text, json: () => JSON.parse(text) }
}

/** As CVAT has sent it, with our names and images. */
function replay(name: string, image?: string, more: object = {}) {
  const { method, url, headers, body } = recorded(name).request
  const renamed = Object.fromEntries(
    Object.entries(headers).flatMap(([key, value]) => {
      if (/^(host|content-length|connection)$/.test(key)) return []
      return [[key, Object.entries(names).find(([theirs]) => theirs === value)?.[1] ?? value]]
    }),
  )
  const path = url.replace(/suggest\.fcn$/, names['suggest.fcn'])
  return send(method, path, renamed, body === undefined ? undefined : { ...body, image, ...more })
}

/** Rows of the mask of an interactor. */
const drawn = (mask: readonly (readonly number[])[]) => mask.map((row) => row.join(''))
const nothing = Array.from({ length: height }, () => '0'.repeat(width))
const click = { pos_points: [[2, 1]] }

describe('before the first model', () => {
  it.each(['dashboard', 'direct'])(
    'there is nothing, which is no failure (%s)',
    async (how) => {
      const detected = await replay(`nuclio_invoke_detector_${how}`, seen)
      expect([detected.status, detected.json()]).toEqual([200, []])
      const clicked = await replay(`nuclio_invoke_interactor_${how}`, seen, click)
      expect([clicked.status, drawn(clicked.json().mask)]).toEqual([200, nothing])
    },
    60_000,
  )
})

describe('functions', () => {
  it('are a detector and an interactor for each project, with what CVAT needs of them', async () => {
    const { status, json } = await replay('nuclio_list')
    const own = json()
    expect([status, Object.keys(own)]).toEqual([200, Object.values(names)])
    const known = recorded('nuclio_list').response.body
    for (const [theirs, ours] of Object.entries(names)) {
      expect(shapeOf(own[ours])).toMatchObject(shapeOf(Reflect.get(known, theirs)))
    }
    const { annotations } = own['suggest.glands.detector'].metadata
    expect(JSON.parse(annotations.spec)).toEqual([
      { id: 1, name: 'gland', type: 'mask', attributes: [] },
    ])
    for (const value of Object.values(annotations)) expect(typeof value).toBe('string')
    expect(own['suggest.glands.detector'].status.httpPort).toBe(Number(new URL(rig.nuclio()).port))
  })

  it('are told one by one', async () => {
    const one = await replay('nuclio_get')
    expect(one.json()).toEqual((await replay('nuclio_list')).json()['suggest.glands.detector'])
    expect((await send('GET', '/api/functions/suggest.other', {})).status).toBe(404)
  })
})

/** The same keys, and the types of the values. */
function shapeOf(value: object): object {
  const left = new Set(['handler', 'runtime', 'build', 'resources', 'animated_gif'])
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !left.has(key))
      .map(([key, own]) => [
        key,
        typeof own === 'object' && own !== null ? shapeOf(own) : typeof own,
      ]),
  )
}

describe('with a map', () => {
  beforeAll(async () => {
    await rig.publish(rig.taskKeys[2] ?? '')
  })

  it.each(['dashboard', 'direct'])('the detector answers masks and polygons (%s)', async (how) => {
    const { status, json } = await replay(`nuclio_invoke_detector_${how}`, seen)
    expect([status, json()]).toEqual([
      200,
      [
        {
          confidence: '0.75',
          label: 'gland',
          type: 'mask',
          points: expect.arrayContaining([1, 4, 2]),
          mask: [1, 1, 1, 1, 1, 3, 1],
          attributes: [],
        },
      ],
    ])
    const strict = await replay(`nuclio_invoke_detector_${how}`, seen, { threshold: 0.8 })
    expect(strict.json()).toEqual([])
    const other = await replay(`nuclio_invoke_detector_${how}`, Buffer.from('x').toString('base64'))
    expect([other.status, other.json()]).toEqual([200, []])
  })

  it.each(['dashboard', 'direct'])(
    'the interactor answers the object that was clicked (%s)',
    async (how) => {
      const name = `nuclio_invoke_interactor_${how}`
      const object = ['00000000', '01110000', '00000000', '00000000']
      expect(drawn((await replay(name, seen, click)).json().mask)).toEqual(object)
      const box = {
        pos_points: [],
        obj_bbox: [
          [5, 3],
          [0, 0],
        ],
      }
      expect(drawn((await replay(name, seen, box)).json().mask)).toEqual(object)
      const none = { pos_points: [], neg_points: [[1, 1]] }
      expect(drawn((await replay(name, seen, none)).json().mask)).toEqual(nothing)
      const stranger = await replay(name, Buffer.from('x').toString('base64'), click)
      expect([stranger.status, stranger.json().detail]).toEqual([
        404,
        expect.stringMatching(/none that the project glands has read/),
      ])
    },
  )

  it.each(['dashboard', 'direct'] as const)('CVAT shows what it is told (%s)', async (invoke) => {
    const { fake } = rig
    fake.state.nuclio = { address: rig.nuclio(), invoke }
    const ask = async (kind: string, body: object) => {
      const reply = await fetch(`${fake.address}/api/lambda/functions/suggest.glands.${kind}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${rig.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(body),
      })
      return { status: reply.status, json: JSON.parse(await reply.text()) }
    }
    const job = fake.jobs(rig.fakeProject)[2]?.id
    const detected = await ask('detector', { job, frame: 2 })
    expect(detected.json.shapes).toMatchObject([
      { type: 'mask', frame: 2, points: [0, 3, 1, 1, 3, 1], source: 'auto' },
    ])
    const polygons = await ask('detector', { job, frame: 2, conv_mask_to_poly: true })
    expect(polygons.json.shapes).toMatchObject([{ type: 'polygon', frame: 2 }])
    const clicked = await ask('interactor', { job, frame: 2, pos_points: [[2, 1]], neg_points: [] })
    expect([clicked.status, clicked.json.mask?.length]).toEqual([200, height])
  })
})

describe('what is no question of CVAT', () => {
  it('gets one sentence', async () => {
    const headers = { 'x-nuclio-function-name': 'suggest.glands.detector' }
    const path = '/api/function_invocations'
    for (const body of [{}, { image: 5 }, { image: '' }, { image: seen, threshold: 'high' }]) {
      const { status, json } = await send('POST', path, headers, body)
      expect([status, json().detail]).toEqual([400, expect.stringMatching(/^The body is wrong at/)])
    }
    expect((await send('POST', path, {}, { image: unseen })).status).toBe(404)
  })

  it('is not answered at other addresses', async () => {
    for (const path of ['/healthz', '/connect', '/api/status', '/metrics', '/api/projects']) {
      expect([path, (await send('GET', path, {})).status]).toEqual([path, 404])
    }
    expect((await rig.send('/api/functions')).status).toBe(404)
  })
})

describe('who may ask', () => {
  const openFor = (more: object) =>
    openCvatRig({ images: 0, plugin: { nuclio: { ...nuclio, ...more } } })

  it('is no address but the configured ones, whatever headers say', async () => {
    const other = await openFor({ peers: ['10.0.0.0/8', 'fd00::/8'] })
    try {
      const headers = { 'X-Forwarded-For': '10.0.0.7', Forwarded: 'for=10.0.0.7' }
      const reply = await fetch(`${other.nuclio()}/api/functions`, { headers })
      expect([reply.status, await reply.text()]).toEqual([403, expect.stringMatching(/peers/)])
    } finally {
      await other.close()
    }
  })

  it('may not ask without end', async () => {
    const other = await openFor({ mostPerMinute: 3 })
    try {
      const statuses: number[] = []
      for (let i = 0; i < 5; i++) {
        statuses.push((await fetch(`${other.nuclio()}/api/functions`)).status)
      }
      expect(statuses).toEqual([200, 200, 200, 429, 429])
    } finally {
      await other.close()
    }
  })

  it('is nobody unless it is configured', async () => {
    const other = await openCvatRig({ images: 0 })
    try {
      expect([other.nuclio(), (await other.status()).nuclio]).toEqual(['', null])
    } finally {
      await other.close()
    }
  })
})
