/** Who may do what: tokens with roles, from the configuration or a file of their own. */
import { randomBytes } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { type Role, role } from '@suggestive/shared/protocol/session'
import { z } from 'zod'
import { readJson, requirePrivate } from './file.ts'
import { Secret } from './secret.ts'

export interface Token {
  readonly role: Role
  /** Of the person or the plugin; shown and logged. */
  readonly name: string
  readonly token: Secret
}

const entry = z.strictObject({
  role,
  name: z
    .string()
    .min(1)
    .max(200)
    .regex(/^\P{Cc}*$/u),
  token: z
    .string()
    .min(32)
    .max(500)
    .regex(/^[\x21-\x7e]*$/),
})

const remedies: Readonly<Record<string, string>> = {
  role: `choose ${role.options.join(', ')}`,
  name: 'give the name of a person or a plugin',
  token: 'give at least 32 visible characters; suggest token makes one',
}

/** A new random token, 256 bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** @param origin where the list stands, for the sentence about a wrong entry */
export function tokensOf(list: readonly unknown[], origin: string): Token[] {
  const tokens = list.map((item, position) => {
    const parsed = entry.safeParse(item)
    if (parsed.success) return { ...parsed.data, token: new Secret(parsed.data.token) }
    const [issue] = parsed.error.issues
    const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
    const field = issue?.path[0] === undefined ? undefined : String(issue.path[0])
    const wrong =
      unknown !== undefined
        ? `has the unknown key ${unknown}: remove it`
        : field !== undefined
          ? `has no valid ${field}: ${remedies[field]}`
          : 'is no object: give role, name and token'
    throw new Problem('wrong-use', `Token ${position + 1} in ${origin} ${wrong}.`)
  })
  requireDifferent(tokens, origin)
  return tokens
}

function requireDifferent(tokens: readonly Token[], origin: string): void {
  for (const [position, { name, token }] of tokens.entries()) {
    const earlier = tokens.slice(0, position)
    if (earlier.some((other) => token.isEqual(other.token.reveal())))
      throw new Problem(
        'wrong-use',
        `Token ${position + 1} in ${origin} is there twice: give everybody a token of their own, suggest token makes one.`,
      )
    if (earlier.some((other) => other.name === name))
      throw new Problem(
        'wrong-use',
        `Token ${position + 1} in ${origin} has the name of another one: give different names.`,
      )
  }
}

/** The tokens of a file that only its owner can read: a JSON list. @returns undefined when there is no such file */
export async function readTokens(path: string): Promise<Token[] | undefined> {
  const content = await readJson(path)
  if (content === undefined) return undefined
  await requirePrivate(path)
  if (!Array.isArray(content))
    throw new Problem(
      'wrong-use',
      `${path} is no list of tokens: give [{"role": "owner", "name": ..., "token": ...}].`,
    )
  return tokensOf(content, path)
}
