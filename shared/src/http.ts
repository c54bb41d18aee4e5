/** HTTP for the plugins: one configured tool, nothing else; repeats what may be repeated, and never tells a secret. */
import { randomInt } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import axios, { AxiosError } from 'axios'
import { Problem } from './problem.ts'
import { redact } from './redact.ts'

export interface HttpOptions {
  /** The tool's name in sentences. */
  readonly name: string
  /** http or https; may have a path, must not have a user name. */
  readonly address: string
  /** Other origins that may be read from; they never get credentials. */
  readonly otherOrigins?: readonly string[]
  /** Values that no message may contain. */
  readonly secrets?: () => readonly string[]
  /** Of one attempt, until the last byte; default 30 s. */
  readonly timeoutMs?: number
  /** Of a reply's body; default 64 MB. */
  readonly mostBytes?: number
  /** Default 4. */
  readonly attempts?: number
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'
  /** Relative to the configured address, or absolute. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | undefined>>
  /** Sent to the configured origin only. */
  readonly authorization?: string | undefined
  /** Further headers, e.g. another Content-Type than JSON. */
  readonly headers?: Readonly<Record<string, string>>
  /** Sent as JSON; bytes as they are. */
  readonly body?: unknown
  /** It changes nothing to send it again; by default what HTTP calls idempotent. */
  readonly isRepeatable?: boolean
  readonly timeoutMs?: number
  readonly mostBytes?: number
}

/** Every status is a reply. */
export interface HttpReply {
  readonly status: number
  /** Media type without parameters, lower case; empty when there is none. */
  readonly type: string
  readonly bytes: Uint8Array
  /** Where it came from after redirects. */
  readonly url: URL
}

/** Nobody answered, or not to the end: whether the request was carried out is unknown. */
export class NoAnswer extends Problem {}

export interface Http {
  /**
   * Repeats after statuses 429, 500, 502, 503, 504 and no answer, where it is allowed.
   *
   * @throws NoAnswer; Problem `cancelled`, `too-large`, `forbidden` for an origin that is not configured, `wrong-use`
   */
  send(request: HttpRequest, signal: AbortSignal): Promise<HttpReply>
}

const mostRedirects = 5
const transient = new Set([429, 500, 502, 503, 504])
/** Longer than this a tool does not make us wait: the caller hears of it instead. */
const mostPauseMs = 60_000

