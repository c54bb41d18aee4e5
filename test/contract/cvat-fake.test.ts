/** The fake CVAT answers, calls and tells as the real one did when it was recorded. */
import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type RecordedCall, RecordedNuclio } from '../fakes/cvat/recorded-nuclio.ts'
import { formOf, scenes } from '../fakes/cvat/recorded-scenes.ts'
import { type FakeCvat, openFakeCvat } from '../fakes/cvat.ts'
import { goldenJson } from '../support/golden.ts'

interface Exchange {
  readonly name: string
  readonly method: string
  readonly path: string
  readonly as: 'admin1' | 'annot1' | 'bearer' | 'nobody' | 'stranger'
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object | string
  readonly status: number
  readonly type: string
  readonly told?: Readonly<Record<string, string>>
  readonly reply: unknown
}

interface Hook {
  readonly name: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: object
}

const exchanges = goldenJson<readonly Exchange[]>('cvat/exchanges.json')
const hooks = goldenJson<readonly Hook[]>('cvat/webhooks.json')
const calls = goldenJson<readonly RecordedCall[]>('cvat/nuclio.json')

describe('the fake CVAT', () => {
  let fake: FakeCvat
  let receiver: Receiver
  const nuclio = new RecordedNuclio(calls)
  beforeAll(async () => {
    fake = await openFakeCvat()
    receiver = await Receiver.open()
  })
  afterAll(async () => {
    await fake.close()
    await nuclio.close()
    await receiver.close()
  })

  it.each(exchanges.map((one) => [one.name, one] as const))('%s', async (name, one) => {
    await scenes[name]?.(fake, nuclio)
    if (name === 'webhook_redeliver') await failOnce(fake, receiver)
    await fake.settled()
    const reply = await ask(fake, receiver, one)
    expect(reply.status).toBe(one.status)
    expect(reply.headers.get('content-type') ?? '').toBe(one.type)
    const told = Object.keys(one.told ?? {}).map((key) => [key, reply.headers.get(key)])
    expect(normal(Object.fromEntries(told))).toEqual(normal(one.told ?? {}))
    const bytes = Buffer.from(await reply.arrayBuffer())
    if (one.type.includes('json')) {
      expect(normal(JSON.parse(bytes.toString()))).toEqual(normal(one.reply))
    } else if (!one.type.startsWith('text/')) {
      expect(String(one.reply)).toContain(bytes.subarray(0, 3).toString('hex'))
    }
  })

  it.each(hooks.map((one) => [one.name, one] as const))('tells %s', (_, one) => {
    expect(receiver.bodies.map((body) => normal(body))).toContainEqual(normal(one.body))
  })

  it('signs what it tells, and names itself', () => {
    expect(receiver.raws.length).toBeGreaterThan(50)
    const [recorded] = hooks
    for (const { raw, headers } of receiver.raws) {
      const hmac = createHmac('sha256', 'hook-secret').update(raw).digest('hex')
      expect(headers['x-signature-256']).toBe(`sha256=${hmac}`)
      for (const name of ['user-agent', 'content-type']) {
        expect(headers[name]).toBe(recorded?.headers[name])
      }
    }
  })

  it.each(calls.map((one) => [one.name, one] as const))('asks as in %s', (_, { request }) => {
    expect(nuclio.calls.map(callForm)).toContainEqual(callForm(request))
  })
})

async function ask(fake: FakeCvat, receiver: Receiver, one: Exchange): Promise<Response> {
  const form = formOf(one.name)
  const json = JSON.stringify(one.body)?.replaceAll('http://sidecar.example:7070', receiver.address)
  const body = form ?? (one.body === undefined ? undefined : json)
  return fetch(`${fake.address}${pathOf(fake, one)}`, {
    method: one.method,
    headers: {
      ...one.headers,
      ...authorization(fake, one.as),
      ...(form === undefined && body !== undefined ? { 'Content-Type': 'application/json' } : {}),
    },
    ...(body === undefined ? {} : { body }),
  })
}

