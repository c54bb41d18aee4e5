/** Texts as gzip for those who take it; each kept page is compressed once. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import type { Rendered } from './pages.ts'

const compress = promisify(gzip)
/** Smaller bodies are not worth it. */
const smallBytes = 1024
const compressed = new WeakMap<Rendered, Promise<Uint8Array>>()

export function isText({ headers, body }: Rendered): boolean {
  const media = headers['Content-Type'] ?? ''
  return (
    body.length >= smallBytes && (media.startsWith('application/json') || media.startsWith('text/'))
  )
}

/** What goes over the wire, off this thread; sets the headers that say so. */
export async function encoded(
  page: Rendered,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Uint8Array> {
  response.setHeader('Vary', 'Accept-Encoding')
  if (!takesGzip(request.headers['accept-encoding'])) return page.body
  const known = compressed.get(page) ?? compress(page.body, { level: 6 })
  compressed.set(page, known)
  const body = await known
  response.setHeader('Content-Encoding', 'gzip')
  return body
}

/** As RFC 9110 says: `gzip`, `*`, and neither with `q=0`. */
function takesGzip(accepted: string | string[] | undefined): boolean {
  if (accepted === undefined) return false
  const wishes = String(accepted).toLowerCase().split(',')
  const wish =
    wishes.find((one) => one.trim().startsWith('gzip')) ??
    wishes.find((one) => one.trim().startsWith('*'))
  return wish !== undefined && !/;\s*q=0(\.0*)?\s*$/.test(wish)
}
