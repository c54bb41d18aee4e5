/** Projects and their labels. */
import type { Request, Router } from 'express'
import { z } from 'zod'
import { isWithin, runsProject, runsTask, seesJob } from './access.ts'
import { changeProject, server } from './changes.ts'
import { date } from './dates.ts'
import { addressOf, answer, asker, bodyOf, contextIn, idIn, queryOf } from './exchange.ts'
import { listing } from './listing.ts'
import type { FakeLabel, FakeProject, FakeUser } from './model.ts'
import { forbidden, missing } from './refusal.ts'
import { renderLabel, renderProject } from './render.ts'
import type { FakeState } from './state.ts'

const attribute = z.looseObject({
  name: z.string(),
  mutable: z.boolean().default(false),
  input_type: z.string().default('text'),
  default_value: z.string().default(''),
  values: z.array(z.string()).default([]),
})

/** A label as clients send it. */
export const newLabel = z
  .looseObject({
    name: z.string().min(1),
    type: z.string().default('any'),
    color: z.string().optional(),
    attributes: z.array(attribute).default([]),
  })
  .transform(({ name, type, color, attributes }) => ({
    name,
    type,
    color: color === '' ? undefined : color,
    attributes: attributes.map((one) => ({
      name: one.name,
      mutable: one.mutable,
      inputType: one.input_type,
      defaultValue: one.default_value,
      // A text without choices has one, the empty text.
      values: one.values.length === 0 ? [''] : one.values,
    })),
  }))

const newProject = z.looseObject({
  name: z.string().min(1),
  labels: z.array(newLabel).default([]),
  bug_tracker: z.string().max(2000).optional(),
  assignee_id: z.int().nullish(),
})

const changes = z.looseObject({
  name: z.string().min(1).optional(),
  bug_tracker: z.string().max(2000).optional(),
  assignee_id: z.int().nullish(),
  labels: z.array(newLabel).optional(),
})

export function projectRoutes(router: Router, state: FakeState): void {
  const open = (request: Request): { project: FakeProject; user: FakeUser } => {
    const project = state.project(idIn(request))
    const user = asker(state, request)
    if (!runsProject(state, user, project)) throw forbidden()
    return { project, user }
  }
  router.get('/projects', (request, response) => {
    const user = asker(state, request)
    const context = contextIn(state, request)
    const listed = {
      items: [...state.projects.values()].filter(
        (one) => runsProject(state, user, one) && isWithin(context, one),
      ),
      values: (one: FakeProject) => ({
        id: one.id,
        name: one.name,
        owner: state.user(one.owner).username,
        assignee: one.assignee === null ? null : state.user(one.assignee).username,
        status: 'annotation',
        updated_date: date(one.updated),
      }),
      names: ['id', 'name', 'owner', 'assignee', 'status', 'updated_date'],
      searched: ['name', 'owner', 'assignee', 'status'],
      render: (one: FakeProject) => renderProject(state, server(state), one),
    }
    answer(response, 200, listing(listed, queryOf(request), addressOf(state, request)))
  })
  router.post('/projects', (request, response) => {
    const own = bodyOf(newProject, request)
    const project = state.addProject({
      name: own.name,
      owner: asker(state, request).id,
      organization: contextIn(state, request)?.id ?? null,
    })
    project.bugTracker = own.bug_tracker ?? ''
    project.assignee = own.assignee_id ?? null
    for (const label of own.labels) state.addLabel({ project: project.id, task: null }, label)
    response.location(`${state.address}/api/projects/${project.id}`)
    answer(response, 201, renderProject(state, server(state), project))
  })
  router.get('/projects/:id', (request, response) => {
    answer(response, 200, renderProject(state, server(state), open(request).project))
  })
  router.patch('/projects/:id', (request, response) => {
    const { project, user } = open(request)
    const own = bodyOf(changes, request)
    changeProject(state, user, project, () => {
      project.name = own.name ?? project.name
      project.bugTracker = own.bug_tracker ?? project.bugTracker
      if (own.assignee_id !== undefined) project.assignee = own.assignee_id
      for (const label of own.labels ?? []) {
        state.addLabel({ project: project.id, task: null }, label)
      }
    })
    answer(response, 200, renderProject(state, server(state), project))
  })
  router.delete('/projects/:id', (request, response) => {
    const { project } = open(request)
    for (const task of state.tasksOf(project.id)) state.deleteTask(task)
    for (const hook of state.webhooks.values()) {
      if (hook.project === project.id) state.webhooks.delete(hook.id)
    }
    state.projects.delete(project.id)
    answer(response, 204)
  })
  router.get('/labels', (request, response) => {
    const query = queryOf(request)
    if (!query.has('sort')) query.set('sort', 'id')
    const listed = {
      items: labelsOf(state, asker(state, request), query),
      values: ({ id, name, type, color }: FakeLabel) => ({ id, name, type, color }),
      names: ['id', 'name', 'type', 'color'],
      searched: ['name'],
      render: renderLabel,
    }
    answer(response, 200, listing(listed, query, addressOf(state, request)))
  })
  router.get('/labels/:id', (request, response) => {
    const label = state.labels.get(idIn(request))
    if (label === undefined) throw missing('Label')
    answer(response, 200, renderLabel(label))
  })
}

/** @throws Refusal 403 for things of others */
function labelsOf(state: FakeState, user: FakeUser, query: URLSearchParams): FakeLabel[] {
  const idOf = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
  const job = idOf('job_id')
  if (job !== undefined) {
    if (!seesJob(state, user, state.job(job))) throw forbidden()
    return state.labelsOf(state.task(state.job(job).task))
  }
  const task = idOf('task_id')
  if (task !== undefined) {
    if (!runsTask(state, user, state.task(task))) throw forbidden()
    return state.labelsOf(state.task(task))
  }
  const all = [...state.labels.values()]
  const project = idOf('project_id')
  if (project !== undefined) {
    if (!runsProject(state, user, state.project(project))) throw forbidden()
    return all.filter((label) => label.project === project)
  }
  return all.filter((label) =>
    label.project === null
      ? label.task !== null && runsTask(state, user, state.task(label.task))
      : runsProject(state, user, state.project(label.project)),
  )
}