/** Keys and numbers that other runs have others of. */
function pathOf(fake: FakeCvat, { name, path }: Exchange): string {
  if (name === 'org_accept') {
    return path.replace('<redacted-key>', String(fake.state.members.at(-1)?.invitation))
  }
  const wanted = fake.state.deliveries.made.findLast(
    ({ event, changedFields }) => event === 'update:task' && changedFields.includes('assignee_id'),
  )
  return name === 'webhook_redeliver' ? path.replace('178', String(wanted?.id)) : path
}

function authorization(fake: FakeCvat, who: Exchange['as']): Record<string, string> {
  if (who === 'nobody') return {}
  if (who === 'stranger') return { Authorization: 'Token 0000' }
  if (who === 'bearer') return { Authorization: `Bearer ${fake.admin.personalToken}` }
  return {
    Authorization: `Token ${who === 'admin1' ? fake.admin.token : fake.state.user(2).token}`,
  }
}

/** The receiver is away for one event, and CVAT tries again. */
async function failOnce(fake: FakeCvat, receiver: Receiver): Promise<void> {
  await fake.settled()
  receiver.isAway = true
  fake.as(fake.admin).finish(4)
  await fake.settled()
  receiver.isAway = false
  expect(await fake.retryWebhooks()).toBe(1)
}

/** Without what differs from run to run: dates, addresses, secrets, counts of deliveries. */
function normal(value: unknown, name = ''): unknown {
  if (value !== null && [...cut].some((one) => one === name)) return typeof value
  if (Array.isArray(value)) {
    const own = value.map((one) => normal(one))
    return name === 'task_subsets' ? own.sort() : own
  }
  if (typeof value === 'object' && value !== null) {
    const isDelivery = 'changed_fields' in value
    const isDeliveries = 'results' in value && /"changed_fields"/.test(JSON.stringify(value))
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !(isDelivery && ['id', 'response', 'request_duration'].includes(key)))
        .filter(([key]) => !(isDeliveries && key === 'count'))
        .filter(
          ([key, own]) => !(key === 'description' && String(own).startsWith('CVAT is a tool')),
        )
        .map(([key, own]) => [key, normal(own, key)]),
    )
  }
  if (typeof value !== 'string') return value
  if (name === 'changed_fields') return value.split(',').sort()
  return value
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/, 'date')
    .replace(/http:\/\/[\w.]+:\d+/g, 'http://host')
}

/** Told, but other than recorded. */
const cut = new Set(['key', 'value', 'invitation', 'exc_info', 'color', 'x-checksum'])

/** Ignored: headers that the HTTP library sets, the image's content. */
function callForm({ method, url, headers, body }: RecordedCall['request']) {
  const own = Object.entries(headers).filter(([key]) => /^(x-nuclio|content-type|user)/.test(key))
  const image = (value: unknown) => String(value).slice(0, 12)
  const content = Object.entries(body ?? {}).map(
    ([key, value]) => [key, key === 'image' ? image(value) : value] as const,
  )
  return { method, url, headers: Object.fromEntries(own), body: content }
}

/** Takes webhooks in. */
class Receiver {
  readonly raws: { readonly raw: string; readonly headers: IncomingHttpHeaders }[] = []
  isAway = false
  readonly #server: Server

  private constructor() {
    this.#server = createServer((request, response) => {
      if (this.isAway) {
        request.socket.destroy()
        return
      }
      const parts: Buffer[] = []
      request.on('data', (part: Buffer) => parts.push(part))
      request.on('end', () => {
        const raw = Buffer.concat(parts).toString()
        this.raws.push({ raw, headers: request.headers })
        response.end('ok')
      })
    }).listen(0, '127.0.0.1')
  }

  static async open(): Promise<Receiver> {
    const receiver = new Receiver()
    await new Promise((resolve) => receiver.#server.once('listening', resolve))
    return receiver
  }

  get address(): string {
    const at = this.#server.address()
    return `http://127.0.0.1:${typeof at === 'object' ? at?.port : 0}`
  }

  get bodies(): unknown[] {
    return this.raws.map(({ raw }): unknown => JSON.parse(raw))
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}
