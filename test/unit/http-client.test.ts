import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { createHttp, type HttpOptions, NoAnswer } from '@suggestive/shared/http'
import { redact } from '@suggestive/shared/redact'
import { problemOf } from '../support/problems.ts'

type Handler = (request: IncomingMessage, response: ServerResponse) => void

const never = new AbortController().signal
const get = { method: 'GET', path: 'a' } as const
const post = { method: 'POST', path: 'a', body: { b: 1 } } as const

let handler: Handler
let servers: Server[] = []
let pauses: number[] = []
/** Method, address and credentials of every request. */
let seen: string[] = []

async function listen(answer: Handler): Promise<string> {
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`)
    answer(request, response)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const at = server.address()
  return typeof at === 'object' ? `http://127.0.0.1:${at?.port}` : ''
}

let address = ''
beforeEach(async () => {
  pauses = []
  seen = []
  handler = (_, response) => response.end('{}')
  address = await listen((request, response) => handler(request, response))
})
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  servers = []
})

const open = (options: Partial<HttpOptions> = {}) =>
  createHttp({
    name: 'The tool',
    address,
    timeoutMs: 2000,
    pause: async (ms) => {
      pauses.push(ms)
    },
    ...options,
  })

/** Answers in turn, the last one for ever. */
function inTurn(...answers: Handler[]) {
  let next = 0
  handler = (request, response) => {
    const answer = answers[Math.min(next, answers.length - 1)]
    next += 1
    answer?.(request, response)
  }
}

const status =
  (code: number, headers: Record<string, string> = {}): Handler =>
  (_, response) => {
    response.writeHead(code, headers).end('text')
  }

const reset: Handler = (request) => request.socket.destroy()

describe('the HTTP client', () => {
  it('repeats reading after faults that pass, with growing pauses', async () => {
    inTurn(status(503), status(500), reset, status(200))
    const reply = await open().send(get, never)
    expect(reply.status).toBe(200)
    expect(pauses.length).toBe(3)
    for (const [i, most] of [250, 500, 1000].entries()) {
      expect(pauses[i]).toBeGreaterThanOrEqual(most / 2)
      expect(pauses[i]).toBeLessThanOrEqual(most)
    }
  })

  it('sends bytes as they are, from whatever view of them', async () => {
    let came = Buffer.alloc(0)
    handler = async (request, response) => {
      const parts: Buffer[] = []
      for await (const part of request) parts.push(part)
      came = Buffer.concat(parts)
      response.end('{}')
    }
    const body = new Uint8Array([1, 2, 3, 4, 5]).subarray(1, 4)
    expect((await open().send({ ...post, method: 'PUT', body }, never)).status).toBe(200)
    expect([...came]).toEqual([2, 3, 4])
  })

  it('gives the last refusal back when it stays', async () => {
    inTurn(status(502))
    expect((await open({ attempts: 3 }).send(get, never)).status).toBe(502)
    expect(seen.length).toBe(3)
  })

  it.each(['POST', 'PATCH'] as const)(
    'never repeats a %s, unless the caller says that it may',
    async (method) => {
      inTurn(status(503), status(200))
      const request = { ...post, method }
      expect((await open().send(request, never)).status).toBe(503)
      inTurn(status(503), status(200))
      expect((await open().send({ ...request, isRepeatable: true }, never)).status).toBe(200)
      expect(seen.length).toBe(3)
    },
  )

  it('does not repeat what was refused for good', async () => {
    for (const code of [400, 401, 403, 404, 409, 413]) {
      inTurn(status(code))
      expect((await open().send(get, never)).status).toBe(code)
    }
    expect(seen.length).toBe(6)
    expect(pauses).toEqual([])
  })

  it('waits as long as the tool asks, in seconds or until a date, but not for minutes', async () => {
    inTurn(status(429, { 'Retry-After': '7' }), status(200))
    await open().send(get, never)
    expect(pauses).toEqual([7000])
    const date = new Date(Date.now() + 20_000).toUTCString()
    inTurn(status(429, { 'Retry-After': date }), status(200))
    await open().send(get, never)
    expect(pauses[1]).toBeGreaterThan(15_000)
    inTurn(status(429, { 'Retry-After': '3600' }))
    expect((await open().send(get, never)).status).toBe(429)
    expect(pauses.length).toBe(2)
  })

  it('calls it no answer when the connection breaks, half of a body came, or time is up', async () => {
    const half: Handler = (request, response) => {
      response.writeHead(200, { 'Content-Length': '100' }).write('half')
      setTimeout(() => request.socket.destroy(), 20)
    }
    for (const [answer, why] of [
      [reset, /hang up|reset/],
      [half, /aborted|reset/],
      [() => undefined, /within 0 s/],
    ] as const) {
      inTurn(answer)
      const http = open({ attempts: 1, timeoutMs: 300 })
      const error: unknown = await http.send(post, never).catch((one: unknown) => one)
      expect(error).toBeInstanceOf(NoAnswer)
      expect(error instanceof Error && error.message).toMatch(why)
      expect(error instanceof Error && error.message).toContain(`POST ${address}/a`)
    }
  })

  it('says where nobody listens', async () => {
    const http = open({ address: 'http://127.0.0.1:1', attempts: 1 })
    expect(await problemOf('tool-failed', () => http.send(get, never))).toContain('ECONNREFUSED')
  })

  it('stops at once, also while it waits', async () => {
    const stop = new AbortController()
    handler = () => stop.abort()
    await problemOf('cancelled', () => open().send(get, stop.signal))
    const later = new AbortController()
    inTurn(status(503))
    const http = open({
      pause: async () => {
        later.abort()
        throw later.signal.reason
      },
    })
    await problemOf('cancelled', () => http.send(get, later.signal))
    expect(seen.length).toBe(2)
  })

  it('takes no more bytes than it should, also of a compressed or endless reply', async () => {
    handler = (_, response) => {
      response.writeHead(200)
      const more = () => {
        if (!response.destroyed) response.write(Buffer.alloc(65_536), () => setImmediate(more))
      }
      more()
    }
    expect(
      await problemOf('too-large', () => open().send({ ...get, mostBytes: 1e6 }, never)),
    ).toContain('1000000')
  })

  it('keeps the prefix of the address, and sends bytes as they are', async () => {
    const bodies: string[] = []
    handler = (request, response) => {
      request.setEncoding('utf8').on('data', (part: string) => bodies.push(part))
      request.on('end', () => response.end('{"x":1}'))
    }
    const http = open({ address: `${address}/prefix/` })
    await http.send({ ...get, query: { a: 'b c', none: undefined } }, never)
    await http.send({ ...post, body: Buffer.from('[1, 2]') }, never)
    expect(seen).toEqual(['GET /prefix/a?a=b+c -', 'POST /prefix/a -'])
    expect(bodies).toEqual(['[1, 2]'])
  })

  it('refuses addresses that are none, or carry a password', async () => {
    for (const wrong of ['', 'label-studio:8080', 'ftp://a', 'http://me:pass-word@host']) {
      const sentence = await problemOf('wrong-use', () => open({ address: wrong }))
      expect(sentence).not.toContain('pass-word')
    }
  })
})

