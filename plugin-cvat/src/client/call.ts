/** One call to the API of CVAT: authorised, checked, and refused in words. */
import type { Http, HttpReply, HttpRequest } from '@suggestive/shared/http'
import { Problem } from '@suggestive/shared/problem'
import { redact } from '@suggestive/shared/redact'
import type { z } from 'zod'
import type { Authorization } from './credentials.ts'
import { quoteOf, refusal } from './refusal.ts'
import * as wire from './wire.ts'

export interface Call extends Omit<HttpRequest, 'authorization' | 'path'> {
  /** Below `/api/`. */
  readonly path: string
  /** The thing that is asked for, for sentences, e.g. `job 6`. */
  readonly what: string
}

export interface Caller {
  /** Any status but 401. */
  raw(call: Call, signal: AbortSignal): Promise<HttpReply>
  /** @throws Problem for every status but 2xx */
  done(call: Call, signal: AbortSignal): Promise<HttpReply>
  /** @throws Problem for every status but 2xx, and for a reply of another form */
  json<Schema extends z.ZodType>(
    call: Call,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>>
  /** The items of a list, page by page. Pages are numbered: the addresses in `next` may be those behind a proxy. */
  pages<Item extends z.ZodType>(
    call: Call & { readonly pageSize?: number | undefined },
    item: Item,
    signal: AbortSignal,
  ): AsyncIterable<z.output<Item>[]>
  /** All items of a list. */
  all<Item extends z.ZodType>(
    call: Call,
    item: Item,
    signal: AbortSignal,
  ): Promise<z.output<Item>[]>
  /** Whatever was to be deleted is gone. */
  deleted(path: string, what: string, signal: AbortSignal): Promise<void>
  refused(reply: HttpReply, what: string): Problem
}

/** CVAT's own default is 10. */
const pageSizeByDefault = 500

export function createCaller(
  http: Http,
  authorization: Authorization,
  organization: string | undefined,
): Caller {
  const clean = (text: string) => redact(text, authorization.secrets)
  const refused = (reply: HttpReply, what: string) => refusal(reply, what, clean)

  async function raw({ what, path, ...request }: Call, signal: AbortSignal): Promise<HttpReply> {
    const headers = {
      Accept: 'application/vnd.cvat+json',
      ...(organization === undefined ? {} : { 'X-Organization': organization }),
      ...request.headers,
    }
    const send = (header: string) =>
      http.send({ ...request, path: `api/${path}`, headers, authorization: header }, signal)
    const first = authorization.header()
    const reply = await send(first)
    if (reply.status !== 401) return reply
    const second = authorization.other(first)
    if (second === undefined) throw refused(reply, what)
    const other = await send(second)
    if (other.status === 401) throw refused(reply, what)
    authorization.remember(second)
    return other
  }

  async function done(call: Call, signal: AbortSignal): Promise<HttpReply> {
    const reply = await raw(call, signal)
    if (reply.status < 200 || reply.status > 299) throw refused(reply, call.what)
    return reply
  }

  async function json<Schema extends z.ZodType>(
    call: Call,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const result = schema.safeParse(jsonOf(await done(call, signal), call.what))
    if (result.success) return result.data
    const [issue] = result.error.issues
    const names = issue?.path.filter((part) => typeof part === 'string' && part !== 'results') ?? []
    const lacks =
      names.length === 0
        ? 'in another form'
        : `without the field "${names.join('.')}" as it is needed`
    throw new Problem(
      'tool-failed',
      `${await serverName(signal)} answers for ${call.what} ${lacks} (${issue?.message}): use a server whose version is supported; 2.73 is.`,
    )
  }

  /** With its version where it tells it. */
  async function serverName(signal: AbortSignal): Promise<string> {
    try {
      const call = { method: 'GET', path: 'server/about', what: 'its version' } as const
      const { version } = wire.about.parse(jsonOf(await done(call, signal), call.what))
      return `CVAT ${version}`
    } catch {
      return 'CVAT (of unknown version)'
    }
  }

  /** Its media type is `application/vnd.cvat+json`. */
  function jsonOf(reply: HttpReply, what: string): unknown {
    try {
      return JSON.parse(Buffer.from(reply.bytes).toString('utf8'))
    } catch {
      throw new Problem(
        'tool-failed',
        `Instead of JSON for ${what} there came ${clean(quoteOf(reply))} from ${reply.url.origin}: see whether this is the address of CVAT and not of a login page or proxy.`,
      )
    }
  }

  async function* pages<Item extends z.ZodType>(
    { pageSize = pageSizeByDefault, ...call }: Call & { readonly pageSize?: number | undefined },
    item: Item,
    signal: AbortSignal,
  ): AsyncGenerator<z.output<Item>[]> {
    const schema = wire.pageOf(item)
    for (let page = 1; ; page++) {
      const query = { ...call.query, page, page_size: pageSize }
      const one = { ...call, query, what: `${call.what} (page ${page})` }
      try {
        const { next, results } = await json(one, schema, signal)
        yield results
        if (next === null || results.length === 0) return
      } catch (error) {
        // Items went away meanwhile, and with them the last page.
        if (page > 1 && error instanceof Problem && error.kind === 'not-found') return
        throw error
      }
    }
  }

  return {
    raw,
    done,
    json,
    pages,
    refused,
    async all(call, item, signal) {
      const items = []
      for await (const page of pages(call, item, signal)) items.push(...page)
      return items
    },
    async deleted(path, what, signal) {
      const reply = await raw({ method: 'DELETE', path, what }, signal)
      if (reply.status > 299 && reply.status !== 404) throw refused(reply, what)
    },
  }
}
