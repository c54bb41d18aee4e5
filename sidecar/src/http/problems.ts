/** Problems: what somebody has to look at. */
import { problemView } from '@suggestive/shared/protocol/event'
import { z } from 'zod'
import { everybody, plain, projectRoute, route } from './route.ts'

const replies = [{ status: 200, schema: z.array(problemView), describes: 'Open problems' }]

export const problemRoutes = [
  route({
    ...plain,
    method: 'get',
    path: '/v1/problems',
    summary: 'Open problems of all projects and of the server',
    roles: everybody,
    replies,
    problems: [],
    handler: async (_, { store }) => ({ json: await store.problems() }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/problems',
    summary: 'Open problems of one project and of the server',
    roles: everybody,
    replies,
    problems: [],
    handler: async ({ project }, { store }) => ({ json: await store.problems(project.id) }),
  }),
]
