/** One request to the sidecar, and what its reply says. */
import type { z } from 'zod'
import type { Http, HttpReply, HttpRequest } from '../http.ts'
import { isProblemKind, Problem, type ProblemKind } from '../problem.ts'
import { problemDocument, problemMedia, problemType } from '../protocol/problem.ts'
import { protocolHeader, protocolVersion } from '../protocol.ts'

export type Call = Omit<HttpRequest, 'authorization'>

/** The most that the sidecar gives. */
const pageLength = 1000

export function createCaller(http: Http, token: string | undefined) {
  const authorization = token === undefined ? undefined : `Bearer ${token}`

  async function call<Schema extends z.ZodType>(
    request: Call,
    schema: Schema,
    signal: AbortSignal,
  ): Promise<z.output<Schema>> {
    const headers = { [protocolHeader]: protocolVersion, ...request.headers }
    const reply = await http.send({ ...request, headers, authorization }, signal)
    if (reply.status >= 300) throw problemFrom(reply, request)
    const result = schema.safeParse(reply.bytes.length === 0 ? undefined : jsonOf(reply))
    if (result.success) return result.data
    const [issue] = result.error.issues
    throw new Problem(
      'protocol-mismatch',
      `The sidecar answers ${nameOf(request, reply)} without what protocol ${protocolVersion} says (${issue?.path.join('.')}: ${issue?.message}): use the plugin and the sidecar of one release.`,
    )
  }

  /** Every page of a list. */
  async function* pages<Page extends { readonly next: string | null }>(
    path: string,
    schema: z.ZodType<Page>,
    query: Readonly<Record<string, string | undefined>>,
    signal: AbortSignal,
  ): AsyncGenerator<Page> {
    let after: string | undefined
    do {
      const request = {
        method: 'GET',
        path,
        query: { ...query, limit: pageLength, after },
      } as const
      const page = await call(request, schema, signal)
      yield page
      after = page.next ?? undefined
    } while (after !== undefined)
  }

  return { call, pages }
}

/** What a refusal says; its kind and its fields are those that the sidecar threw. */
function problemFrom(reply: HttpReply, request: Call): Problem {
  const found = reply.type === problemMedia ? problemDocument.safeParse(jsonOf(reply)) : undefined
  if (found?.success !== true) return strangeReply(reply, request)
  const { type, detail, errors = [] } = found.data
  const kind = type.slice(problemType('').length)
  return new Problem(isProblemKind(kind) ? kind : kindOf(reply.status), detail, { errors })
}

function strangeReply(reply: HttpReply, request: Call): Problem {
  return new Problem(
    'tool-failed',
    `${nameOf(request, reply)} is answered with status ${reply.status} and ${reply.type === '' ? 'no type' : reply.type}: that is not the sidecar; correct its address, or look into the proxy between.`,
  )
}

function kindOf(status: number): ProblemKind {
  return status < 500 ? 'wrong-use' : 'internal'
}

function nameOf({ method }: Call, { url }: HttpReply): string {
  return `${method} ${url.origin}${url.pathname}`
}

function jsonOf({ bytes }: HttpReply): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'))
  } catch {
    return undefined
  }
}
