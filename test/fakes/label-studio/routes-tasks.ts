/** Tasks, annotations and predictions of the fake. */
import type { Request, Router } from 'express'
import { z } from 'zod'
import { userOf } from './access.ts'
import { deliver } from './deliveries.ts'
import { nextFor } from './next.ts'
import { change, draft, remove, submit, taskOf } from './people.ts'
import { faultOf } from './predictions.ts'
import { invalid, missing, Refusal } from './refusal.ts'
import {
  renderAnnotation,
  renderDraft,
  renderOpened,
  renderPrediction,
  renderTask,
} from './render.ts'
import { projectOf } from './routes-projects.ts'
import { select } from './selection.ts'
import type { FakeState } from './state.ts'

const imported = z.array(z.looseObject({ data: z.record(z.string(), z.unknown()) }))
const submission = z.looseObject({
  result: z.array(z.unknown()),
  was_cancelled: z.boolean().optional(),
  ground_truth: z.boolean().optional(),
  lead_time: z.number().nullish(),
  parent_prediction: z.int().nullish(),
})
const changed = z.looseObject({
  result: z.array(z.unknown()).optional(),
  lead_time: z.number().optional(),
})
const predictionRow = z.looseObject({
  task: z.unknown(),
  result: z.array(z.unknown()).default([]),
  score: z.number().nullish(),
  model_version: z.string().default('undefined'),
})

export function taskRoutes(router: Router, state: FakeState) {
  const user = (request: Request) => userOf(state, request.get('authorization')).id

  router.post('/api/projects/:id/import', async (request, response) => {
    const project = projectOf(state, request.params['id'])
    const rows = imported.parse(request.body)
    const tasks = rows.map(({ data }) => state.addTask(project.id, data))
    await deliver(state, project.id, 'TASKS_CREATED', {
      tasks: tasks.map((task) => renderTask(state, task, new Set(), null)),
    })
    response.status(201).json({
      task_count: rows.length,
      annotation_count: 0,
      prediction_count: 0,
      duration: 0.1,
      file_upload_ids: [],
      could_be_tasks_list: false,
      found_formats: [],
      data_columns: [],
      ...(request.query['return_task_ids'] === undefined
        ? {}
        : { task_ids: tasks.map(({ id }) => id) }),
    })
  })
  router.get('/api/tasks', (request, response) => {
    const project = projectOf(state, request.query['project'])
    const page = Number(request.query['page'] ?? 1)
    const size = Number(request.query['page_size'] ?? 100)
    const query = request.query['query']
    const found = select(state, project.id, typeof query === 'string' ? query : undefined)
    const tasks = found.tasks.slice((page - 1) * size, page * size)
    if (tasks.length === 0 && page > 1) throw new Refusal(404, 'Invalid page.')
    const count = (one: (task: number) => number) =>
      found.tasks.reduce((sum, { id }) => sum + one(id), 0)
    response.json({
      total_annotations: count(
        (id) => state.annotationsOf(id).filter(({ wasCancelled }) => !wasCancelled).length,
      ),
      total_predictions: count((id) => state.predictionsOf(id).length),
      total: found.tasks.length,
      tasks: tasks.map((task) => {
        const rendered = renderTask(state, task, found.asked, found.averageScore(task))
        return shortened(request, { ...rendered, ...everything(request, state, task.id) })
      }),
    })
  })
  router.post('/api/tasks/:id/drafts', (request, response) => {
    const { result, lead_time } = submission.parse(request.body)
    const made = draft(
      state,
      user(request),
      Number(request.params['id']),
      result,
      lead_time ?? null,
    )
    response.status(201).json(renderDraft(state, made))
  })
  router.get('/api/tasks/:id/annotations/', (request, response) => {
    const task = taskOf(state, Number(request.params['id']))
    // Skips are left out.
    const own = state.annotationsOf(task.id).filter(({ wasCancelled }) => !wasCancelled)
    response.json(own.map((one) => renderAnnotation(state, one)))
  })
  router.post('/api/tasks/:id/annotations/', async (request, response) => {
    const sent = submission.parse(request.body)
    const annotation = await submit(state, user(request), Number(request.params['id']), {
      result: sent.result,
      wasCancelled: sent.was_cancelled ?? false,
      groundTruth: sent.ground_truth ?? false,
      leadTime: sent.lead_time ?? null,
      parentPrediction: sent.parent_prediction ?? null,
    })
    response.status(201).json(renderAnnotation(state, annotation))
  })
  router.patch('/api/annotations/:id/', async (request, response) => {
    const { result, lead_time } = changed.parse(request.body)
    const annotation = await change(state, Number(request.params['id']), {
      ...(result === undefined ? {} : { result }),
      ...(lead_time === undefined ? {} : { leadTime: lead_time }),
    })
    response.json(renderAnnotation(state, annotation))
  })
  router.delete('/api/annotations/:id/', async (request, response) => {
    await remove(state, Number(request.params['id']))
    response.status(204).end()
  })
  router.get('/api/projects/:id/next', (request, response) => {
    const project = projectOf(state, request.params['id'])
    const served = nextFor(state, project.id, user(request))
    if (served === undefined) throw new Refusal(404, 'There are no more tasks available')
    response.json(renderOpened(state, served.task, user(request), served.queue))
  })
  predictionRoutes(router, state)
}

