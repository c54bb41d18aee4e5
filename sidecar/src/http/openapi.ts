/** OpenAPI 3.1, rendered from the same objects that are mounted. */

import { Problem } from '@suggestive/shared/problem'
import { protocolVersion } from '@suggestive/shared/protocol'
import { problemDocument, problemMedia } from '@suggestive/shared/protocol/problem'
import { z } from 'zod'
import { problemsOf } from './frame-problems.ts'
import { jsonMedia, plain, type Reply, type ReplySpec, type Route, route } from './route.ts'

export function openapiRoutes(described: readonly Route[]): Route[] {
  let bytes: Uint8Array | undefined
  const own: Route[] = [
    route({
      ...plain,
      method: 'get',
      path: '/openapi.json',
      summary: 'This description',
      roles: 'anyone',
      replies: [{ status: 200, schema: z.looseObject({}), describes: 'OpenAPI 3.1' }],
      problems: [],
      handler: async (_, { version }): Promise<Reply> => {
        // Rendered once: it takes as long as fifty other requests.
        bytes ??= Buffer.from(JSON.stringify(openapi([...described, ...own], version)))
        return { bytes, media: jsonMedia }
      },
    }),
  ]
  return own
}

function openapi(routes: readonly Route[], version: string) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of routes) {
    const path = one.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [one.method]: operation(one) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Suggestive annotation', version, description: `Protocol ${protocolVersion}` },
    paths,
    components: {
      schemas: { Problem: jsonSchema(problemDocument, 'output') },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer' },
        session: { type: 'apiKey', in: 'cookie', name: 'suggest_session' },
      },
    },
  }
}

function operation(one: Route) {
  const roles = one.roles === 'anyone' ? [] : one.roles
  return {
    summary: one.summary,
    description: roles.length === 0 ? 'No token needed.' : `Roles: ${roles.join(', ')}.`,
    security: roles.length === 0 ? [] : [{ token: [] }, { session: [] }],
    parameters: [...parameters(one.params, 'path'), ...parameters(one.query, 'query')],
    ...(one.body.media === undefined ? {} : { requestBody: requestBody(one) }),
    responses: { ...responses(one.replies), ...problems(one) },
  }
}

function parameters(schema: z.ZodObject, place: 'path' | 'query') {
  const { properties = {}, required = [] } = jsonSchema(schema, 'input')
  return Object.entries(properties).map(([name, own]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: own,
  }))
}

function requestBody({ body }: Route) {
  const { media = '', schema } = body
  const content = schema === undefined ? {} : { schema: jsonSchema(schema, 'input') }
  return { required: true, content: { [media]: content } }
}

function responses(replies: readonly ReplySpec[]) {
  return Object.fromEntries(
    replies.map(({ status, schema, media = 'application/json', describes }) => {
      const body = schema === undefined ? {} : { schema: jsonSchema(schema, 'output') }
      const hasBody = schema !== undefined || media !== 'application/json'
      const content = hasBody ? { content: { [media]: body } } : {}
      return [String(status), { description: describes, ...content }]
    }),
  )
}

function problems(one: Route) {
  const titles = new Map<number, string[]>()
  for (const kind of problemsOf(one)) {
    const { status, title } = new Problem(kind, '')
    titles.set(status, [...(titles.get(status) ?? []), `${kind}: ${title}`])
  }
  const content = { [problemMedia]: { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    [...titles].map(([status, own]) => [status, { description: own.join('; '), content }]),
  )
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output') {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { target: 'draft-2020-12', io })
  return rest
}
