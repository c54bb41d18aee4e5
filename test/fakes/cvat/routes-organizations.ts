/** Organisations, their members, invitations that are accepted at once. */
import type { Router } from 'express'
import { z } from 'zod'
import { roleIn } from './access.ts'
import { date } from './dates.ts'
import { addressOf, answer, asker, bodyOf, contextIn, idIn, queryOf } from './exchange.ts'
import { listing } from './listing.ts'
import type { FakeMembership, FakeOrganization } from './model.ts'
import { forbidden, invalid, missing, Refusal } from './refusal.ts'
import { renderBasicUser, renderMembership, renderOrganization } from './render-accounts.ts'
import type { FakeState } from './state.ts'

const newOrganization = z.looseObject({
  slug: z.string().regex(/^[a-zA-Z0-9_-]{1,16}$/),
  name: z.string().optional(),
})

const invitation = z.looseObject({
  role: z.enum(['worker', 'supervisor', 'maintainer']),
  email: z.string(),
})

export function organizationRoutes(router: Router, state: FakeState): void {
  router.post('/organizations', (request, response) => {
    const { slug, name } = bodyOf(newOrganization, request)
    const made = state.addOrganization(slug, name ?? slug, asker(state, request).id)
    answer(response, 201, renderOrganization(state, made))
  })
  router.get('/organizations', (request, response) => {
    const user = asker(state, request)
    const listed = {
      items: [...state.organizations.values()].filter(
        ({ id }) => user.isStaff || roleIn(state, user, id) !== undefined,
      ),
      values: ({ id, slug, name }: FakeOrganization) => ({ id, slug, name }),
      names: ['id', 'slug', 'name'],
      searched: ['slug', 'name'],
      render: (one: FakeOrganization) => renderOrganization(state, one),
    }
    answer(response, 200, listing(listed, queryOf(request), addressOf(state, request)))
  })
  router.get('/organizations/:id', (request, response) => {
    const found = state.organizations.get(idIn(request))
    if (found === undefined) throw missing('Organization')
    answer(response, 200, renderOrganization(state, found))
  })
  router.get('/memberships', (request, response) => {
    const context = contextIn(state, request)
    const listed = {
      items: state.members.filter((one) => !context || one.organization === context.id),
      values: ({ id, user, role, organization }: FakeMembership) => ({
        id,
        user: state.user(user).username,
        role,
        organization,
      }),
      names: ['id', 'user', 'role', 'organization'],
      searched: ['user', 'role'],
      render: (one: FakeMembership) => renderMembership(state, one),
    }
    answer(response, 200, listing(listed, queryOf(request), addressOf(state, request)))
  })
  router.post('/invitations', (request, response) => {
    const context = contextIn(state, request)
    const asking = asker(state, request)
    if (!context) throw invalid('Organization is required')
    const own = roleIn(state, asking, context.id)
    if (!asking.isStaff && own !== 'owner' && own !== 'maintainer') throw forbidden()
    const { role, email } = bodyOf(invitation, request)
    const user = [...state.users.values()].find((one) => one.email === email)
    if (user === undefined) throw new Refusal(400, { email: ['No such user.'] })
    if (roleIn(state, user, context.id) !== undefined) {
      throw invalid('The user is a member already')
    }
    const member = state.addMember(context.id, user.id, role)
    answer(response, 201, {
      key: member.invitation,
      created_date: date(member.joined),
      owner: renderBasicUser(state.address, asking),
      role,
      user: renderBasicUser(state.address, user),
      organization: context.id,
      expired: null,
      accepted: true,
      organization_info: { id: context.id, slug: context.slug },
    })
  })
  router.post('/invitations/:key/accept', (request) => {
    const found = state.members.some(({ invitation }) => invitation === request.params.key)
    throw found ? new Refusal(400, 'Your invitation is already accepted.') : missing('Invitation')
  })
}
