/** Tokens: legacy ones, and personal ones with access tokens of five minutes. */
import { createHmac } from 'node:crypto'
import { Refusal } from './refusal.ts'
import type { FakeState, FakeUser } from './state.ts'

const accessSeconds = 300

export function refreshToken(user: number): string {
  return signed({ token_type: 'refresh', exp: 8_102_716_754, iat: 1_795_516_754, user_id: user })
}

export function accessToken(state: FakeState, refresh: string): string {
  const user = state.users.find((one) => one.refreshToken === refresh)
  if (user === undefined) throw new Refusal(401, 'Token is invalid')
  const iat = Math.floor(state.now() / 1000)
  // Ids of tokens differ, so that two of one second do, too.
  const jti = state.stamp()
  return signed({ token_type: 'access', exp: iat + accessSeconds, iat, jti, user_id: user.id })
}

/** @throws Refusal 401 in the server's words */
export function userOf(state: FakeState, header: string | undefined): FakeUser {
  const [kind = '', token = ''] = (header ?? '').split(' ')
  if (kind === 'Token') {
    const user = state.users.find(({ legacyToken }) => legacyToken === token)
    if (user === undefined) throw new Refusal(401, 'Invalid token.')
    if (state.areLegacyTokensOn) return user
    throw new Refusal(
      401,
      'Authentication token no longer valid: legacy token authentication has been disabled for this organization',
    )
  }
  const claims = kind === 'Bearer' ? claimsOf(token) : undefined
  const user =
    claims?.token_type === 'access' && claims.exp * 1000 > state.now()
      ? state.users.find(({ id }) => id === claims.user_id)
      : undefined
  if (user === undefined) throw new Refusal(401, 'Authentication credentials were not provided.')
  return user
}

interface Claims {
  readonly token_type: string
  readonly exp: number
  readonly user_id: number
}

const part = (value: object | string) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

function signed(claims: object): string {
  const text = `${part({ alg: 'HS256', typ: 'JWT' })}.${part(claims)}`
  return `${text}.${createHmac('sha256', 'fake').update(text).digest('base64url')}`
}

function claimsOf(token: string): Claims | undefined {
  const [head = '', body = '', signature = ''] = token.split('.')
  const expected = createHmac('sha256', 'fake').update(`${head}.${body}`).digest('base64url')
  if (signature !== expected) return undefined
  const claims: Claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))
  return claims
}
