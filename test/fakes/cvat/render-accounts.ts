/** Users, organisations and members as the server tells them. */
import { date, dateOrNull } from './dates.ts'
import type { FakeMembership, FakeOrganization, FakeUser } from './model.ts'
import type { FakeState } from './state.ts'

export function renderBasicUser(base: string, user: FakeUser) {
  const { id, username, firstName, lastName } = user
  return {
    url: `${base}/api/users/${id}`,
    id,
    username,
    first_name: firstName,
    last_name: lastName,
  }
}

export function renderUser(base: string, user: FakeUser) {
  return {
    ...renderBasicUser(base, user),
    email: user.email,
    groups: [user.isStaff ? 'admin' : 'user'],
    is_staff: user.isStaff,
    is_superuser: user.isStaff,
    is_active: true,
    last_login: dateOrNull(user.lastLogin),
    date_joined: date(user.joined),
    has_analytics_access: user.isStaff,
  }
}

export const userOrNull = (state: FakeState, base: string, id: number | null) =>
  id === null ? null : renderBasicUser(base, state.user(id))

export function renderOrganization(state: FakeState, one: FakeOrganization) {
  return {
    id: one.id,
    slug: one.slug,
    name: one.name,
    description: '',
    created_date: date(one.created),
    updated_date: date(one.created),
    contact: {},
    owner: userOrNull(state, state.address, one.owner),
  }
}

export function renderMembership(state: FakeState, one: FakeMembership) {
  return {
    id: one.id,
    user: userOrNull(state, state.address, one.user),
    organization: one.organization,
    is_active: true,
    joined_date: date(one.joined),
    role: one.role,
    invitation: one.invitation,
  }
}
