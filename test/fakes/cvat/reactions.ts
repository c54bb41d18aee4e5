/** What a test can let happen around a request. */
import type { NextFunction, Response } from 'express'

/** A request as it came in. */
export interface Asked {
  readonly method: string
  /** Without the query, e.g. `/api/jobs/5`. */
  readonly path: string
  /** The query with its `?`, or nothing. */
  readonly search: string
  /** Number of the request, from 1. */
  readonly number: number
  /** Name of the user, once known: nobody's requests have none. */
  user: string | undefined
  /** Content of a JSON request, once read. */
  body: unknown
}

export type Fault =
  /** Refused before anything was done. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      /** Sent as JSON if it is not text. */
      readonly body?: unknown
    }
  /** The connection breaks before anything was done. */
  | { readonly kind: 'reset' }
  /** Carried out, and the connection breaks before the reply. */
  | { readonly kind: 'lost' }
  /** Carried out, but a server in front gave up: 504. */
  | { readonly kind: 'gave-up' }
  /** Carried out, half of the reply. */
  | { readonly kind: 'half' }
  /** No reply. */
  | { readonly kind: 'hang' }

export interface Reaction {
  /** Runs, and is waited for, before the request is carried out. */
  readonly before?: () => void | Promise<void>
  /** Runs, and is waited for, after the request was carried out and before it is answered. */
  readonly after?: () => void | Promise<void>
  readonly fault?: Fault
}

/** Undefined: the request goes its way. */
export type OnRequest = (asked: Asked) => Reaction | undefined

export async function react(
  { before, after, fault }: Reaction,
  response: Response,
  next: NextFunction,
): Promise<void> {
  await before?.()
  switch (fault?.kind) {
    case 'status': {
      const { status, headers = {}, body = '' } = fault
      response.set(headers).status(status)
      if (typeof body === 'string') response.send(body)
      else response.json(body)
      return
    }
    case 'reset':
      response.socket?.destroy()
      return
    case 'hang':
      return
    case 'lost':
    case 'gave-up':
    case 'half':
    case undefined:
      holdReply(response, fault?.kind, after)
      next()
      return
    default:
      fault satisfies never
  }
}

function holdReply(
  response: Response,
  kind: 'lost' | 'gave-up' | 'half' | undefined,
  after: Reaction['after'],
): void {
  const end = response.end.bind(response)
  response.end = (...content: unknown[]): Response => {
    response.end = end
    const [body] = content
    const bytes =
      typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.alloc(0)
    const finish = () => {
      if (kind === undefined) end(bytes)
      else if (kind === 'lost') response.socket?.destroy()
      else if (kind === 'gave-up') {
        response.status(504).set({ 'Content-Type': 'text/html' }).removeHeader('Content-Length')
        end('<html>504 Gateway Time-out</html>')
      } else {
        response.set('Content-Length', String(bytes.length + 10))
        response.write(bytes.subarray(0, bytes.length / 2))
        response.socket?.end()
      }
    }
    void Promise.resolve(after?.()).then(finish, () => response.socket?.destroy())
    return response
  }
}
