/** Problems: what somebody has to look at. */
import { page, pageOf } from '@suggestive/shared/protocol'
import { type ProblemView, problemView } from '@suggestive/shared/protocol/event'
import { listPage } from './list-page.ts'
import { everybody, plain, projectRoute, route } from './route.ts'

const replies = [{ status: 200, schema: pageOf(problemView), describes: 'A page of open problems' }]
const keyOf = ({ project, key }: ProblemView) => `${project ?? ''}/${key}`

export const problemRoutes = [
  route({
    ...plain,
    method: 'get',
    path: '/v1/problems',
    summary: 'Open problems of all projects and of the server',
    roles: everybody,
    query: page,
    replies,
    problems: [],
    handler: async ({ query }, { store }) => ({
      json: listPage(await store.problems(), keyOf, query),
    }),
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/problems',
    summary: 'Open problems of one project and of the server',
    roles: everybody,
    query: page,
    replies,
    problems: [],
    handler: async ({ project, query }, { store }) => ({
      json: listPage(await store.problems(project.id), keyOf, query),
    }),
  }),
]
