/** What protects people from pages that other people made: cookies, origins, hosts. */
import type { IncomingMessage } from 'node:http'
import { Problem } from '@suggestive/shared/problem'

const cookieName = 'suggest_session'
const safeMethods = ['GET', 'HEAD', 'OPTIONS']

/** The session id in the cookie, if any. */
export function sessionOf({ headers }: IncomingMessage): string | undefined {
  const pattern = new RegExp(`(?:^|;\\s*)${cookieName}=([\\w-]{1,100})(?:;|$)`)
  return pattern.exec(headers.cookie ?? '')?.[1]
}

/** `Secure` where the browser came by TLS, also behind a proxy. */
export function sessionCookie(request: IncomingMessage, id: string, seconds: number): string {
  const isSecure = 'encrypted' in request.socket || request.headers['x-forwarded-proto'] === 'https'
  const attributes = `Path=/; HttpOnly; SameSite=Strict; Max-Age=${seconds}`
  return `${cookieName}=${id}; ${attributes}${isSecure ? '; Secure' : ''}`
}

/**
 * Refuses requests that another site's page makes. Upgrades to a WebSocket count as changing something, because
 * browsers let every page open one.
 *
 * @param need `always`: a request that changes something must name its origin
 * @throws Problem `forbidden`
 */
export function requireSameOrigin(request: IncomingMessage, need: 'always' | 'when-present') {
  const { method = 'GET', headers } = request
  const { origin, host, upgrade } = headers
  if (safeMethods.includes(method) && upgrade === undefined) return
  if (origin === undefined && need === 'when-present') return
  if (origin !== undefined && hostOf(origin) === host) return
  throw new Problem(
    'forbidden',
    `The request comes from ${origin ?? 'a page without an origin'}: open the page of the sidecar itself, at http://${host}.`,
  )
}

/**
 * Without tokens only this machine is let in, and only under a name that is its own: a foreign page whose name was
 * pointed at 127.0.0.1 (DNS rebinding) names another host, and a proxy hides who asks.
 *
 * @throws Problem `forbidden`
 */
export function requireLoopback({ headers, socket }: IncomingMessage) {
  const isLocal = /^(127\.|::1$|::ffff:127\.)/.test(socket.remoteAddress ?? '')
  const name = (headers.host ?? '').replace(/:\d+$/, '').toLowerCase()
  const isOwnName = name === 'localhost' || name === '[::1]' || /^127(\.\d{1,3}){3}$/.test(name)
  const isHandedOn = ['forwarded', 'x-forwarded-for', 'x-real-ip'].some((one) => one in headers)
  if (isHandedOn) {
    throw new Problem(
      'forbidden',
      'The request comes through a proxy, and without tokens nobody can tell from whom: configure tokens.',
    )
  }
  if (isLocal && isOwnName) return
  throw new Problem(
    'forbidden',
    isLocal
      ? `The host ${name === '' ? '(none)' : name} is not this machine: use 127.0.0.1 or localhost, or configure tokens.`
      : 'Without tokens only this machine is served: configure a token for everybody else.',
  )
}

function hostOf(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined
}
