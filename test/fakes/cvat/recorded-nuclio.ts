/** A Nuclio that answers what a recorded one answered to CVAT, and keeps what it was asked. */
import type { Server } from 'node:http'
import express from 'express'

export interface RecordedCall {
  readonly name: string
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: object | undefined
  }
  readonly response: { readonly status: number; readonly body: unknown }
}

export class RecordedNuclio {
  readonly calls: RecordedCall['request'][] = []
  /** `untrained`: no detections. `unavailable`: 503. */
  mode: 'trained' | 'untrained' | 'unavailable' = 'trained'
  /** Invocations wait for it. */
  gate: Promise<void> = Promise.resolve()
  readonly #recorded: readonly RecordedCall[]
  readonly #server: Server

  constructor(recorded: readonly RecordedCall[]) {
    this.#recorded = recorded
    this.#server = this.#app().listen(0, '127.0.0.1')
  }

  async open(): Promise<string> {
    if (!this.#server.listening) {
      await new Promise((resolve) => this.#server.once('listening', resolve))
    }
    return `http://127.0.0.1:${this.#port}`
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  get #port(): number {
    const at = this.#server.address()
    if (at === null || typeof at === 'string') throw new Error('no port')
    return at.port
  }

  #answer(name: string): unknown {
    const found = this.#recorded.find((one) => one.name === name)
    if (found === undefined) throw new Error(`nothing recorded as ${name}`)
    // Functions are invoked where they listen now.
    const text = JSON.stringify(found.response.body).replace(
      /"httpPort":\d+/g,
      `"httpPort":${this.#port}`,
    )
    return JSON.parse(text)
  }

  #app(): express.Express {
    const app = express()
    app.use(express.json({ limit: '50mb' }))
    app.use(({ method, originalUrl, headers, body }, _, next) => {
      const own = Object.entries(headers).map(([key, value]) => [key, String(value)] as const)
      this.calls.push({ method, url: originalUrl, headers: Object.fromEntries(own), body })
      next()
    })
    app.get('/api/functions', (_, response) => {
      response.json(this.#answer('nuclio_list'))
    })
    app.get('/api/functions/:name', (request, response) => {
      const all: object = Object(this.#answer('nuclio_list'))
      const found = new Map(Object.entries(all)).get(request.params.name)
      if (found === undefined) response.status(404).end()
      else response.json(found)
    })
    app.post(['/', '/api/function_invocations'], async (request, response) => {
      await this.gate
      if (this.mode === 'unavailable') {
        response.status(503).end()
        return
      }
      const kind = 'pos_points' in request.body ? 'interactor' : 'detector'
      const way = request.path === '/' ? 'direct' : 'dashboard'
      const trained = this.#answer(`nuclio_invoke_${kind}_${way}`)
      response.json(this.mode === 'trained' ? trained : [])
    })
    return app
  }
}
