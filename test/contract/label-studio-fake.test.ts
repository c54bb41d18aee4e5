/** The fake Label Studio answers as the real one did when it was recorded. */
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { z } from 'zod'
import { FakeLabelStudio } from '../fakes/label-studio.ts'

const exchange = z.strictObject({
  name: z.string(),
  method: z.string(),
  path: z.string(),
  query: z.record(z.string(), z.unknown()).optional(),
  body: z.unknown().optional(),
  auth: z.string().optional(),
  save: z.record(z.string(), z.string()).optional(),
  status: z.int(),
  reply: z.unknown(),
})

const recorded = z
  .array(exchange)
  .parse(
    JSON.parse(
      readFileSync(new URL('../golden/label-studio/exchanges.json', import.meta.url), 'utf8'),
    ),
  )

describe('the fake Label Studio', () => {
  let fake: FakeLabelStudio
  const values = new Map<string, unknown>()
  beforeAll(async () => {
    fake = await FakeLabelStudio.open()
    values.set('legacy', fake.admin.legacyToken).set('personal', fake.admin.refreshToken)
  })
  afterAll(() => fake.close())

  it.each(recorded.map((one) => [one.name, one] as const))('%s', async (_, one) => {
    const query = new URLSearchParams(
      Object.fromEntries(
        Object.entries(one.query ?? {}).map(([key, value]) => {
          const filled = fill(value, values)
          return [
            key,
            typeof filled === 'object' ? JSON.stringify(filled) : String(filled),
          ] as const
        }),
      ),
    )
    const reply = await fetch(`${fake.address}${String(fill(one.path, values))}?${query}`, {
      method: one.method,
      headers: {
        'Content-Type': 'application/json',
        ...(one.auth === undefined ? {} : { Authorization: String(fill(one.auth, values)) }),
      },
      ...(one.body === undefined ? {} : { body: JSON.stringify(fill(one.body, values)) }),
    })
    const text = await reply.text()
    const body: unknown = reply.headers.get('content-type')?.includes('json')
      ? JSON.parse(text)
      : null
    for (const [name, pointer] of Object.entries(one.save ?? {})) {
      values.set(name, at(body, pointer))
    }
    expect(reply.status).toBe(one.status)
    if (one.status >= 400) expect(sentence(body)).toBe(sentence(one.reply))
    expect(formOf(body)).toEqual(formOf(one.reply))
    for (const name of ['created', 'deleted_predictions', 'total', 'queue', 'model_version']) {
      expect([name, member(body, name)]).toEqual([name, member(one.reply, name)])
    }
  })
})

const member = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

const sentence = (value: unknown): unknown => member(value, 'detail')

function at(value: unknown, pointer: string): unknown {
  return pointer.split('/').reduce<unknown>((own, part) => member(own, part), value)
}

function fill(value: unknown, values: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((one) => fill(one, values))
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, own]) => [key, fill(own, values)]))
  }
  if (typeof value !== 'string') return value
  const whole = /^\{(\w+)\}$/.exec(value)?.[1]
  if (whole !== undefined) return values.get(whole)
  return value.replace(/\{(\w+)\}/g, (_, name: string) => String(values.get(name)))
}

/** Keys and types; lists by the forms that occur in them. Numbers of predictions by version have names of their own. */
function formOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return [...new Set(value.map((one) => JSON.stringify(formOf(one))))].sort()
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, own]) => [key, formOf(own)] as const)
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  }
  return value === null ? 'null' : typeof value
}
