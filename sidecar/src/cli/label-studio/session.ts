/** What a person does in Label Studio with a browser: signing in, and requests that the page makes. */
import { Problem } from '@suggestive/shared/problem'
import { z } from 'zod'
import type { Account } from './server.ts'

export interface Session {
  readonly address: string
  /** The checked body of a good reply. @throws Problem `tool-failed` with what Label Studio says */
  ask<Schema extends z.ZodType>(
    schema: Schema,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<z.output<Schema>>
  /** Any reply. */
  send(method: string, path: string, body?: unknown): Promise<{ status: number; text: string }>
  /** Of the browser that is signed in. */
  cookies(): ReadonlyMap<string, string>
}

export async function signIn(address: string, account: Account): Promise<Session> {
  const session = openSession(address)
  await submitForm(session, '/user/login/', account)
  return session
}

/** A new user of the organisation. @param inviter somebody who is in it */
export async function signUp(inviter: Session, account: Account): Promise<Session> {
  const { invite_url: link } = await inviter.ask(
    z.looseObject({ invite_url: z.string() }),
    'GET',
    '/api/invite',
  )
  const { pathname, search } = new URL(link, inviter.address)
  const session = openSession(inviter.address)
  await submitForm(session, pathname + search, { ...account, allow_newsletters: 'false' })
  return session
}

/** Shown once only, so that one that is there already is revoked. */
export async function newPersonalToken(session: Session): Promise<string> {
  const token = z.looseObject({ token: z.string() })
  const present = await session.ask(z.array(token), 'GET', '/api/token/')
  for (const { token: refresh } of present) {
    await session.send('POST', '/api/token/blacklist/', { refresh })
  }
  return (await session.ask(token, 'POST', '/api/token/', {})).token
}

function openSession(address: string): Session {
  const cookies = new Map<string, string>()

  async function send(method: string, path: string, body?: unknown) {
    const isForm = body instanceof FormData || body instanceof URLSearchParams
    const reply = await fetch(new URL(path, address), {
      method,
      redirect: 'manual',
      headers: {
        Cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
        Referer: address,
        'X-CSRFToken': cookies.get('csrftoken') ?? '',
        ...(body === undefined || isForm ? {} : { 'Content-Type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: isForm ? body : JSON.stringify(body) }),
    })
    for (const line of reply.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    return { status: reply.status, text: await reply.text() }
  }

  return {
    address,
    cookies: () => cookies,
    send,
    async ask(schema, method, path, body) {
      const { status, text } = await send(method, path, body)
      if (status < 200 || status > 299) {
        const said = text.slice(0, 300)
        throw new Problem(
          'tool-failed',
          `Label Studio answers ${method} ${path}: ${status} ${said}`,
        )
      }
      return schema.parse(text === '' ? null : JSON.parse(text))
    },
  }
}

/** A form of Django: it answers with a redirection when all is well. */
async function submitForm(session: Session, path: string, fields: object): Promise<void> {
  await session.send('GET', path)
  const csrfmiddlewaretoken = session.cookies().get('csrftoken') ?? ''
  const form = new URLSearchParams({ ...fields, csrfmiddlewaretoken })
  const { status } = await session.send('POST', path, form)
  if (status === 302) return
  throw new Problem(
    'tool-failed',
    `Label Studio does not let anybody in at ${session.address}${path} (status ${status}): the password was changed, or the account is another one.`,
  )
}
