/** Projects: what is annotated, and with which settings. */
import { Problem } from '@suggestive/shared/problem'
import { page, pageOf } from '@suggestive/shared/protocol'
import { newProject, project, projectChange } from '@suggestive/shared/protocol/project'
import { nextStep } from '../app/next-step.ts'
import type { ProjectRecord } from '../ports/store.ts'
import { json } from './body.ts'
import type { HttpDeps } from './deps.ts'
import { listPage } from './list-page.ts'
import { everybody, plain, projectRoute, route } from './route.ts'

const one = { schema: project, describes: 'The project' } as const

export const projectRoutes = [
  route({
    ...plain,
    method: 'get',
    path: '/v1/projects',
    summary: 'All projects, by their ids',
    roles: everybody,
    query: page,
    replies: [{ status: 200, schema: pageOf(project), describes: 'A page of projects' }],
    problems: [],
    handler: async ({ query }, { store }) => {
      const { items, next } = listPage(await store.projects(), ({ id }) => id, query)
      const views = await Promise.all(items.map((record) => viewOf(record, { store })))
      return { json: { items: views, next } }
    },
  }),
  route({
    ...plain,
    method: 'post',
    path: '/v1/projects',
    summary: 'Connect a project; the same one again changes nothing',
    roles: ['owner', 'service'],
    body: json(newProject),
    replies: [{ status: 201, ...one }],
    problems: ['conflict'],
    handler: async ({ body }, { store, clock }) => {
      await store.createProject(body, clock.now())
      const location = `/v1/projects/${body.id}`
      return { status: 201, headers: { Location: location }, json: await read(store, body.id) }
    },
  }),
  projectRoute({
    ...plain,
    method: 'get',
    path: '/v1/projects/:project',
    summary: 'One project, with its counts and the next step',
    roles: everybody,
    replies: [{ status: 200, ...one }],
    problems: [],
    handler: async ({ project: record }, { store }) => ({ json: await viewOf(record, { store }) }),
  }),
  projectRoute({
    ...plain,
    method: 'patch',
    path: '/v1/projects/:project',
    summary: 'Rename, pause, change classes or settings; services only name and classes',
    roles: ['owner', 'service'],
    body: json(projectChange),
    replies: [{ status: 200, ...one }],
    problems: ['conflict'],
    handler: async ({ project: { id }, body, principal }, { store, clock, conductor }) => {
      const forOwners = (['paused', 'settings'] as const).filter((name) => body[name] !== undefined)
      if (principal?.role === 'service' && forOwners.length > 0) {
        throw new Problem(
          'forbidden',
          `The role service may change name and classes, not ${forOwners.join(' and ')}: ask the owner.`,
          { errors: forOwners.map((name) => ({ pointer: `/${name}`, detail: 'is for owners' })) },
        )
      }
      await store.changeProject(id, body, clock.now())
      conductor.poke(id)
      return { json: await read(store, id) }
    },
  }),
]

async function read(store: HttpDeps['store'], id: string) {
  const record = await store.project(id)
  return record === undefined ? undefined : viewOf(record, { store })
}

async function viewOf(record: ProjectRecord, { store }: Pick<HttpDeps, 'store'>) {
  return { ...record, nextStep: await nextStep(store, record) }
}
