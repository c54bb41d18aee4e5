/** The HTTP server over a real store, and requests whose replies are checked against the table of routes. */

import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { expect } from '@jest/globals'
import { problemDocument, problemMedia, problemType } from '@suggestive/shared/protocol/problem'
import { mapLevels } from '@suggestive/sidecar/domain/map-levels'
import { type AccessOptions, createAccess } from '@suggestive/sidecar/http/access'
import { createApp } from '@suggestive/sidecar/http/app'
import type { HttpDeps } from '@suggestive/sidecar/http/deps'
import { problemsOf } from '@suggestive/sidecar/http/frame-problems'
import { createMetrics } from '@suggestive/sidecar/http/metrics'
import type { Route } from '@suggestive/sidecar/http/route'
import { routes } from '@suggestive/sidecar/http/routes'
import { openUploads } from '@suggestive/sidecar/http/uploads'
import { pictureSize } from '@suggestive/sidecar/images'
import { localIntake } from '@suggestive/sidecar/intake/local'
import { openBlobs } from '@suggestive/sidecar/store/disk-blobs'
import { openStore } from '@suggestive/sidecar/store/sqlite-store'
import { segmentMaps } from '@suggestive/sidecar/workshop/segment'
import { readMap } from '@suggestive/sidecar/workshop/stored-map'
import supertest from 'supertest'
import { FakeConductor } from '../fakes/conductor.ts'
import { openFolder } from './folders.ts'

/** One token for each role. */
export const tokens = (['owner', 'annotator', 'viewer', 'service'] as const).map((role) => ({
  role,
  name: `the ${role}`,
  token: `${role}-0123456789abcdef0123456789abcdef`,
}))

export const tokenOf = (role: string) => tokens.find((one) => one.role === role)?.token ?? ''

export interface HttpOptions {
  /** Without tokens everybody is owner. */
  readonly access?: Partial<AccessOptions>
  readonly deps?: Partial<HttpDeps>
}

export interface Sent {
  readonly method: Route['method'] | 'head'
  readonly path: string
  readonly role?: string
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON. */
  readonly body?: object | string | Buffer
}

export class HttpHarness {
  now = Date.UTC(2026, 10, 24, 12)
  isReady = true
  readonly conductor = new FakeConductor()
  /** Lines of the log. */
  readonly logged: string[] = []
  /** `get /v1/projects -> 200`, `get /v1/projects -> forbidden`. */
  readonly exercised = new Set<string>()
  readonly deps: HttpDeps
  readonly app: ReturnType<typeof createApp>
  readonly #close: () => Promise<void>

