import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { Services } from '@suggestive/sidecar/http/deps'
import { openapiRoutes } from '@suggestive/sidecar/http/openapi'
import type { Route } from '@suggestive/sidecar/http/route'
import { routes } from '@suggestive/sidecar/http/routes'
import { z } from 'zod'
import { type HttpHarness, openHttp } from '../support/http.ts'

let http: HttpHarness
beforeAll(async () => {
  http = await openHttp()
})
afterAll(() => http.close())

const parameter = z.looseObject({
  name: z.string(),
  in: z.enum(['path', 'query']),
  required: z.boolean(),
})
const operation = z.object({
  summary: z.string().min(5),
  security: z.array(z.unknown()),
  parameters: z.array(parameter),
  requestBody: z.object({ content: z.record(z.string(), z.unknown()) }).optional(),
  responses: z.record(z.string(), z.object({ description: z.string().min(3) })),
})
const document = z.object({
  openapi: z.literal('3.1.0'),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.object({ schemas: z.record(z.string(), z.unknown()) }),
})

async function read() {
  const { body } = await http.send({ method: 'get', path: '/openapi.json' })
  return document.parse(body)
}

describe('the description', () => {
  it('has every route and nothing else', async () => {
    const { paths } = await read()
    const described = Object.entries(paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    )
    const mounted = routes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
    expect(described.sort()).toEqual(mounted.sort())
  })

  it('names each parameter of an address', async () => {
    const { paths } = await read()
    for (const [path, methods] of Object.entries(paths)) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      for (const own of Object.values(methods)) {
        const inPath = own.parameters.filter((one) => one.in === 'path')
        expect(inPath.map(({ name }) => name).sort()).toEqual(named.sort())
        expect(inPath.every(({ required }) => required)).toBe(true)
      }
    }
  })

  it('says what can be sent, what comes back, and what goes wrong', async () => {
    const { paths } = await read()
    const annotations = paths['/v1/projects/{project}/annotations']?.['post']
    const content = annotations?.requestBody?.content['application/json']
    expect(JSON.stringify(content)).toContain('"classId"')
    expect(Object.keys(annotations?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '401', '403', '404', '413', '415', '422', '429']),
    )
    const tasks = paths['/v1/projects/{project}/tasks']?.['get']
    const limit = tasks?.parameters.find(({ name }) => name === 'limit')
    expect(limit).toMatchObject({ required: false, schema: { minimum: 1, maximum: 1000 } })
  })

  it('is open to everybody, and says where a token is needed', async () => {
    const { paths } = await read()
    expect(paths['/healthz']?.['get']?.security).toEqual([])
    expect(paths['/v1/projects']?.['get']?.security).toEqual([{ token: [] }, { session: [] }])
  })
})

it('is rendered once', async () => {
  const [own] = openapiRoutes(routes)
  const call: Parameters<Route['prepare']>[0] = JSON.parse('{"params":{},"query":{},"request":{}}')
  const deps: Services = JSON.parse('{"version":"1.0.0"}')
  const ask = async () => (await own?.prepare({ ...call, source: JSON.parse('{}') }))?.(deps)
  const first = await ask()
  const second = await ask()
  const bytesOf = (reply: typeof first) => reply !== undefined && 'bytes' in reply && reply.bytes
  expect(bytesOf(first)).toBeInstanceOf(Buffer)
  expect(bytesOf(second)).toBe(bytesOf(first))
})
