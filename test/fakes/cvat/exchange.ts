/** One request to the fake: who asks, for what, and how it is answered. */
import type { Request, Response } from 'express'
import type { z } from 'zod'
import { type Context, contextOf, userOf } from './access.ts'
import type { FakeUser } from './model.ts'
import { missing, Refusal } from './refusal.ts'
import type { FakeState } from './state.ts'

/** @throws Refusal 401 */
export function asker(state: FakeState, request: Request): FakeUser {
  return userOf(state, request)
}

/** The organisation of header or query. @throws Refusal 404, 403 */
export function contextIn(state: FakeState, request: Request): Context {
  const query = queryOf(request)
  return contextOf(state, userOf(state, request), {
    slug: request.get('x-organization') ?? query.get('org') ?? undefined,
    id: query.get('org_id') ?? undefined,
  })
}

export function queryOf(request: Request): URLSearchParams {
  return new URL(request.originalUrl, 'http://fake').searchParams
}

/** Where the request went, with its query. */
export const addressOf = (state: FakeState, request: Request) =>
  `${state.address}${request.originalUrl}`

/** @throws Refusal 404 when it is no number */
export function idIn(request: Request, name = 'id'): number {
  const id = Number(request.params[name])
  if (!Number.isInteger(id)) throw missing('object')
  return id
}

/** @throws Refusal 400 that names the first wrong field */
export function bodyOf<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): z.infer<Schema> {
  const read = schema.safeParse(request.body ?? {})
  if (read.success) return read.data
  const [issue] = read.error.issues
  throw new Refusal(400, { [String(issue?.path[0] ?? 'non_field_errors')]: [issue?.message] })
}

export function answer(response: Response, status: number, body?: unknown): void {
  response.status(status)
  if (body === undefined) response.end()
  else response.setHeader('Content-Type', 'application/vnd.cvat+json').end(JSON.stringify(body))
}