  constructor(
    parts: Pick<HttpDeps, 'store' | 'blobs' | 'uploads'>,
    options: HttpOptions,
    close: () => Promise<void>,
  ) {
    const clock = { now: () => this.now }
    const line = (fields: object, sentence: string) => {
      const shown = (_: string, value: unknown) => (value instanceof Error ? value.message : value)
      this.logged.push(`${sentence} ${JSON.stringify(fields, shown)}`)
    }
    const metrics = createMetrics()
    this.deps = {
      ...parts,
      conductor: this.conductor,
      intake: localIntake,
      clock,
      access: createAccess({ tokens: [], clock, ...options.access }),
      log: { info: line, warn: line, error: line },
      metrics,
      version: '0.1.0',
      pictureSize,
      segment: (work) => segmentMaps(parts.blobs, work),
      async levels(map) {
        const { width, height, data } = await readMap(parts.blobs, map)
        return mapLevels(width, height, data)
      },
      isReady: () => this.isReady,
      ...options.deps,
    }
    this.app = createApp(this.deps)
    this.#close = async () => {
      metrics.close()
      await close()
    }
  }

  /** Sends a request and checks that the reply is one that the route's entry in the table allows. */
  async send(sent: Sent): Promise<supertest.Response> {
    const request = supertest(this.app)[sent.method](sent.path)
    if (sent.role !== undefined) request.set('Authorization', `Bearer ${tokenOf(sent.role)}`)
    for (const [name, value] of Object.entries(sent.headers ?? {})) request.set(name, value)
    if (sent.headers?.['Accept'] === undefined) request.buffer(true)
    const response = await (sent.body === undefined ? request : request.send(sent.body))
    this.#check(sent, response)
    return response
  }

  /** Sends files as a form. */
  async form(path: string, role: string, files: readonly (readonly [string, Buffer])[]) {
    const request = supertest(this.app)
      .post(path)
      .set('Authorization', `Bearer ${tokenOf(role)}`)
    for (const [name, bytes] of files) request.attach('files', bytes, name)
    const response = await request
    this.#check({ method: 'post', path }, response)
    return response
  }

  /** A reply as it went over the wire. */
  async raw({ method, path, role, headers, body }: Sent) {
    const server = this.app.listen(0)
    try {
      const address = server.address()
      const port = typeof address === 'object' ? address?.port : undefined
      const token = role === undefined ? {} : { authorization: `Bearer ${tokenOf(role)}` }
      const request = httpRequest({ port, method, path, headers: { ...headers, ...token } })
      const answered = once(request, 'response')
      // In two pieces, so that its length is not announced.
      if (body !== undefined) request.write(String(body).slice(0, 10))
      request.end(String(body ?? '').slice(10))
      const [response] = await answered
      if (!request.writableFinished) await once(request, 'finish')
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk)
      return { status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }
    } finally {
      server.close()
      server.closeAllConnections()
    }
  }

  close() {
    return this.#close()
  }

  #check({ method, path }: Sent, response: supertest.Response) {
    if (response.status >= 400) expectProblem(response)
    const route = routeOf(method === 'head' ? 'get' : method, path)
    if (route === undefined) return
    const name = `${route.method} ${route.path}`
    if (response.status === 304 || response.status === 405) return
    if (response.status >= 400) {
      // What no request should ever cause is in no table.
      if (response.body.type === problemType('internal')) return
      const kind = problemsOf(route).find((one) => problemType(one) === response.body.type)
      expect([name, kind ?? response.body]).toEqual([name, expect.any(String)])
      this.exercised.add(`${name} -> ${kind}`)
      return
    }
    const reply = route.replies.find(({ status }) => status === response.status)
    expect([name, reply?.status]).toEqual([name, response.status])
    this.exercised.add(`${name} -> ${response.status}`)
    if (method === 'head') return
    if (reply?.schema !== undefined) {
      expect(response.type).toBe('application/json')
      expect(reply.schema.parse(response.body)).toEqual(response.body)
    } else if (reply?.media !== undefined) expect(response.type).toBe(reply.media)
  }
}

export async function openHttp(options: HttpOptions = {}): Promise<HttpHarness> {
  const folder = openFolder()
  const store = await openStore(join(folder.path, 'suggest.db'))
  const blobs = await openBlobs(join(folder.path, 'blobs'))
  const uploads = await openUploads(join(folder.path, 'uploads'), { now: Date.now })
  return new HttpHarness({ store, blobs, uploads }, options, async () => {
    await store.close()
    folder.remove()
  })
}

/** The entry of the table for an address. */
function routeOf(method: string, address: string): Route | undefined {
  const [path = ''] = address.split('?')
  const fits = routes.filter((route) => {
    const pattern = route.path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[^/]+')
    return route.method === method && new RegExp(`^${pattern}$`).test(path)
  })
  return fits[0]
}

function expectProblem(response: supertest.Response) {
  expect(response.headers['content-type']).toBe(problemMedia)
  if (response.text === undefined || response.text === '') return
  const document = problemDocument.parse(response.body)
  expect(document.status).toBe(response.status)
  expect(document.detail).not.toMatch(/\n|\bat .*\.(ts|js):\d/)
  expect(document.detail).toMatch(/[.!]$/)
}
