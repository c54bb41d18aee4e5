/** Budget: what the labels so far have cost. */
import { budget } from '@suggestive/shared/protocol/budget'
import { plain, projectRoute } from './route.ts'

export const budgetRoutes = [
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project/budget',
    summary: 'What the labels so far have cost',
    roles: ['owner', 'viewer', 'service'],
    replies: [{ status: 200, schema: budget, describes: 'The budget' }],
    problems: [],
    cache: 'version',
    handler: async ({ project }, { store }) => ({ json: await store.budget(project.id) }),
  }),
]
