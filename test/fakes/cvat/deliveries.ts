/** Webhooks: signed, one after the other, tried again when the test says so, with the old payload. */
import { createHmac } from 'node:crypto'
import type { FakeDelivery, FakeWebhook } from './model.ts'
import type { FakeState } from './state.ts'

const timeoutMs = 10_000

/** What CVAT tries again. */
const isTransient = (status: number) => status >= 500 || status === 408 || status === 429

/** Whose things an event is about. */
export interface Scope {
  readonly project: number | null
  readonly organization: number | null
}

export class Deliveries {
  readonly made: FakeDelivery[] = []
  readonly #state: FakeState
  #failed: FakeDelivery[] = []
  #last: Promise<unknown> = Promise.resolve()
  readonly #end = new AbortController()

  constructor(state: FakeState) {
    this.#state = state
  }

  /** Sent later, in order; nobody waits for it. */
  tell(event: string, scope: Scope, payload: object): void {
    for (const hook of this.#state.webhooks.values()) {
      const isMeant =
        hook.type === 'project'
          ? hook.project === scope.project
          : hook.organization === scope.organization
      if (!hook.isActive || !isMeant || !hook.events.includes(event)) continue
      const changes = 'before_update' in payload ? payload.before_update : {}
      const changedFields = Object.keys(changes ?? {}).join(',')
      const own = { event, webhook_id: hook.id, ...payload }
      void this.#queue(hook, { event, payload: own, changedFields, attempt: 1, redelivery: false })
    }
  }

  ping(hook: FakeWebhook, payload: object): Promise<FakeDelivery> {
    const own = { event: 'ping', ...payload }
    // The ping is sent by the server itself and passes the queue by.
    return this.#send(hook, {
      event: 'ping',
      payload: own,
      changedFields: '',
      attempt: 1,
      redelivery: false,
    })
  }

  redeliver(hook: FakeWebhook, delivery: FakeDelivery): void {
    void this.#queue(hook, { ...delivery, attempt: 1, redelivery: true })
  }

  async retry(): Promise<number> {
    await this.settled()
    const again = this.#failed
    this.#failed = []
    for (const one of again) {
      const hook = this.#state.webhooks.get(one.webhook)
      if (hook !== undefined) void this.#queue(hook, { ...one, attempt: one.attempt + 1 })
    }
    await this.settled()
    return again.length
  }

  /** Also waits for what deliveries cause. */
  async settled(): Promise<void> {
    for (let seen: unknown; seen !== this.#last; ) {
      seen = this.#last
      await seen
    }
  }

  /** Gives up what is under way. */
  close(): void {
    this.#end.abort()
  }

  #queue(hook: FakeWebhook, one: Omit<FakeDelivery, Outcome>): Promise<FakeDelivery> {
    const sent = this.#last.then(() => this.#send(hook, one))
    this.#last = sent
    return sent
  }

  async #send(hook: FakeWebhook, one: Omit<FakeDelivery, Outcome>): Promise<FakeDelivery> {
    const raw = JSON.stringify(one.payload)
    const { statusCode, response } = await post(hook, raw, this.#end.signal)
    const delivery = {
      ...one,
      id: this.#state.id('delivery'),
      webhook: hook.id,
      created: this.#state.stamp(),
      statusCode,
      response,
    }
    this.made.push(delivery)
    if (isTransient(statusCode) && one.event !== 'ping') this.#failed.push(delivery)
    return delivery
  }
}

type Outcome = 'id' | 'webhook' | 'statusCode' | 'created' | 'response'

async function post(hook: FakeWebhook, raw: string, end: AbortSignal) {
  const hmac = createHmac('sha256', hook.secret).update(raw).digest('hex')
  try {
    const reply = await fetch(hook.targetUrl, {
      method: 'POST',
      headers: {
        'Content-Type': hook.contentType,
        'User-Agent': 'CVAT/2.73.0 python-requests/2.33.1',
        ...(hook.secret === '' ? {} : { 'X-Signature-256': `sha256=${hmac}` }),
      },
      body: raw,
      redirect: 'manual',
      signal: AbortSignal.any([end, AbortSignal.timeout(timeoutMs)]),
    })
    return { statusCode: reply.status, response: await reply.text() }
  } catch (error) {
    // As the real server notes it: 502, the exception instead of the answer.
    return { statusCode: 502, response: String(error) }
  }
}