export function createHttp(options: HttpOptions): Http {
  const base = baseOf(options)
  const readable = new Set([base.origin, ...(options.otherOrigins ?? []).map(originOf)])
  const attempts = options.attempts ?? 4
  const pause = options.pause ?? ((ms, signal) => sleep(ms, undefined, { signal }))
  const clean = (text: string) => redact(text, options.secrets?.() ?? [])

  function addressOf({ path, query = {} }: HttpRequest): URL {
    const url = new URL(path, base)
    for (const [key, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(key, String(value))
    }
    return url
  }

  function check(url: URL, how: string) {
    if (readable.has(url.origin)) return
    throw new Problem(
      'forbidden',
      `${options.name} ${how} ${clean(url.origin)}, which is not a configured address: allow this origin, or correct the address ${base.origin}.`,
    )
  }

  async function once(request: HttpRequest, signal: AbortSignal): Promise<Answer> {
    let url = addressOf(request)
    check(url, 'refers to')
    for (let redirects = 0; ; redirects++) {
      const answer = await exchange(request, url, signal)
      const { status, location } = answer
      if (status < 300 || status > 399 || location === undefined) return answer
      const target = new URL(location, url)
      if (request.method !== 'GET') {
        throw new Problem(
          'wrong-use',
          `${options.name} redirects ${describe(request, url)} to ${clean(target.origin)}: configure the address that it really has.`,
        )
      }
      if (redirects === mostRedirects) {
        throw new Problem('tool-failed', `${describe(request, url)} redirects without end.`)
      }
      check(target, 'redirects to')
      url = target
    }
  }

  async function exchange(request: HttpRequest, url: URL, signal: AbortSignal): Promise<Answer> {
    const timeoutMs = request.timeoutMs ?? options.timeoutMs ?? 30_000
    const mostBytes = request.mostBytes ?? options.mostBytes ?? 64_000_000
    const tooLate = AbortSignal.timeout(timeoutMs)
    const isOwn = url.origin === base.origin
    try {
      const { status, headers, data } = await axios.request<unknown>({
        url: url.href,
        method: request.method,
        headers: {
          'User-Agent': 'suggestive-annotation',
          ...(isOwn && request.authorization !== undefined
            ? { Authorization: request.authorization }
            : {}),
          ...(request.body === undefined ? {} : { 'Content-Type': 'application/json' }),
          ...request.headers,
        },
        data: request.body === undefined ? undefined : bytesOf(request.body),
        responseType: 'arraybuffer',
        // The defaults would parse and rewrite bodies of a hundred megabytes.
        transformRequest: (body) => body,
        transformResponse: (body) => body,
        validateStatus: () => true,
        maxRedirects: 0,
        maxContentLength: mostBytes,
        maxBodyLength: Number.POSITIVE_INFINITY,
        signal: AbortSignal.any([signal, tooLate]),
      })
      const text = (name: string) => {
        const value: unknown = headers[name]
        return typeof value === 'string' ? value : undefined
      }
      return {
        status,
        type: (text('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '',
        bytes: data instanceof Uint8Array ? data : new Uint8Array(),
        url,
        location: text('location'),
        retryAfter: text('retry-after'),
      }
    } catch (error) {
      if (signal.aborted) throw new Problem('cancelled', 'The request was stopped.')
      const what = describe(request, url)
      if (error instanceof AxiosError && error.message.startsWith('maxContentLength')) {
        throw new Problem(
          'too-large',
          `The reply to ${what} is larger than the limit of ${mostBytes} bytes.`,
        )
      }
      const why = tooLate.aborted
        ? `no complete reply within ${Math.round(timeoutMs / 1000)} s`
        : clean(reasonOf(error))
      throw new NoAnswer(
        'tool-failed',
        `${options.name} does not answer ${what}: ${why}. Check that it runs and can be reached from here.`,
      )
    }
  }

  return {
    async send(request, signal) {
      const isRepeatable = request.isRepeatable ?? /^(GET|PUT|DELETE)$/.test(request.method)
      for (let attempt = 1; ; attempt++) {
        if (signal.aborted) throw new Problem('cancelled', 'The request was stopped.')
        const isLast = !isRepeatable || attempt >= attempts
        const result = await once(request, signal).catch((error: unknown) => {
          if (error instanceof NoAnswer && !isLast) return undefined
          throw error
        })
        if (result !== undefined && (isLast || !transient.has(result.status))) return result
        const pauseMs = pauseAfter(attempt, result?.retryAfter)
        if (result !== undefined && pauseMs > mostPauseMs) return result
        try {
          await pause(pauseMs, signal)
        } catch (error) {
          if (signal.aborted) throw new Problem('cancelled', 'The request was stopped.')
          throw error
        }
      }
    },
  }
}

interface Answer extends HttpReply {
  readonly location: string | undefined
  readonly retryAfter: string | undefined
}

/** What the tool asks for, else 0.25, 0.5, 1 ... 8 s, less up to a half so that not all come back at once. */
function pauseAfter(attempt: number, retryAfter: string | undefined): number {
  const most = Math.min(8000, 250 * 2 ** (attempt - 1))
  const own = most - randomInt(0, most / 2 + 1)
  if (retryAfter === undefined) return own
  const seconds = Number(retryAfter)
  const asked = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(retryAfter) - Date.now()
  return Number.isFinite(asked) ? Math.max(asked, own) : own
}

/** Without the query, which may carry signatures. */
function describe({ method }: HttpRequest, { origin, pathname }: URL): string {
  return `${method} ${origin}${pathname}`
}

function reasonOf(error: unknown): string {
  const causes: unknown[] = error instanceof AggregateError ? error.errors : [error]
  return causes
    .map((one) => (one instanceof Error ? codeOf(one) : 'the connection broke'))
    .join(', ')
}

function codeOf(error: Error): string {
  const text = error.message === '' ? 'the connection broke' : error.message
  return 'code' in error && typeof error.code === 'string' && !text.includes(error.code)
    ? `${text} (${error.code})`
    : text
}

/** axios sends no other view of bytes than a `Buffer`. */
function bytesOf(body: unknown): Buffer {
  if (!(body instanceof Uint8Array)) return Buffer.from(JSON.stringify(body))
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

function baseOf({ name, address }: HttpOptions): URL {
  const url = webUrl(address)
  if (url === undefined || url.username !== '' || url.password !== '') {
    throw new Problem(
      'wrong-use',
      `The address of ${name} must look like https://host or https://host/path, without a user name: correct it.`,
    )
  }
  // Paths are relative to it, so that a tool may lie below a prefix.
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  url.search = ''
  url.hash = ''
  return url
}

function originOf(address: string): string {
  const url = webUrl(address)
  if (url !== undefined) return url.origin
  throw new Problem('wrong-use', `"${redact(address)}" is no origin: write it like https://host.`)
}

function webUrl(address: string): URL | undefined {
  if (!URL.canParse(address)) return undefined
  const url = new URL(address)
  return /^https?:$/.test(url.protocol) ? url : undefined
}
