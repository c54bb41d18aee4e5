/** Single requests to a CVAT, as a user. */

import type { FakeUser } from '../fakes/cvat/model.ts'
import type { FakeCvat } from '../fakes/cvat.ts'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** JSON read, else text. */
  readonly body: unknown
}

/** @param user null: nobody */
export async function ask(
  fake: FakeCvat,
  user: FakeUser | null,
  method: string,
  path: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const reply = await fetch(`${fake.address}${path}`, {
    method,
    headers: {
      ...(user === null ? {} : { Authorization: `Token ${user.token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await reply.text()
  const isJson = reply.headers.get('content-type')?.includes('json') === true
  return { status: reply.status, headers: reply.headers, body: isJson ? JSON.parse(text) : text }
}

/** Ids of the items of a list. */
export function idsOf({ body }: Answer): number[] {
  const results: unknown = Object(body).results
  return Array.isArray(results) ? results.map((one) => Number(Object(one).id)) : []
}
