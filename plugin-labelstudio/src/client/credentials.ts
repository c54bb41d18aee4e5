/** The two kinds of token of Label Studio, and the header that each becomes. */
import { parseJson } from '@suggestive/shared/json'
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'

export interface Credentials {
  /** Value of the `Authorization` header. */
  header(signal: AbortSignal): Promise<string>
  /**
   * After a refusal of `header`: another one to try, undefined when there is none. Many at a time renew once.
   */
  renewed(header: string, signal: AbortSignal): Promise<string | undefined>
  /** Everything that no message may contain. */
  secrets(): readonly string[]
}

/** An access token lives for 300 s; it is renewed so long before its end. */
const marginMs = 60_000

/** A personal access token is a JWT, with two dots; anything else is a legacy token. */
export const isPersonalToken = (token: string): boolean => token.split('.').length === 3

/**
 * @param refresh asks for an access token
 * @param now milliseconds
 */
export function createCredentials(
  token: string,
  refresh: (signal: AbortSignal) => Promise<string>,
  now: () => number = Date.now,
): Credentials {
  if (!isPersonalToken(token)) {
    const header = `Token ${token}`
    return {
      header: async () => header,
      renewed: async () => undefined,
      secrets: () => [token],
    }
  }
  let access: { readonly token: string; readonly goodUntil: number } | undefined
  let underWay: Promise<string> | undefined

  async function renew(signal: AbortSignal): Promise<string> {
    const asked = now()
    const fresh = await refresh(signal)
    access = { token: fresh, goodUntil: asked + lifeOf(fresh, asked) - marginMs }
    return `Bearer ${fresh}`
  }
  /** One request for all who wait; it is not theirs to stop, so each stops waiting only. */
  function renewOnce(signal: AbortSignal): Promise<string> {
    underWay ??= renew(AbortSignal.timeout(refreshTimeoutMs)).finally(() => {
      underWay = undefined
    })
    return untilStopped(underWay, signal)
  }

  return {
    async header(signal) {
      if (access !== undefined && now() < access.goodUntil) return `Bearer ${access.token}`
      return renewOnce(signal)
    },
    async renewed(header, signal) {
      if (access !== undefined && header !== `Bearer ${access.token}`) return this.header(signal)
      access = undefined
      return renewOnce(signal)
    },
    secrets: () => (access === undefined ? [token] : [token, access.token]),
  }
}

const refreshTimeoutMs = 60_000

const claims = z.looseObject({ exp: z.number(), iat: z.number().optional() })

/** Milliseconds; by the token's own clock where it tells when it was issued, so that ours may be wrong. */
function lifeOf(token: string, asked: number): number {
  const payload = token.split('.')[1] ?? ''
  const text = Buffer.from(payload, 'base64url').toString('utf8')
  const { exp, iat } = claims.parse(parseJson(text, 'The access token'))
  return exp * 1000 - (iat === undefined ? asked : iat * 1000)
}

/** Stops waiting, not the work. */
function untilStopped<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(new Problem('cancelled', 'The request was stopped.'))
    // First of all, so that a failure that nobody waits for any more is nobody's.
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
    if (signal.aborted) return stop()
    signal.addEventListener('abort', stop, { once: true })
  })
}
