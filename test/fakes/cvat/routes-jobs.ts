/** Jobs and their annotations. */
import type { Request, Router } from 'express'
import { z } from 'zod'
import { isWithin, runsTask, seesJob } from './access.ts'
import { type Action, parseAnnotations, readJob, writeJob } from './annotations.ts'
import { changeJob, server, tellJob } from './changes.ts'
import { date } from './dates.ts'
import { addressOf, answer, asker, bodyOf, contextIn, idIn, queryOf } from './exchange.ts'
import { listing } from './listing.ts'
import type { FakeJob, FakeUser } from './model.ts'
import { forbidden, invalid, Refusal } from './refusal.ts'
import { renderJob } from './render.ts'
import type { FakeState } from './state.ts'

const choice = <Name extends string>(names: readonly [Name, ...Name[]]) =>
  z.enum(names, { error: ({ input }) => `"${input}" is not a valid choice.` })

const changes = z.looseObject({
  assignee: z.int().nullish(),
  stage: choice(['annotation', 'validation', 'acceptance']).optional(),
  state: choice(['new', 'in progress', 'completed', 'rejected']).optional(),
})

const newJob = z.looseObject({
  type: z.string(),
  task_id: z.int(),
  frame_selection_method: z.string().optional(),
  frames: z.array(z.int()).default([]),
})

const about = ['task_name', 'project_name', 'task_id', 'project_id', 'parent_job_id', 'type']
const names = [
  ...about,
  ...['assignee', 'dimension', 'media_type', 'mode', 'state', 'stage', 'id', 'updated_date'],
]

export function jobRoutes(router: Router, state: FakeState): void {
  const open = (request: Request): { job: FakeJob; user: FakeUser } => {
    const job = state.job(idIn(request))
    const user = asker(state, request)
    if (!seesJob(state, user, job)) throw forbidden()
    return { job, user }
  }
  const render = (user: FakeUser, job: FakeJob) => {
    const isToldNames = runsTask(state, user, state.task(job.task))
    return renderJob(state, { base: state.address, isToldNames }, job)
  }
  router.get('/jobs', (request, response) => {
    const user = asker(state, request)
    const context = contextIn(state, request)
    const list = {
      items: [...state.jobs.values()].filter(
        (one) => seesJob(state, user, one) && isWithin(context, state.task(one.task)),
      ),
      values: (one: FakeJob) => jobValues(state, one),
      names,
      searched: ['task_name', 'project_name', 'assignee', 'state', 'stage'],
      render: (one: FakeJob) => render(user, one),
    }
    answer(response, 200, listing(list, queryOf(request), addressOf(state, request)))
  })
  router.post('/jobs', (request, response) => {
    const own = bodyOf(newJob, request)
    const task = state.task(own.task_id)
    const user = asker(state, request)
    if (!runsTask(state, user, task)) throw forbidden()
    if (own.type !== 'ground_truth') throw invalid(`Unexpected job type '${own.type}'`)
    if (state.jobsOf(task.id).some(({ type }) => type === 'ground_truth')) {
      throw invalid('A task can have only 1 ground truth job')
    }
    const job = state.addGroundTruthJob(task, own.frames)
    tellJob(state, 'create:job', user, job, server(state))
    response.location(`${state.address}/api/jobs/${job.id}`)
    answer(response, 201, render(user, job))
  })
  router.get('/jobs/:id', (request, response) => {
    const { job, user } = open(request)
    answer(response, 200, render(user, job))
  })
  router.patch('/jobs/:id', (request, response) => {
    const { job, user } = open(request)
    const wish = bodyOf(changes, request)
    const isMore = wish.assignee !== undefined || wish.stage !== undefined
    if (isMore && !runsTask(state, user, state.task(job.task))) throw forbidden()
    // The real server runs into the foreign key.
    if (wish.assignee != null && !state.users.has(wish.assignee)) {
      throw new Error('django.db.utils.IntegrityError: violates foreign key constraint')
    }
    changeJob(state, user, job, () => {
      if (wish.stage !== undefined && wish.stage !== job.stage) {
        job.stage = wish.stage
        job.state = 'new'
      }
      job.state = wish.state ?? job.state
      if (wish.assignee !== undefined && wish.assignee !== job.assignee) {
        job.assignee = wish.assignee
        job.assigneeUpdated = state.stamp()
      }
    })
    answer(response, 200, render(user, job))
  })
  router.delete('/jobs/:id', (request, response) => {
    const { job, user } = open(request)
    if (job.type !== 'ground_truth') throw invalid('Only ground truth jobs can be removed')
    if (!runsTask(state, user, state.task(job.task))) throw forbidden()
    tellJob(state, 'delete:job', user, job, server(state))
    state.deleteJob(job)
    answer(response, 204)
  })
  router.get('/jobs/:id/annotations', (request, response) => {
    answer(response, 200, readJob(open(request).job))
  })
  router.patch('/jobs/:id/annotations', (request, response) => {
    const { job, user } = open(request)
    const sent = parseAnnotations(request.body)
    answer(response, 200, writeJob(state, user, job, actionIn(request), sent))
  })
  router.put('/jobs/:id/annotations', (request, response) => {
    const { job, user } = open(request)
    answer(response, 200, writeJob(state, user, job, 'put', parseAnnotations(request.body)))
  })
  router.delete('/jobs/:id/annotations', (request, response) => {
    const { job, user } = open(request)
    writeJob(state, user, job, 'put', parseAnnotations({}))
    answer(response, 204)
  })
}

/** @throws Refusal 400 without one of the three */
export function actionIn(request: Request): Exclude<Action, 'put'> {
  const action = queryOf(request).get('action')
  if (action === 'create' || action === 'update' || action === 'delete') return action
  throw new Refusal(400, { action: [`"${action ?? ''}" is not a valid choice.`] })
}

function jobValues(state: FakeState, job: FakeJob) {
  const task = state.task(job.task)
  return {
    id: job.id,
    task_id: job.task,
    task_name: task.name,
    project_id: task.project,
    project_name: task.project === null ? null : state.project(task.project).name,
    parent_job_id: job.parent,
    type: job.type,
    assignee: job.assignee === null ? null : state.user(job.assignee).username,
    dimension: task.isMade ? '2d' : '',
    media_type: task.isMade ? 'image' : '',
    mode: task.isMade ? 'annotation' : '',
    state: job.state,
    stage: job.stage,
    // As text, which is how a filter names a date; texts of this form sort like dates.
    updated_date: date(job.updated),
  }
}
