/** Who asks, and what they may see and do. */
import type { IncomingMessage } from 'node:http'
import type { FakeJob, FakeOrganization, FakeProject, FakeTask, FakeUser } from './model.ts'
import { forbidden, Refusal } from './refusal.ts'
import type { FakeState } from './state.ts'

/** Session cookie of a user; the fake's sessions never end. */
export const sessionOf = (user: FakeUser) => `session-${user.token}`

/** @throws Refusal 401 in the server's words, 403 for writing with a token that may only read */
export function userOf(state: FakeState, { headers, method }: IncomingMessage): FakeUser {
  const users = [...state.users.values()]
  const [kind = '', secret = ''] = (headers.authorization ?? '').split(' ')
  if (kind === '') {
    const session = /(?:^|;\s*)sessionid=([^;]+)/.exec(headers.cookie ?? '')?.[1]
    const user = users.find((one) => sessionOf(one) === session)
    if (user !== undefined) return user
    throw new Refusal(401, { detail: 'Authentication credentials were not provided.' })
  }
  const token = kind === 'Bearer' ? state.personalTokens.get(secret) : undefined
  if (token?.isReadOnly === true && method !== 'GET' && method !== 'HEAD') throw forbidden()
  const user = users.find((one) => {
    if (kind === 'Token') return one.token === secret
    if (kind === 'Bearer') return one.personalToken === secret || one.id === token?.user
    return kind === 'Basic' && basic(one) === secret
  })
  if (user !== undefined) return user
  const wrong = kind === 'Basic' ? 'Invalid username/password.' : 'Invalid token.'
  throw new Refusal(401, { detail: wrong })
}

const basic = ({ username, password }: FakeUser) =>
  Buffer.from(`${username}:${password}`).toString('base64')

/** Which organisation's things are meant: null: the personal workspace; undefined: everything. */
export type Context = FakeOrganization | null | undefined

/** @throws Refusal 404 without such an organisation, 403 for others than its members */
export function contextOf(
  state: FakeState,
  user: FakeUser,
  { slug, id }: { readonly slug: string | undefined; readonly id: string | undefined },
): Context {
  if (slug === '' || id === '') return null
  if (slug === undefined && id === undefined) return undefined
  const organization = [...state.organizations.values()].find((one) =>
    slug === undefined ? String(one.id) === id : one.slug === slug,
  )
  if (organization === undefined) {
    throw new Refusal(404, { detail: `${slug ?? id} organization does not exist.` })
  }
  if (!user.isStaff && roleIn(state, user, organization.id) === undefined) throw forbidden()
  return organization
}

export function isWithin(context: Context, one: { readonly organization: number | null }): boolean {
  return context === undefined || one.organization === (context?.id ?? null)
}

export function roleIn(state: FakeState, user: FakeUser, organization: number | null) {
  return state.members.find((one) => one.organization === organization && one.user === user.id)
    ?.role
}

/** Staff, owners and maintainers of the organisation, owner and assignee of the project. */
export function runsProject(state: FakeState, user: FakeUser, project: FakeProject): boolean {
  return rules(state, user, project.organization) || isOwn(user, project)
}

/** Those, and owner and assignee of the task. */
export function runsTask(state: FakeState, user: FakeUser, task: FakeTask): boolean {
  if (rules(state, user, task.organization) || isOwn(user, task)) return true
  return task.project !== null && isOwn(user, state.project(task.project))
}

/** Everybody above, and the assignee of the job, who may do less: see `runsTask`. */
export function seesJob(state: FakeState, user: FakeUser, job: FakeJob): boolean {
  return job.assignee === user.id || runsTask(state, user, state.task(job.task))
}

const isOwn = (user: FakeUser, one: { readonly owner: number; readonly assignee: number | null }) =>
  one.owner === user.id || one.assignee === user.id

function rules(state: FakeState, user: FakeUser, organization: number | null): boolean {
  const role = organization === null ? undefined : roleIn(state, user, organization)
  return user.isStaff || role === 'owner' || role === 'maintainer'
}