/** Annotations, skips included, and predictions. */
function everything(request: Request, state: FakeState, task: number) {
  if (request.query['fields'] !== 'all') return {}
  return {
    annotations: state.annotationsOf(task).map((one) => renderAnnotation(state, one)),
    predictions: state.predictionsOf(task).map((one) => renderPrediction(state, one)),
  }
}

/** With `include`: only fields of these names, in annotations, too. */
function shortened(request: Request, task: object): object {
  const { include } = request.query
  if (typeof include !== 'string') return task
  const names = new Set(include.split(','))
  const pick = (value: object) =>
    Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name)))
  return Object.fromEntries(
    Object.entries(pick(task)).map(([name, value]) =>
      name === 'annotations' && Array.isArray(value) ? [name, value.map(pick)] : [name, value],
    ),
  )
}

function predictionRoutes(router: Router, state: FakeState) {
  router.post('/api/projects/:id/import/predictions', (request, response) => {
    const project = projectOf(state, request.params['id'])
    const rows = z.array(predictionRow).parse(request.body)
    for (const row of rows) {
      const isOwn =
        typeof row.task === 'number' && state.tasks.get(row.task)?.project === project.id
      if (!isOwn) {
        const problem = `{'task': ${String(row.task)}} contains invalid "task" field: corresponding task ID couldn't be retrieved from project ${project.title} (id=${project.id}) tasks`
        throw invalid({ non_field_errors: [problem] })
      }
    }
    const sound = rows.filter(
      (row) => faultOf(row, project) === undefined && !state.isDropped(Number(row.task)),
    )
    for (const row of sound) store(state, row)
    response.status(201).json({ created: sound.length })
  })
  router.post('/api/predictions/', (request, response) => {
    const row = predictionRow.parse(request.body)
    const task = typeof row.task === 'number' ? state.tasks.get(row.task) : undefined
    if (task === undefined) {
      throw invalid({ task: [`Invalid pk "${String(row.task)}" - object does not exist.`] })
    }
    // Our own writes look like changes; those in bulk do not.
    task.updatedAt = state.stamp()
    response.status(201).json(renderPrediction(state, store(state, row)))
  })
  router.get('/api/predictions/', (request, response) => {
    const own = state.predictionsOf(Number(request.query['task']))
    response.json(own.map((one) => renderPrediction(state, one)))
  })
  router.delete('/api/predictions/:id/', (request, response) => {
    const prediction = state.predictions.get(Number(request.params['id']))
    if (prediction === undefined) throw missing('Prediction')
    state.deletePrediction(prediction)
    response.status(204).end()
  })
  router.get('/api/projects/:id/model-versions/', (request, response) => {
    const project = projectOf(state, request.params['id'])
    response.json(Object.fromEntries(state.versions(project.id)))
  })
  router.delete('/api/projects/:id/model-versions/', (request, response) => {
    const project = projectOf(state, request.params['id'])
    const { model_version: version } = z
      .looseObject({ model_version: z.string() })
      .parse(request.body)
    let count = 0
    for (const prediction of [...state.predictions.values()]) {
      const isOwn = state.tasks.get(prediction.task)?.project === project.id
      if (!isOwn || prediction.modelVersion !== version) continue
      state.deletePrediction(prediction)
      count++
    }
    if (project.modelVersion === version) project.modelVersion = null
    response.json({ deleted_predictions: count })
  })
}

function store(state: FakeState, row: z.infer<typeof predictionRow>) {
  return state.addPrediction({
    task: Number(row.task),
    modelVersion: row.model_version,
    score: row.score ?? null,
    result: row.result,
  })
}