describe('credentials', () => {
  const authorization = 'Bearer top-secret-0123'

  it('go to the configured origin only, also behind redirects', async () => {
    const other = await listen((_, response) => response.end('bytes'))
    handler = (request, response) => {
      const target = request.url === '/a' ? '/b' : `${other}/c`
      response.writeHead(302, { Location: target }).end()
    }
    const http = open({ otherOrigins: [other] })
    const reply = await http.send({ ...get, authorization }, never)
    expect(Buffer.from(reply.bytes).toString()).toBe('bytes')
    expect(seen).toEqual([`GET /a ${authorization}`, `GET /b ${authorization}`, 'GET /c -'])
    await http.send({ ...get, path: `${other}/d`, authorization }, never)
    expect(seen.at(-1)).toBe('GET /d -')
  })

  it('and anything else never go to an origin that is not configured', async () => {
    const other = await listen((_, response) => response.end('bytes'))
    handler = (_, response) => response.writeHead(302, { Location: `${other}/c?token=abc` }).end()
    const sentence = await problemOf('forbidden', () =>
      open().send({ ...get, authorization }, never),
    )
    expect(sentence).toContain(other)
    await problemOf('forbidden', () => open().send({ ...get, path: `${other}/d` }, never))
    expect(seen).toEqual([`GET /a ${authorization}`])
  })

  it('are never sent again by a redirected write', async () => {
    handler = (_, response) => response.writeHead(307, { Location: '/b' }).end()
    await problemOf('wrong-use', () => open().send({ ...post, authorization }, never))
    expect(seen.length).toBe(1)
  })

  it('end redirects in a circle', async () => {
    handler = (_, response) => response.writeHead(302, { Location: '/a' }).end()
    await problemOf('tool-failed', () => open().send({ ...get, authorization }, never))
    expect(seen.length).toBe(6)
  })

  it('stand in no message and no cause', async () => {
    const errors: unknown[] = []
    const keep = (error: unknown) => errors.push(error)
    const secrets = () => ['top-secret-0123']
    const request = { ...get, authorization, query: { token: 'top-secret-0123' } }
    for (const answer of [reset, () => undefined] as const) {
      inTurn(answer)
      await open({ attempts: 1, timeoutMs: 200, secrets }).send(request, never).catch(keep)
    }
    const gone = open({ address: 'http://127.0.0.1:1', attempts: 1, secrets })
    await gone.send(request, never).catch(keep)
    handler = status(302, { Location: 'http://top-secret-0123.example.com/' })
    await open({ secrets }).send(request, never).catch(keep)
    expect(errors.length).toBe(4)
    for (const error of errors) {
      expect(error instanceof Error && `${error.stack} ${String(error.cause)}`).not.toContain(
        'top-secret',
      )
      expect(JSON.stringify(error)).not.toContain('top-secret')
    }
  })
})

describe('redaction', () => {
  it.each([
    ['Authorization: Bearer abcdefgh12345', 'Authorization: Bearer [secret]'],
    ['Token 0123456789abcdef', 'Token [secret]'],
    ['at eyJhbGciOi.eyJ0b2tlbl9.sig-na_ture now', 'at [secret] now'],
    ['https://me:word@host/x', 'https://[secret]@host/x'],
    ['https://s3/x?X-Amz-Signature=0f0f&size=1', 'https://s3/x?X-Amz-Signature=[secret]&size=1'],
    ['a long-own-secret b', 'a [secret] b'],
  ])('of "%s"', (text, clean) => {
    expect(redact(text, ['own-secret', 'long-own-secret'])).toBe(clean)
  })
})
