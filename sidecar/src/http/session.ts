/** Sessions of people in a browser. */
import { newSession, type SessionView, session } from '@suggestive/shared/protocol/session'
import type { Principal } from './access.ts'
import { json } from './body.ts'
import { sessionCookie } from './browser.ts'
import { everybody, plain, route } from './route.ts'

const path = '/v1/session'
const schema = { schema: session, describes: 'Who is signed in' }

export const sessionRoutes = [
  route({
    ...plain,
    method: 'get',
    path,
    summary: 'Who is signed in',
    roles: everybody,
    replies: [{ status: 200, ...schema }],
    problems: [],
    handler: async ({ principal }) => ({ json: principal && viewOf(principal) }),
  }),
  route({
    ...plain,
    method: 'post',
    path,
    summary: 'Sign in with a token; the reply sets a cookie',
    roles: 'anyone',
    body: json(newSession),
    replies: [{ status: 201, ...schema }],
    problems: ['unauthorised', 'forbidden', 'too-many-requests'],
    handler: async ({ request, body }, { access, clock }) => {
      const { id, principal } = access.signIn(request, body.token)
      const seconds = Math.floor(((principal.expiresAt ?? 0) - clock.now()) / 1000)
      const headers = { 'Set-Cookie': sessionCookie(request, id, seconds) }
      return { status: 201, headers, json: viewOf(principal) }
    },
  }),
  route({
    ...plain,
    method: 'delete',
    path,
    summary: 'Sign out',
    roles: everybody,
    replies: [{ status: 204, describes: 'Nobody is signed in any more' }],
    problems: [],
    handler: async ({ request }, { access }) => {
      access.signOut(request)
      return { status: 204, headers: { 'Set-Cookie': sessionCookie(request, '', 0) }, empty: true }
    },
  }),
]

function viewOf({ role, name, expiresAt }: Principal): SessionView {
  return { role, name, expiresAt: expiresAt === null ? null : new Date(expiresAt).toISOString() }
}
