/** Projects, views, webhooks and ML backends of the fake. */
import type { Router } from 'express'
import { z } from 'zod'
import { deliver } from './deliveries.ts'
import { invalid, missing, Refusal } from './refusal.ts'
import { renderBackend, renderHook, renderProject, renderView } from './render.ts'
import type { FakeBackend, FakeProject, FakeState } from './state.ts'

const newProject = z.looseObject({ title: z.string().min(3), label_config: z.string() })
const projectChange = z.looseObject({
  sampling: z.enum(['Sequential sampling', 'Uniform sampling', 'Uncertainty sampling']).optional(),
  model_version: z.string().optional(),
  show_collab_predictions: z.boolean().optional(),
  description: z.string().optional(),
})
const newView = z.looseObject({ project: z.int(), data: z.looseObject({ title: z.string() }) })
const hookSettings = z.looseObject({
  url: z.string(),
  project: z.int().optional(),
  is_active: z.boolean().default(true),
  send_payload: z.boolean().default(true),
  send_for_all_actions: z.boolean().optional(),
  headers: z.record(z.string(), z.string()).optional(),
  // A change without them takes them away.
  actions: z.array(z.string()).default([]),
})
const newBackend = z.looseObject({
  project: z.int(),
  url: z.string(),
  title: z.string(),
  basic_auth_user: z.string(),
  basic_auth_pass: z.string(),
  is_interactive: z.boolean().default(false),
})

export function projectOf(state: FakeState, id: unknown): FakeProject {
  const project = state.projects.get(Number(id))
  if (project === undefined) throw missing('Project')
  return project
}

export function projectRoutes(router: Router, state: FakeState) {
  router.get('/api/projects', (request, response) => {
    const page = Number(request.query['page'] ?? 1)
    const size = Number(request.query['page_size'] ?? 30)
    const all = [...state.projects.values()].toReversed()
    const results = all.slice((page - 1) * size, page * size)
    if (results.length === 0 && page > 1) throw new Refusal(404, 'Invalid page.')
    response.json({
      count: all.length,
      next: null,
      previous: null,
      results: results.map((project) => renderProject(state, project)),
    })
  })
  router.post('/api/projects', (request, response) => {
    const { title, label_config } = newProject.parse(request.body)
    response.status(201).json(renderProject(state, state.addProject(title, label_config), true))
  })
  router.get('/api/projects/:id', (request, response) => {
    response.json(renderProject(state, projectOf(state, request.params['id'])))
  })
  router.patch('/api/projects/:id', async (request, response) => {
    const project = projectOf(state, request.params['id'])
    const change = projectChange.parse(request.body)
    const version = change.model_version
    const isLive = [...state.backends.values()].some(
      (backend) => backend.project === project.id && backend.title === version,
    )
    if (version !== undefined && version !== '' && !isLive) {
      if (!state.versions(project.id).has(version)) {
        throw invalid({
          model_version: [
            "Model version doesn't exist either as live model or as static predictions.",
          ],
        })
      }
    }
    project.modelVersion = version ?? project.modelVersion
    project.sampling = change.sampling ?? project.sampling
    project.showPredictions = change.show_collab_predictions ?? project.showPredictions
    project.description = change.description ?? project.description
    await deliver(state, project.id, 'PROJECT_UPDATED')
    response.json(renderProject(state, project))
  })
  viewRoutes(router, state)
  hookRoutes(router, state)
  backendRoutes(router, state)
}

function viewRoutes(router: Router, state: FakeState) {
  router.get(['/api/dm/views', '/api/dm/views/'], (request, response) => {
    const project = Number(request.query['project'])
    response.json(
      [...state.views.values()].filter((one) => one.project === project).map(renderView),
    )
  })
  router.post('/api/dm/views/', (request, response) => {
    const { project, data } = newView.parse(request.body)
    const { title, filters, ordering } = data
    const view = { id: state.id(), project, data: { title, filters, ordering } }
    state.views.set(view.id, view)
    response.status(201).json(renderView(view))
  })
  router.delete('/api/dm/views/:id/', (request, response) => {
    if (!state.views.delete(Number(request.params['id']))) throw missing('View')
    response.status(204).end()
  })
}

