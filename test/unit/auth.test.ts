import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from '@jest/globals'
import { createAttempts } from '@suggestive/shared/attempts'
import { createAccess } from '@suggestive/sidecar/http/access'
import { tokenOf, tokens } from '../support/http.ts'
import { problemOf } from '../support/problems.ts'

interface Asked {
  readonly method?: string
  readonly address?: string
  readonly headers?: Readonly<Record<string, string>>
}

function ask({ method = 'GET', address = '127.0.0.1', headers = {} }: Asked): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  const request = new IncomingMessage(socket)
  request.method = method
  Object.assign(request.headers, { host: '127.0.0.1:8470', ...headers })
  return request
}

const bearer = (token: string, more: Asked = {}) =>
  ask({ ...more, headers: { ...more.headers, authorization: `Bearer ${token}` } })

function open(given: Parameters<typeof createAccess>[0]['tokens'] = tokens) {
  const clock = { time: 1_000_000, now: () => clock.time }
  return { clock, access: createAccess({ tokens: given, clock, sessionMs: 60_000, attempts: 3 }) }
}

describe('without tokens', () => {
  const { access } = open([])

  it.each(['127.0.0.1:8470', 'localhost', 'LOCALHOST:1', '[::1]:8470', '127.8.0.1'])(
    'everybody on this machine is owner, at %s',
    (host) => {
      expect(access.identify(ask({ headers: { host } }))?.role).toBe('owner')
    },
  )

  it.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', ''])(
    'the host %j is refused',
    async (host) => {
      await problemOf('forbidden', () => access.identify(ask({ headers: { host } })))
      await problemOf('forbidden', () => access.signIn(ask({ headers: { host } }), 'x'))
    },
  )

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP'])(
    'what a proxy hands on with %s is refused',
    async (name) => {
      const headers = { [name.toLowerCase()]: '127.0.0.1' }
      const sentence = await problemOf('forbidden', () => access.identify(ask({ headers })))
      expect(sentence).toContain('proxy')
      await problemOf('forbidden', () => access.signIn(ask({ headers }), 'x'))
    },
  )

  it('other machines are refused', async () => {
    const sentence = await problemOf('forbidden', () =>
      access.identify(ask({ address: '192.168.1.7' })),
    )
    expect(sentence).toContain('configure a token')
    await problemOf('forbidden', () => access.identify(bearer('x', { address: '192.168.1.7' })))
  })

  it('pages of others cannot change anything', async () => {
    const headers = { origin: 'http://evil.example' }
    await problemOf('forbidden', () => access.identify(ask({ method: 'POST', headers })))
    const same = { origin: 'http://127.0.0.1:8470' }
    expect(access.identify(ask({ method: 'POST', headers: same }))?.role).toBe('owner')
    expect(access.identify(ask({ method: 'GET', headers }))?.role).toBe('owner')
  })
})

describe('with tokens', () => {
  it('knows who holds which', async () => {
    const { access } = open()
    for (const { role, name, token } of tokens) {
      expect(access.identify(bearer(token))).toEqual({ role, name, expiresAt: null })
    }
    expect(access.identify(ask({}))).toBeUndefined()
    const sentence = await problemOf('unauthorised', () => access.identify(bearer('wrong-token')))
    expect(sentence).not.toContain('wrong-token')
    await problemOf('unauthorised', () =>
      access.identify(ask({ headers: { authorization: 'Basic abc' } })),
    )
  })

  it('admits the roles that are named', async () => {
    const { access } = open()
    expect(access.admit(bearer(tokenOf('viewer')), ['owner', 'viewer']).role).toBe('viewer')
    const sentence = await problemOf('forbidden', () =>
      access.admit(bearer(tokenOf('viewer')), ['owner']),
    )
    expect(sentence).toContain('viewer')
    await problemOf('unauthorised', () => access.admit(ask({}), ['owner']))
  })

  it('stops an address that tries tokens, for a minute', async () => {
    const { access, clock } = open()
    const address = '10.0.0.9'
    for (let i = 0; i < 3; i++) {
      await problemOf('unauthorised', () => access.identify(bearer(`wrong${i}`, { address })))
    }
    await problemOf('too-many-requests', () => access.identify(bearer('wrong', { address })))
    // Else the right one would be found by trying.
    const right = bearer(tokenOf('owner'), { address })
    await problemOf('too-many-requests', () => access.identify(right))
    expect(access.identify(bearer(tokenOf('owner'), { address: '10.0.0.8' }))?.role).toBe('owner')
    clock.time += 60_000
    expect(access.identify(right)?.role).toBe('owner')
  })

  it('does not lock out who was known at that address before', async () => {
    const { access } = open()
    access.identify(bearer(tokenOf('service')))
    for (let i = 0; i < 3; i++) {
      await problemOf('unauthorised', () => access.identify(bearer('wrong')))
    }
    expect(access.identify(bearer(tokenOf('service')))?.role).toBe('service')
    await problemOf('too-many-requests', () => access.identify(bearer(tokenOf('owner'))))
  })
})

