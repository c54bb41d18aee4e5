/** Bodies of requests: what they are, and how they are read within a limit. */
import type { Hash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { parseJson } from '@suggestive/shared/json'
import { Problem } from '@suggestive/shared/problem'
import { checked } from '@suggestive/shared/schema'
import type { z } from 'zod'

/** Bytes of one request at most. */
export interface Limits {
  /** Small JSON bodies. */
  readonly json: number
  readonly tasks: number
  readonly labels: number
  /** One image. */
  readonly image: number
}

export const usualLimits: Limits = {
  json: 2 ** 20,
  tasks: 16 * 2 ** 20,
  labels: 64 * 2 ** 20,
  image: 256 * 2 ** 20,
}

export interface BodySource {
  readonly request: IncomingMessage
  readonly limits: Limits
  /** Takes every byte that is read, to tell requests apart. */
  readonly hash: Hash | undefined
}

export interface BodySpec<Body> {
  /** Absent when there is no body. */
  readonly media?: string
  /** Of JSON bodies. */
  readonly schema?: z.ZodType
  read(source: BodySource): Promise<Body>
  /** Bytes that are kept until the request is answered; 0 or absent for what is small, or never kept. */
  readonly keeps?: (request: IncomingMessage, limits: Limits) => number
}

/** Bodies up to this size are let in whatever else is kept. */
const smallBytes = 2 ** 18
/** Of bodies that are kept at a time. */
export const mostKeptBytes = 128 * 2 ** 20

/** What somebody sends nevertheless is not read. */
export const noBody: BodySpec<undefined> = { read: async () => undefined }

/** A small JSON body, parsed here. */
export function json<Schema extends z.ZodType>(schema: Schema): BodySpec<z.output<Schema>> {
  return {
    media: 'application/json',
    schema,
    async read(source) {
      expectMedia(source.request, 'application/json')
      const bytes = await collect(source, source.limits.json)
      return checked(schema, parseJson(Buffer.from(bytes).toString('utf8'), 'The body'), 'The body')
    },
  }
}

/** A JSON body that may be large: its bytes, for the intake to parse. */
export function bulk(schema: z.ZodType, limit: 'tasks' | 'labels'): BodySpec<Uint8Array> {
  return {
    media: 'application/json',
    schema,
    async read(source) {
      expectMedia(source.request, 'application/json')
      return collect(source, source.limits[limit])
    },
    keeps({ headers }, limits) {
      const announced = Number(headers['content-length'] ?? limits[limit])
      return announced > smallBytes ? Math.min(announced, limits[limit]) : 0
    },
  }
}

/** Bytes that the handler reads itself; other types that match `also` are welcome, too. */
export function stream(media: string, also?: RegExp): BodySpec<IncomingMessage> {
  return {
    media,
    async read({ request }) {
      expectMedia(request, media, also)
      return request
    },
  }
}

/** @throws Problem `too-large` before more than `limit` bytes are kept */
async function collect({ request, hash }: BodySource, limit: number): Promise<Uint8Array> {
  const announced = Number(request.headers['content-length'])
  if (announced > limit) throw tooLarge(limit)
  // Of the announced size at once: joining 64 MB afterwards would stop everybody else for a moment.
  let bytes = new Uint8Array(Number.isNaN(announced) ? 2 ** 16 : announced)
  let length = 0
  for await (const chunk of chunksOf(request)) {
    if (length + chunk.length > limit) throw tooLarge(limit)
    if (length + chunk.length > bytes.length) {
      const larger = new Uint8Array(Math.min(limit, 2 * (length + chunk.length)))
      larger.set(bytes.subarray(0, length))
      bytes = larger
    }
    bytes.set(chunk, length)
    hash?.update(chunk)
    length += chunk.length
  }
  return bytes.subarray(0, length)
}

/** What arrives, piece by piece. Whoever stops early leaves the connection open, so that an answer can be sent. */
export async function* chunksOf(source: Readable): AsyncGenerator<Uint8Array> {
  for await (const chunk of source.iterator({ destroyOnReturn: false })) {
    if (chunk instanceof Uint8Array) yield chunk
  }
}

function tooLarge(limit: number): Problem {
  return new Problem(
    'too-large',
    `The body is larger than the ${limit} bytes that are possible here: send it in several requests.`,
  )
}

function expectMedia({ headers }: IncomingMessage, expected: string, also?: RegExp) {
  const encoding = headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity') {
    throw new Problem(
      'wrong-media-type',
      `The body is encoded as ${encoding}: send it without Content-Encoding.`,
    )
  }
  const [first = ''] = (headers['content-type'] ?? '').split(';')
  const media = first.trim().toLowerCase()
  if (media === expected || also?.test(media)) return
  throw new Problem(
    'wrong-media-type',
    `The Content-Type is ${media === '' ? 'missing' : media}: send ${expected}.`,
  )
}
