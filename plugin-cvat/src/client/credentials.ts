/** The three ways to sign in to CVAT, and the header that each becomes (contract section 2). */
import type { Credentials } from '../client.ts'

export interface Authorization {
  /** Value of the `Authorization` header that worked last, or is to be tried first. */
  header(): string
  /** After a refusal of `header`: another one to try, undefined when there is none. */
  other(header: string): string | undefined
  /** `header` was accepted. */
  remember(header: string): void
  /** Everything that no message may contain. */
  readonly secrets: readonly string[]
}

export function authorizationFor(credentials: Credentials): Authorization {
  if ('token' in credentials) {
    const { token } = credentials
    const headers = [`Bearer ${token}`, `Token ${token}`] as const
    let good: string = headers[0]
    return {
      header: () => good,
      other: (header) => headers.find((one) => one !== header),
      remember(header) {
        good = header
      },
      secrets: [token],
    }
  }
  const { username, password } = credentials
  const pair = Buffer.from(`${username}:${password}`).toString('base64')
  return {
    header: () => `Basic ${pair}`,
    other: () => undefined,
    remember: () => undefined,
    secrets: [password, pair],
  }
}
