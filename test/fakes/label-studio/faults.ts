/** What a test can let go wrong with a request. */
import type { NextFunction, Request, Response } from 'express'

export type Fault =
  /** Refused before anything was done. */
  | {
      readonly kind: 'status'
      readonly status: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string
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

export interface Asked {
  readonly method: string
  readonly path: string
  /** Number of the request, from 1. */
  readonly number: number
}

export function injectFault(fault: Fault, _: Request, response: Response, next: NextFunction) {
  switch (fault.kind) {
    case 'status':
      response
        .set(fault.headers ?? {})
        .status(fault.status)
        .send(fault.body ?? '')
      return
    case 'reset':
      response.socket?.destroy()
      return
    case 'hang':
      return
    case 'lost':
    case 'gave-up':
    case 'half':
      replaceReply(fault.kind, response)
      next()
      return
    default:
      fault satisfies never
  }
}

function replaceReply(kind: 'lost' | 'gave-up' | 'half', response: Response) {
  const end = response.end.bind(response)
  response.end = (...content: unknown[]): Response => {
    response.end = end
    if (kind === 'lost') response.socket?.destroy()
    else if (kind === 'gave-up') {
      response.status(504).set({ 'Content-Type': 'text/html' }).removeHeader('Content-Length')
      end('<html>504 Gateway Time-out</html>')
    } else {
      const [body] = content
      const text =
        typeof body === 'string' || Buffer.isBuffer(body) ? Buffer.from(body) : Buffer.alloc(0)
      response.set('Content-Length', String(text.length + 10))
      response.write(text.subarray(0, text.length / 2))
      response.socket?.end()
    }
    return response
  }
}
