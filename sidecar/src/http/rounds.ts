/** Rounds: train, score, choose, publish. */
import { Problem } from '@suggestive/shared/problem'
import { page, pageOf } from '@suggestive/shared/protocol'
import { round, startRoundReply } from '@suggestive/shared/protocol/round'
import { z } from 'zod'
import type { Store } from '../ports/store.ts'
import { everybody, plain, projectRoute } from './route.ts'

const params = z.strictObject({ round: z.coerce.number().int().min(1) })

export const roundRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/rounds',
    summary: 'Rounds, newest first',
    roles: everybody,
    query: page,
    replies: [{ status: 200, schema: pageOf(round), describes: 'A page of rounds' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, query }, { store }) => ({
      json: await store.rounds(project.id, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/rounds',
    summary: 'Start a round now',
    roles: ['owner', 'service'],
    replies: [{ status: 202, schema: startRoundReply, describes: 'Its number' }],
    problems: ['conflict', 'too-few-labels'],
    handler: async ({ project }, { conductor }) => ({
      status: 202,
      json: { number: await conductor.startRound(project.id) },
    }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/rounds/:round',
    summary: 'One round',
    roles: everybody,
    params,
    replies: [{ status: 200, schema: round, describes: 'The round' }],
    problems: [],
    cache: 'version',
    handler: async ({ project, params }, { store }) => ({
      json: await find(store, project.id, params.round),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'post',
    path: '/v1/projects/:project/rounds/:round/cancel',
    summary: 'Cancel a round that runs',
    roles: ['owner'],
    params,
    replies: [{ status: 204, describes: 'It is cancelled' }],
    problems: ['conflict'],
    handler: async ({ project, params }, { store, conductor }) => {
      await find(store, project.id, params.round)
      await conductor.cancelRound(project.id, params.round)
      return { status: 204, empty: true }
    },
  }),
]

async function find(store: Store, project: string, number: number) {
  const found = await store.round(project, number)
  if (found !== undefined) return found
  throw new Problem(
    'not-found',
    `The project ${project} has no round ${number}: list its rounds to see their numbers.`,
  )
}
