/** Signing in, personal access tokens and users. */
import { randomBytes } from 'node:crypto'
import type { Router } from 'express'
import { z } from 'zod'
import { sessionOf } from './access.ts'
import { date } from './dates.ts'
import { addressOf, answer, asker, bodyOf, idIn, queryOf } from './exchange.ts'
import { listing } from './listing.ts'
import type { FakeUser } from './model.ts'
import { Refusal } from './refusal.ts'
import { renderBasicUser, renderUser } from './render-accounts.ts'
import type { FakeState } from './state.ts'

const credentials = z.looseObject({
  username: z.string().optional(),
  email: z.string().optional(),
  password: z.string(),
})

const registration = z.looseObject({
  username: z.string().min(1),
  email: z.string(),
  first_name: z.string().default(''),
  last_name: z.string().default(''),
  password1: z.string(),
  password2: z.string(),
})

const tokenWish = z.looseObject({
  name: z.string(),
  expiry_date: z.string().nullish(),
  read_only: z.boolean().default(false),
})

/** What needs no account. */
export function publicRoutes(router: Router, state: FakeState): void {
  router.get('/server/about', (_, response) => {
    answer(response, 200, {
      name: 'Computer Vision Annotation Tool',
      description: 'CVAT is a tool for annotating images and videos.',
      version: '2.73.0',
      logo_url: `${state.address}/static/logo.svg`,
      subtitle: 'Open Data Annotation Platform',
    })
  })
  router.post('/auth/login', (request, response) => {
    const { username, email, password } = bodyOf(credentials, request)
    const user = [...state.users.values()].find(
      (one) => one.username === username || (email !== undefined && one.email === email),
    )
    if (user?.password !== password) {
      throw new Refusal(400, {
        non_field_errors: ['Unable to log in with provided credentials.'],
      })
    }
    user.lastLogin = state.stamp()
    // In Django's order and form, on which the Python client depends.
    response.cookie('csrftoken', `csrf-${user.id}`, { sameSite: 'lax' })
    response.cookie('sessionid', sessionOf(user), { sameSite: 'lax' })
    answer(response, 200, { key: user.token })
  })
  router.post('/auth/register', (request, response) => {
    const own = bodyOf(registration, request)
    if ([...state.users.values()].some(({ username }) => username === own.username)) {
      throw new Refusal(400, { username: ['A user with that username already exists.'] })
    }
    const user = state.addUser(own.username, {
      email: own.email,
      password: own.password1,
      firstName: own.first_name,
      lastName: own.last_name,
    })
    user.lastLogin = state.stamp()
    const { username, email, firstName, lastName, token } = user
    answer(response, 201, {
      username,
      email,
      first_name: firstName,
      last_name: lastName,
      email_verification_required: false,
      key: token,
    })
  })
}

export function accountRoutes(router: Router, state: FakeState): void {
  router.post('/auth/logout', (_, response) => {
    response.clearCookie('sessionid').clearCookie('csrftoken')
    answer(response, 200, { detail: 'Successfully logged out.' })
  })
  router.post('/auth/access_tokens', (request, response) => {
    const user = asker(state, request)
    const own = bodyOf(tokenWish, request)
    const created = date(state.stamp())
    const value = `${randomBytes(4).toString('hex')}.${randomBytes(16).toString('hex')}`
    state.personalTokens.set(value, { user: user.id, isReadOnly: own.read_only })
    answer(response, 201, {
      id: state.id('token'),
      name: own.name,
      created_date: created,
      updated_date: created,
      expiry_date: own.expiry_date ?? null,
      last_used_date: null,
      read_only: own.read_only,
      owner: renderBasicUser(state.address, user),
      value,
    })
  })
  router.get('/users/self', (request, response) => {
    answer(response, 200, renderUser(state.address, asker(state, request)))
  })
  router.get('/users/:id', (request, response) => {
    answer(response, 200, renderFor(state, asker(state, request), state.user(idIn(request))))
  })
  router.get('/users', (request, response) => {
    const user = asker(state, request)
    const listed = {
      items: [...state.users.values()],
      values: (one: FakeUser) => ({
        id: one.id,
        username: one.username,
        first_name: one.firstName,
        last_name: one.lastName,
        is_active: 'true',
      }),
      names: ['id', 'username', 'first_name', 'last_name', 'is_active'],
      searched: ['username', 'first_name', 'last_name'],
      render: (one: FakeUser) => renderFor(state, user, one),
    }
    answer(response, 200, listing(listed, queryOf(request), addressOf(state, request)))
  })
}

/** Others are told less of a user than staff and the user. */
const renderFor = (state: FakeState, reader: FakeUser, user: FakeUser) =>
  reader.isStaff || reader === user
    ? renderUser(state.address, user)
    : renderBasicUser(state.address, user)
