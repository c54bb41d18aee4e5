/** Tasks: made empty, filled afterwards. */
import type { Request, Router } from 'express'
import { z } from 'zod'
import { isWithin, runsProject, runsTask } from './access.ts'
import { parseAnnotations, readTask, writeTask } from './annotations.ts'
import { changeProject, changeTask, server, tellTask } from './changes.ts'
import { date } from './dates.ts'
import { addressOf, answer, asker, bodyOf, contextIn, idIn, queryOf } from './exchange.ts'
import { listing } from './listing.ts'
import type { FakeTask, FakeUser } from './model.ts'
import { forbidden, invalid } from './refusal.ts'
import { renderTask } from './render.ts'
import { actionIn } from './routes-jobs.ts'
import { newLabel } from './routes-projects.ts'
import type { FakeState } from './state.ts'

const newTask = z.looseObject({
  name: z.string().min(1),
  project_id: z.int().nullish(),
  segment_size: z.int().min(0).optional(),
  overlap: z.int().min(0).nullish(),
  subset: z.string().optional(),
  bug_tracker: z.string().max(2000).optional(),
  assignee_id: z.int().nullish(),
  labels: z.array(newLabel).default([]),
})

const changes = z.looseObject({
  name: z.string().min(1).optional(),
  bug_tracker: z.string().max(2000).optional(),
  subset: z.string().optional(),
  assignee_id: z.int().nullish(),
})

const listed = ['id', 'name', 'project_id', 'project_name', 'owner', 'assignee', 'subset']
const names = [...listed, 'status', 'tracker_link', 'updated_date', 'mode', 'dimension']

export function taskRoutes(router: Router, state: FakeState): void {
  const open = (request: Request): { task: FakeTask; user: FakeUser } => {
    const task = state.task(idIn(request))
    const user = asker(state, request)
    if (!runsTask(state, user, task)) throw forbidden()
    return { task, user }
  }
  router.get('/tasks', (request, response) => {
    const user = asker(state, request)
    const context = contextIn(state, request)
    const list = {
      items: [...state.tasks.values()].filter(
        (one) => runsTask(state, user, one) && isWithin(context, one),
      ),
      values: (one: FakeTask) => taskValues(state, one),
      names,
      searched: ['name', 'project_name', 'owner', 'assignee', 'subset', 'status'],
      render: (one: FakeTask) => renderTask(state, server(state), one),
    }
    answer(response, 200, listing(list, queryOf(request), addressOf(state, request)))
  })
  router.post('/tasks', (request, response) => {
    const user = asker(state, request)
    const own = bodyOf(newTask, request)
    const context = contextIn(state, request)
    const project = own.project_id == null ? null : projectOf(state, own.project_id)
    if (project !== null && !runsProject(state, user, project)) throw forbidden()
    const task = state.addTask({
      name: own.name,
      project: project?.id ?? null,
      owner: user.id,
      organization: project === null ? (context?.id ?? null) : project.organization,
      segmentSize: own.segment_size ?? 0,
      overlap: own.overlap ?? null,
      subset: own.subset ?? '',
      bugTracker: own.bug_tracker ?? '',
      assignee: own.assignee_id ?? null,
    })
    if (project === null) {
      for (const label of own.labels) state.addLabel({ project: null, task: task.id }, label)
    }
    tellTask(state, 'create:task', user, task)
    if (project !== null) changeProject(state, user, project)
    response.location(`${state.address}/api/tasks/${task.id}`)
    answer(response, 201, renderTask(state, server(state), task))
  })
  router.get('/tasks/:id', (request, response) => {
    answer(response, 200, renderTask(state, server(state), open(request).task))
  })
  router.patch('/tasks/:id', (request, response) => {
    const { task, user } = open(request)
    const own = bodyOf(changes, request)
    changeTask(state, user, task, () => {
      task.name = own.name ?? task.name
      task.bugTracker = own.bug_tracker ?? task.bugTracker
      task.subset = own.subset ?? task.subset
      if (own.assignee_id !== undefined && own.assignee_id !== task.assignee) {
        if (own.assignee_id !== null && !state.users.has(own.assignee_id)) {
          throw new Error('IntegrityError: violates foreign key constraint')
        }
        // The date of the assignment stays as it was, unlike that of a job.
        task.assignee = own.assignee_id
      }
    })
    answer(response, 200, renderTask(state, server(state), task))
  })
  router.delete('/tasks/:id', (request, response) => {
    const { task, user } = open(request)
    tellTask(state, 'delete:task', user, task)
    state.deleteTask(task)
    if (task.project !== null) changeProject(state, user, state.project(task.project))
    answer(response, 204)
  })
  router.get('/tasks/:id/annotations', (request, response) => {
    answer(response, 200, readTask(state, open(request).task))
  })
  router.patch('/tasks/:id/annotations', (request, response) => {
    const { task, user } = open(request)
    const sent = parseAnnotations(request.body)
    answer(response, 200, writeTask(state, user, task, actionIn(request), sent))
  })
  router.put('/tasks/:id/annotations', (request, response) => {
    const { task, user } = open(request)
    answer(response, 200, writeTask(state, user, task, 'put', parseAnnotations(request.body)))
  })
  router.delete('/tasks/:id/annotations', (request, response) => {
    const { task, user } = open(request)
    writeTask(state, user, task, 'put', parseAnnotations({}))
    answer(response, 204)
  })
}

function projectOf(state: FakeState, id: number) {
  const project = state.projects.get(id)
  if (project === undefined) throw invalid(`The specified project #${id} does not exist.`)
  return project
}

function taskValues(state: FakeState, task: FakeTask) {
  const { status } = renderTask(state, server(state), task)
  return {
    id: task.id,
    name: task.name,
    project_id: task.project,
    project_name: task.project === null ? null : state.project(task.project).name,
    owner: state.user(task.owner).username,
    assignee: task.assignee === null ? null : state.user(task.assignee).username,
    subset: task.subset,
    status,
    tracker_link: task.bugTracker,
    updated_date: date(task.updated),
    mode: task.isMade ? 'annotation' : '',
    dimension: task.isMade ? '2d' : '',
  }
}