function hookRoutes(router: Router, state: FakeState) {
  router.get('/api/webhooks/', (request, response) => {
    const project = Number(request.query['project'])
    response.json(
      [...state.hooks.values()].filter((one) => one.project === project).map(renderHook),
    )
  })
  router.post('/api/webhooks/', (request, response) => {
    const settings = hookSettings.parse(request.body)
    const stamp = state.stamp()
    const hook = {
      id: state.id(),
      project: settings.project ?? 0,
      createdAt: stamp,
      updatedAt: stamp,
      url: settings.url,
      isActive: settings.is_active,
      sendPayload: settings.send_payload,
      sendForAll: settings.send_for_all_actions ?? true,
      headers: settings.headers ?? {},
      actions: settings.actions,
    }
    state.hooks.set(hook.id, hook)
    response.status(201).json(renderHook(hook))
  })
  router.patch('/api/webhooks/:id/', (request, response) => {
    const hook = state.hooks.get(Number(request.params['id']))
    if (hook === undefined) throw missing('Webhook')
    const settings = hookSettings.parse(request.body)
    hook.url = settings.url
    hook.isActive = settings.is_active
    hook.sendPayload = settings.send_payload
    hook.sendForAll = settings.send_for_all_actions ?? hook.sendForAll
    hook.headers = settings.headers ?? hook.headers
    hook.actions = settings.actions
    hook.updatedAt = state.stamp()
    response.json(renderHook(hook))
  })
  router.delete('/api/webhooks/:id/', (request, response) => {
    if (!state.hooks.delete(Number(request.params['id']))) throw missing('Webhook')
    response.status(204).end()
  })
}

function backendRoutes(router: Router, state: FakeState) {
  router.get('/api/ml', (request, response) => {
    const project = Number(request.query['project'])
    const own = [...state.backends.values()].filter((one) => one.project === project)
    response.json(own.map(renderBackend))
  })
  router.post('/api/ml', async (request, response) => {
    const wanted = newBackend.parse(request.body)
    const project = projectOf(state, wanted.project)
    const modelVersion = await setUp(project, wanted)
    const backend = {
      id: state.id(),
      project: project.id,
      url: wanted.url,
      title: wanted.title,
      user: wanted.basic_auth_user,
      password: wanted.basic_auth_pass,
      isInteractive: wanted.is_interactive,
      modelVersion,
      createdAt: state.stamp(),
    }
    state.backends.set(backend.id, backend)
    // Both by themselves: the trap of the random queue, and a webhook without any secret.
    if (project.modelVersion === '' || project.modelVersion === null)
      project.modelVersion = wanted.title
    const stamp = state.stamp()
    const id = state.id()
    state.hooks.set(id, {
      id,
      project: project.id,
      createdAt: stamp,
      updatedAt: stamp,
      url: `${wanted.url.replace(/\/+$/, '')}/webhook`,
      isActive: true,
      sendPayload: true,
      sendForAll: true,
      headers: {},
      actions: [],
    })
    response.status(201).json(renderBackend(backend))
  })
  router.post('/api/ml/:id/train', async (request, response) => {
    const backend = state.backends.get(Number(request.params['id']))
    if (backend === undefined) throw new Refusal(404, 'Not found.')
    await train(backend)
    response.json({ details: 'Training was successfully started.' })
  })
  router.delete('/api/ml/:id', (request, response) => {
    const backend = state.backends.get(Number(request.params['id']))
    if (backend === undefined) throw new Refusal(404, 'Not found.')
    state.backends.delete(backend.id)
    const project = projectOf(state, backend.project)
    if (project.modelVersion === backend.title) project.modelVersion = ''
    response.status(204).end()
  })
}

/** "Start training": the answer says nothing about what became of it. */
async function train({ url, user, password, project }: FakeBackend): Promise<void> {
  await fetch(`${url.replace(/\/+$/, '')}/webhook`, {
    method: 'POST',
    headers: {
      Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ action: 'START_TRAINING', project: { id: project } }),
  }).catch(() => {})
}

/** Asks the backend for its health and its version. */
async function setUp(project: FakeProject, wanted: z.infer<typeof newBackend>): Promise<string> {
  const { url, basic_auth_user: user, basic_auth_pass: password } = wanted
  const headers = {
    Authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`,
    'Content-Type': 'application/json',
  }
  const base = url.replace(/\/+$/, '')
  try {
    const health = await fetch(`${base}/health`, { headers, signal: AbortSignal.timeout(1000) })
    if (!health.ok) throw new Error(`health answers ${health.status}`)
    const body = JSON.stringify({
      project: `${project.id}.1795439864`,
      schema: project.configuration,
      hostname: '',
      access_token: '',
    })
    const signal = AbortSignal.timeout(3000)
    const reply = await fetch(`${base}/setup`, { method: 'POST', headers, body, signal })
    return z.looseObject({ model_version: z.string() }).parse(await reply.json()).model_version
  } catch (error) {
    throw invalid({ non_field_errors: [`Can't connect to ML backend ${url}: ${String(error)}`] })
  }
}
