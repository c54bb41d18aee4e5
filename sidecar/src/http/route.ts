/** A route as one object: mounted by `mount.ts`, described by `openapi.ts`, walked through by tests. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Problem, type ProblemKind } from '@suggestive/shared/problem'
import { projectId } from '@suggestive/shared/protocol'
import type { Role } from '@suggestive/shared/protocol/session'
import { checked } from '@suggestive/shared/schema'
import { z } from 'zod'
import type { ProjectRecord } from '../ports/store.ts'
import type { Principal } from './access.ts'
import { type BodySource, type BodySpec, noBody } from './body.ts'
import type { Services } from './deps.ts'

export const jsonMedia = 'application/json; charset=utf-8'
export const everybody = ['owner', 'annotator', 'viewer', 'service'] as const

/** What a handler answers; `bytes` and a `stream` go out as they are, `json` is rendered. */
export type Reply = {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
} & (
  | { readonly json: unknown }
  | { readonly bytes: Uint8Array | string; readonly media: string }
  | { readonly stream: AsyncIterable<Uint8Array>; readonly length: number; readonly media: string }
  | { readonly empty: true }
)

export interface ReplySpec {
  readonly status: number
  /** Absent for a reply without a body. */
  readonly schema?: z.ZodType
  /** `application/json` when absent. */
  readonly media?: string
  readonly describes: string
}

/** A request whose access, parameters and query have been checked. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  readonly headers: IncomingHttpHeaders
  readonly principal: Principal | undefined
  readonly request: IncomingMessage
}

/** The same before it is checked. */
export interface RawCall {
  readonly params: unknown
  readonly query: unknown
  readonly source: BodySource
  readonly principal: Principal | undefined
  readonly request: IncomingMessage
  /** Of the project in the address. */
  readonly project: ProjectRecord | undefined
}

export interface RouteFacts {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** As Express writes it, e.g. `/v1/projects/:project`. */
  readonly path: string
  readonly summary: string
  /** Who may use it; `anyone` needs no token. */
  readonly roles: readonly Role[] | 'anyone'
  /** Success; the first is the usual one. */
  readonly replies: readonly ReplySpec[]
  /** Beyond those of the frame: access, parameters, methods. */
  readonly problems: readonly ProblemKind[]
  /** `version`: the reply is the same as long as the project's version is. */
  readonly cache?: 'version'
}

export interface Route extends RouteFacts {
  readonly params: z.ZodObject
  readonly query: z.ZodObject
  readonly body: BodySpec<unknown>
  /** Checks the request and reads its body. @returns what acts on it */
  prepare(raw: RawCall): Promise<(deps: Services) => Promise<Reply>>
}

const none = z.strictObject({})

/** To be spread into a route: it takes nothing beyond what follows. */
export const plain = { params: none, query: none, body: noBody } as const

interface Spec<Params extends z.ZodObject, Query extends z.ZodObject, Body, Context>
  extends RouteFacts {
  readonly params: Params
  readonly query: Query
  readonly body: BodySpec<Body>
  readonly handler: (
    call: Call<z.output<Params>, z.output<Query>, Body> & Context,
    deps: Services,
  ) => Promise<Reply>
}

/** A route outside projects. */
export function route<Params extends z.ZodObject, Query extends z.ZodObject, Body>(
  spec: Spec<Params, Query, Body, unknown>,
): Route {
  return build(spec, spec.params, () => ({}))
}

/** Below `/v1/projects/:project`: unknown projects are answered by the frame. */
export function projectRoute<Params extends z.ZodObject, Query extends z.ZodObject, Body>(
  spec: Spec<Params, Query, Body, { readonly project: ProjectRecord }>,
): Route {
  const params = spec.params.extend({ project: projectId })
  return build(spec, params, ({ project }) => {
    if (project === undefined) throw new Problem('internal', 'The project was not looked up.')
    return { project }
  })
}

function build<Params extends z.ZodObject, Query extends z.ZodObject, Body, Context>(
  spec: Spec<Params, Query, Body, Context>,
  params: z.ZodObject,
  context: (raw: RawCall) => Context,
): Route {
  const { handler, body, query, ...facts } = spec
  return {
    ...facts,
    params,
    query,
    body,
    async prepare(raw) {
      const { principal, request } = raw
      const call = {
        params: checked(spec.params, raw.params, 'The address'),
        query: checked(query, raw.query, 'The query'),
        body: await body.read(raw.source),
        headers: request.headers,
        principal,
        request,
      }
      return (deps) => handler({ ...call, ...context(raw) }, deps)
    },
  }
}
