/** One call to the API of Label Studio: authorised, checked, and refused in words. */
import { type Http, type HttpReply, type HttpRequest, NoAnswer } from '@suggestive/shared/http'
import { Problem } from '@suggestive/shared/problem'
import { redact } from '@suggestive/shared/redact'
import type { z } from 'zod'
import { createCredentials, isPersonalToken } from './credentials.ts'
import { quoteOf, refusal } from './refusal.ts'
import { refreshed } from './wire.ts'

export interface Call extends Omit<HttpRequest, 'authorization'> {
  /** The thing that is asked for, for sentences, e.g. `project 6`. */
  readonly what: string
  /** Another server is asked, as anybody might. */
  readonly isForeign?: boolean
}

export interface Caller {
  /** Any status but 401, which is tried again once with a new access token. */
  raw(call: Call, signal: AbortSignal): Promise<HttpReply>
  /** @throws Problem for every status but 2xx, and for a reply of another form */
  json<Schema extends z.ZodType>(
    call: Call,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>>
  /** The same, but undefined for 404. */
  optional<Schema extends z.ZodType>(
    call: Call,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema> | undefined>
  /** Whatever was to be deleted is gone. */
  deleted(path: string, what: string, signal: AbortSignal): Promise<void>
  /** What a reply to `raw` holds. @throws Problem as `json` does */
  read<Schema extends z.ZodType>(reply: HttpReply, schema: Schema, what: string): z.output<Schema>
  secrets(): readonly string[]
}

export function createCaller(
  openHttp: (secrets: () => readonly string[]) => Http,
  token: string,
  now?: () => number,
): Caller {
  const credentials = createCredentials(token, refresh, now)
  const secrets = () => credentials.secrets()
  const http = openHttp(secrets)
  const isPersonal = isPersonalToken(token)
  const clean = (text: string) => redact(text, secrets())
  const refused = (reply: HttpReply, what: string) => refusal(reply, what, isPersonal, clean)

  async function refresh(signal: AbortSignal): Promise<string> {
    const what = 'an access token'
    const reply = await http.send(
      { method: 'POST', path: 'api/token/refresh/', body: { refresh: token }, isRepeatable: true },
      signal,
    )
    return read(reply, refreshed, what).access
  }

  function read<Schema extends z.ZodType>(reply: HttpReply, schema: Schema, what: string) {
    if (reply.status < 200 || reply.status > 299) throw refused(reply, what)
    const result = schema.safeParse(jsonOf(reply, what))
    if (result.success) return result.data
    const [issue] = result.error.issues
    throw new Problem(
      'tool-failed',
      `Label Studio answers for ${what} without what is needed (${issue?.path.join('.')}: ${issue?.message}): see whether this version is supported.`,
    )
  }

  function jsonOf(reply: HttpReply, what: string): unknown {
    try {
      return JSON.parse(Buffer.from(reply.bytes).toString('utf8'))
    } catch {
      throw new Problem(
        'tool-failed',
        `Instead of JSON for ${what} there came ${clean(quoteOf(reply))} from ${reply.url.origin}: see whether this is the address of Label Studio and not of a login page or proxy.`,
      )
    }
  }

  async function raw(
    { what, isForeign = false, ...request }: Call,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    if (isForeign) return http.send(request, signal)
    const authorization = await credentials.header(signal)
    const reply = await http.send({ ...request, authorization }, signal)
    if (reply.status !== 401) return reply
    const other = await credentials.renewed(authorization, signal)
    const second =
      other === undefined ? reply : await http.send({ ...request, authorization: other }, signal)
    if (second.status === 401) throw refused(second, what)
    return second
  }

  return {
    raw,
    read,
    secrets,
    json: async (call, schema, signal) => read(await raw(call, signal), schema, call.what),
    async optional(call, schema, signal) {
      const reply = await raw(call, signal)
      return reply.status === 404 ? undefined : read(reply, schema, call.what)
    },
    async deleted(path, what, signal) {
      const reply = await raw({ method: 'DELETE', path, what }, signal)
      if (reply.status > 299 && reply.status !== 404) throw refused(reply, what)
    },
  }
}

/**
 * Of a server in front that gave up waiting, and of one that failed, perhaps because its database was locked: the request
 * may have been carried out all the same.
 */
const undecided = new Set([500, 502, 503, 504])

/** The reply, or undefined when it is unknown whether the request was carried out. */
export async function replyOrUnknown(reply: Promise<HttpReply>): Promise<HttpReply | undefined> {
  try {
    const settled = await reply
    return undecided.has(settled.status) ? undefined : settled
  } catch (error) {
    if (error instanceof NoAnswer) return undefined
    throw error
  }
}
