/** Functions that agents run for the server: only CVAT Online has them, the free server answers 404. */
import { randomUUID } from 'node:crypto'
import type { Response, Router } from 'express'
import { z } from 'zod'
import { type Annotations, parseAnnotations, writeTask } from './annotations.ts'
import { answer, asker, bodyOf, idIn } from './exchange.ts'
import type { FakeTask, FakeUser } from './model.ts'
import { missing, Refusal } from './refusal.ts'
import { renderBasicUser } from './render-accounts.ts'
import type { FakeState } from './state.ts'

type Category = 'batch' | 'interactive'

/** What an agent is asked for. */
export interface AnnotationRequest {
  readonly id: string
  readonly category: Category
  readonly parameters: {
    readonly type: 'annotate_task' | 'annotate_frame'
    readonly task: number
    readonly frame?: number
    readonly mapping: Readonly<Record<string, { readonly name: string }>>
    readonly threshold: number | null
    readonly conv_mask_to_poly: boolean
  }
  status: 'queued' | 'assigned' | 'finished' | 'failed'
  agent: string | null
  /** 0 to 1. */
  progress: number
  /** What the agent said when it failed. */
  error: string | null
  annotations: Annotations | null
}

const label = z.looseObject({
  name: z.string(),
  type: z.string().default('any'),
  attributes: z.array(z.unknown()).default([]),
})

const newFunction = z.looseObject({
  provider: z.literal('native'),
  name: z.string().min(1),
  visibility: z.enum(['private', 'public']).default('private'),
  kind: z.enum(['detector', 'interactor', 'tracker']),
  labels_v2: z.array(label).default([]),
})

interface FakeFunction extends z.infer<typeof newFunction> {
  readonly id: number
  readonly owner: FakeUser
  readonly requests: AnnotationRequest[]
  readonly watchers: Set<Response>
}

const acquisition = z.looseObject({
  agent_id: z.string().min(1),
  request_category: z.enum(['batch', 'interactive']),
})
const progress = z.looseObject({ agent_id: z.string(), progress: z.number().min(0).max(1) })
const failure = z.looseObject({ agent_id: z.string(), exc_info: z.string() })
const completion = z.looseObject({ agent_id: z.string(), annotations: z.unknown() })

export class FakeAgents {
  readonly state: FakeState
  readonly isOn: boolean
  readonly functions = new Map<number, FakeFunction>()
  #last = 0

  constructor(state: FakeState, isOn: boolean) {
    this.state = state
    this.isOn = isOn
  }

