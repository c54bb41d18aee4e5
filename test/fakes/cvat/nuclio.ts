/** The server's side of Nuclio: how CVAT lists functions and calls them. */
import { z } from 'zod'
import { Refusal } from './refusal.ts'

export interface NuclioAddress {
  /** Of the dashboard, e.g. `http://127.0.0.1:8070`. */
  readonly address: string
  readonly invoke: 'dashboard' | 'direct'
}

const text = z.string()
const item = z.looseObject({
  metadata: z.looseObject({
    name: z.string().regex(/^[a-zA-Z0-9_.-]+$/),
    annotations: z.looseObject({
      type: text,
      name: text.optional(),
      spec: text.optional(),
      version: text.optional(),
      min_pos_points: text.optional(),
      min_neg_points: text.optional(),
      startswith_box: text.optional(),
      startswith_box_optional: text.optional(),
      help_message: text.optional(),
      animated_gif: text.optional(),
    }),
  }),
  spec: z.looseObject({ description: text }),
  status: z.looseObject({ httpPort: z.int().optional() }),
})

const labels = z.array(
  z.looseObject({
    name: text,
    type: text.default('unknown'),
    attributes: z.array(z.unknown()).default([]),
  }),
)

export interface NuclioFunction {
  readonly name: string
  readonly kind: string
  readonly labels: readonly { readonly name: string; readonly type: string }[]
  readonly httpPort: number | undefined
  /** As `GET /api/lambda/functions` tells it. */
  readonly told: object
}

const kinds = ['detector', 'interactor', 'tracker', 'reid']

const headers = {
  'User-Agent': 'CVAT/2.73.0 python-requests/2.33.1',
  'x-nuclio-project-name': 'cvat',
  'x-nuclio-function-namespace': 'nuclio',
  'x-nuclio-invoke-via': 'domain-name',
  'x-nuclio-invoke-timeout': '120s',
}

/** Functions of a kind that CVAT does not know are left out. @throws Refusal when Nuclio fails */
export async function listFunctions(at: NuclioAddress): Promise<NuclioFunction[]> {
  const told = z.record(z.string(), z.unknown()).parse(await get(`${at.address}/api/functions`))
  return Object.values(told)
    .map(parse)
    .filter(({ kind }) => kinds.includes(kind))
}

/** @throws Refusal 404 when there is none of this name */
export async function oneFunction(at: NuclioAddress, name: string): Promise<NuclioFunction> {
  return parse(await get(`${at.address}/api/functions/${encodeURIComponent(name)}`))
}

/** @throws Refusal with the status of the function when it fails */
export async function invoke(
  at: NuclioAddress,
  { name, httpPort }: NuclioFunction,
  payload: object,
): Promise<unknown> {
  const body = JSON.stringify(payload)
  if (at.invoke === 'dashboard') {
    return call(`${at.address}/api/function_invocations`, {
      method: 'POST',
      body,
      headers: {
        ...headers,
        'Content-Type': 'application/json',
        'x-nuclio-function-name': name,
        'x-nuclio-path': '/',
      },
    })
  }
  const { hostname } = new URL(at.address)
  return call(`http://${hostname}:${httpPort}/`, {
    method: 'POST',
    body,
    headers: { 'User-Agent': headers['User-Agent'], 'Content-Type': 'application/json' },
  })
}

const get = (url: string) => call(url, { headers })

/** Errors are told as a bare sentence. */
async function call(url: string, init: RequestInit): Promise<unknown> {
  let reply: Response
  try {
    reply = await fetch(url, { ...init, signal: AbortSignal.timeout(120_000) })
  } catch (error) {
    throw new Refusal(503, `HTTPConnectionPool: Max retries exceeded with url: ${url} (${error})`)
  }
  if (reply.ok) return reply.json()
  const side = reply.status < 500 ? 'Client' : 'Server'
  throw new Refusal(
    reply.status,
    `${reply.status} ${side} Error: ${reply.statusText} for url: ${url}`,
  )
}

/** @throws Error when a field that CVAT needs is missing */
function parse(content: unknown): NuclioFunction {
  const { metadata, spec, status } = item.parse(content)
  const own = metadata.annotations
  const kind = own.type
  const found = labels.parse(
    JSON.parse(own.spec === undefined || own.spec === '' ? '[]' : own.spec),
  )
  if (new Set(found.map(({ name }) => name)).size !== found.length) {
    throw new Refusal(500, `${metadata.name} lambda function has non-unique labels`)
  }
  const told = {
    id: metadata.name,
    kind,
    labels_v2: found.map(({ name, type, attributes }) => ({ name, type, attributes })),
    description: spec.description,
    name: own.name ?? metadata.name,
    version: Number(own.version ?? 1),
  }
  const clicks = {
    min_pos_points: Number(own.min_pos_points ?? 1),
    min_neg_points: Number(own.min_neg_points ?? -1),
    startswith_box: own.startswith_box === 'true',
    startswith_box_optional: own.startswith_box_optional === 'true',
    help_message: own.help_message ?? '',
    animated_gif: own.animated_gif ?? '',
  }
  return {
    name: metadata.name,
    kind,
    labels: found,
    httpPort: status.httpPort,
    told: kind === 'interactor' ? { ...told, ...clicks } : told,
  }
}