describe('a session', () => {
  const withCookie = (id: string, more: Asked = {}) =>
    ask({ ...more, headers: { ...more.headers, cookie: `a=b; suggest_session=${id}; c=d` } })

  it('is its holder until it ends', async () => {
    const { access, clock } = open()
    const { id, principal } = access.signIn(ask({ method: 'POST' }), tokenOf('annotator'))
    expect(id).toMatch(/^[\w-]{43}$/)
    expect(principal).toEqual({
      role: 'annotator',
      name: 'the annotator',
      expiresAt: clock.time + 60_000,
    })
    expect(access.identify(withCookie(id))).toEqual(principal)
    clock.time += 60_000
    await problemOf('unauthorised', () => access.identify(withCookie(id)))
  })

  it('ends when its holder signs out', async () => {
    const { access } = open()
    const { id } = access.signIn(ask({ method: 'POST' }), tokenOf('viewer'))
    access.signOut(withCookie(id))
    await problemOf('unauthorised', () => access.identify(withCookie(id)))
  })

  it.each([
    ['no origin', undefined, false],
    ['another site', 'http://evil.example', false],
    ['another port', 'http://127.0.0.1:9999', false],
    ['a page without an origin', 'null', false],
    ['its own page', 'http://127.0.0.1:8470', true],
  ])('changes things only from its own page: %s', async (_, origin, isAllowed) => {
    const { access } = open()
    const { id } = access.signIn(ask({ method: 'POST' }), tokenOf('owner'))
    const headers: Record<string, string> = origin === undefined ? {} : { origin }
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
      const request = withCookie(id, { method, headers })
      if (isAllowed) expect(access.identify(request)?.role).toBe('owner')
      else await problemOf('forbidden', () => access.identify(request))
    }
    expect(access.identify(withCookie(id, { headers }))?.role).toBe('owner')
    const upgrade = withCookie(id, { headers: { ...headers, upgrade: 'websocket' } })
    if (isAllowed) expect(access.identify(upgrade)?.role).toBe('owner')
    else await problemOf('forbidden', () => access.identify(upgrade))
  })

  it('is not opened by a wrong token, and wrong ones count', async () => {
    const { access } = open()
    for (let i = 0; i < 3; i++) {
      await problemOf('unauthorised', () => access.signIn(ask({ method: 'POST' }), 'wrong'))
    }
    await problemOf('too-many-requests', () => access.signIn(ask({ method: 'POST' }), 'wrong'))
  })

  it('is not made up', async () => {
    const { access } = open()
    await problemOf('unauthorised', () => access.identify(withCookie('x'.repeat(43))))
  })
})

describe('attempts', () => {
  it('of very many addresses do not fill the memory', () => {
    const attempts = createAttempts({ now: () => 1 }, 1, 1000)
    for (let i = 0; i < 10_001; i++) attempts.note(`address ${i}`)
    expect(attempts.isBlocked('address 0')).toBe(false)
    expect(attempts.isBlocked('address 1')).toBe(true)
    expect(attempts.isBlocked('address 10000')).toBe(true)
  })
})