  add(owner: FakeUser, wish: z.infer<typeof newFunction>): FakeFunction {
    this.#last += 1
    const made = { ...wish, id: this.#last, owner, requests: [], watchers: new Set<Response>() }
    this.functions.set(made.id, made)
    return made
  }

  /** What a user does who starts automatic annotation; labels of the same name are mapped. */
  request(
    id: number,
    task: FakeTask,
    wish: {
      readonly frame?: number
      readonly threshold?: number
      readonly toPolygons?: boolean
    } = {},
  ): AnnotationRequest {
    const own = this.of(id)
    const names = new Set(this.state.labelsOf(task).map(({ name }) => name))
    const common = own.labels_v2.map(({ name }) => name).filter((name) => names.has(name))
    const category: Category = wish.frame === undefined ? 'batch' : 'interactive'
    const made: AnnotationRequest = {
      id: randomUUID(),
      category,
      parameters: {
        type: wish.frame === undefined ? 'annotate_task' : 'annotate_frame',
        task: task.id,
        ...(wish.frame === undefined ? {} : { frame: wish.frame }),
        mapping: Object.fromEntries(common.map((name) => [name, { name }])),
        threshold: wish.threshold ?? null,
        conv_mask_to_poly: wish.toPolygons ?? false,
      },
      status: 'queued',
      agent: null,
      progress: 0,
      error: null,
      annotations: null,
    }
    own.requests.push(made)
    for (const watcher of own.watchers) {
      watcher.write(
        `event: newrequest\ndata: ${JSON.stringify({ request_category: category })}\n\n`,
      )
    }
    return made
  }

  /** @throws Refusal 404 */
  of(id: number): FakeFunction {
    const found = this.functions.get(id)
    if (found === undefined) throw missing('Function')
    return found
  }

  close(): void {
    for (const { watchers } of this.functions.values()) for (const one of watchers) one.end()
  }
}

export function agentRoutes(router: Router, agents: FakeAgents): void {
  if (!agents.isOn) return
  const { state } = agents
  router.post('/functions', (request, response) => {
    const made = agents.add(asker(state, request), bodyOf(newFunction, request))
    answer(response, 201, render(state, made))
  })
  router.get('/functions/:id', (request, response) => {
    answer(response, 200, render(state, agents.of(idIn(request))))
  })
  router.delete('/functions/:id', (request, response) => {
    const own = agents.of(idIn(request))
    agents.functions.delete(own.id)
    for (const watcher of own.watchers) watcher.end()
    answer(response, 204)
  })
  const queue = '/functions/queues/:queue'
  const inQueue = (name: string | string[] | undefined): FakeFunction => {
    const [, id] = /^function:(\d+)$/.exec(String(name)) ?? []
    return agents.of(Number(id))
  }
  router.get(`${queue}/watch`, (request, response) => {
    const { watchers } = inQueue(request.params.queue)
    response.set('Content-Type', 'text/event-stream').flushHeaders()
    response.write('retry: 5000\n: watching\n')
    watchers.add(response)
    response.on('close', () => watchers.delete(response))
  })
  router.post(`${queue}/requests/acquire`, (request, response) => {
    const { agent_id, request_category } = bodyOf(acquisition, request)
    const found = inQueue(request.params.queue).requests.find(
      ({ status, category }) => status === 'queued' && category === request_category,
    )
    if (found !== undefined) {
      found.status = 'assigned'
      found.agent = agent_id
    }
    const assignment = found === undefined ? null : { ar_id: found.id, ar_params: found.parameters }
    answer(response, 200, { ar_assignment: assignment })
  })
  const one = `${queue}/requests/:request`
  const assigned = (queueName: string, id: string, agent: string): AnnotationRequest => {
    const found = inQueue(queueName).requests.find((own) => own.id === id)
    if (found === undefined) throw missing('request')
    if (found.agent !== agent || found.status !== 'assigned') {
      throw new Refusal(409, 'The request is not assigned to this agent')
    }
    return found
  }
  router.post(`${one}/update`, (request, response) => {
    const own = bodyOf(progress, request)
    assigned(request.params.queue, request.params.request, own.agent_id).progress = own.progress
    answer(response, 200, {})
  })
  router.post(`${one}/fail`, (request, response) => {
    const own = bodyOf(failure, request)
    const found = assigned(request.params.queue, request.params.request, own.agent_id)
    found.status = 'failed'
    found.error = own.exc_info
    answer(response, 200, {})
  })
  router.post(`${one}/complete`, (request, response) => {
    const own = bodyOf(completion, request)
    const found = assigned(request.params.queue, request.params.request, own.agent_id)
    const sent = parseAnnotations(own.annotations)
    const task = state.task(found.parameters.task)
    // Answers for one frame go to the editor and are not stored.
    if (found.parameters.type === 'annotate_task') {
      writeTask(state, asker(state, request), task, 'create', sent)
    }
    found.annotations = sent
    found.progress = 1
    found.status = 'finished'
    answer(response, 200, {})
  })
}

function render(state: FakeState, { id, owner, ...own }: FakeFunction) {
  const { provider, name, visibility, kind, labels_v2 } = own
  return {
    id,
    provider,
    name,
    visibility,
    kind,
    labels_v2,
    owner: renderBasicUser(state.address, owner),
  }
}
