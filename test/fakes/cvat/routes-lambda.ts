/** Models: what Nuclio offers, one frame at once, whole tasks in the background. */
import type { Router } from 'express'
import { z } from 'zod'
import { runsTask, seesJob } from './access.ts'
import { AutomaticRequest, detectorPayload } from './automatic.ts'
import { mappingForm, shapesOf, told } from './detections.ts'
import { answer, asker, bodyOf } from './exchange.ts'
import type { FakeTask, FakeUser } from './model.ts'
import { invoke, listFunctions, type NuclioFunction, oneFunction } from './nuclio.ts'
import { forbidden, Refusal } from './refusal.ts'
import type { FakeState } from './state.ts'

const point = z.array(z.number()).length(2)

const online = z.looseObject({
  task: z.int().optional(),
  job: z.int().optional(),
  frame: z.int(),
  threshold: z.number().nullish(),
  mapping: mappingForm.optional(),
  conv_mask_to_poly: z.boolean().default(false),
  pos_points: z.array(point).default([]),
  neg_points: z.array(point).default([]),
  obj_bbox: z.array(point).nullish(),
})

const batch = z.looseObject({
  function: z.string(),
  task: z.int(),
  job: z.int().optional(),
  cleanup: z.boolean().default(false),
  threshold: z.number().nullish(),
  mapping: mappingForm.optional(),
  conv_mask_to_poly: z.boolean().default(false),
})

export function lambdaRoutes(router: Router, state: FakeState): void {
  const requests = new Map<string, AutomaticRequest>()
  const nuclio = () => {
    if (state.nuclio === undefined) throw new Refusal(503, 'There are no models here')
    return state.nuclio
  }
  router.get('/lambda/functions', async (_, response) => {
    const functions = await listFunctions(nuclio())
    answer(
      response,
      200,
      functions.map((one) => one.told),
    )
  })
  router.get('/lambda/functions/:name', async (request, response) => {
    answer(response, 200, (await oneFunction(nuclio(), request.params.name)).told)
  })
  router.post('/lambda/functions/:name', async (request, response) => {
    const wish = bodyOf(online, request)
    const task = taskOf(state, asker(state, request), wish)
    const model = await oneFunction(nuclio(), request.params.name)
    const image = task.data?.images[wish.frame]
    if (image === undefined) throw new Refusal(400, `Invalid frame number ${wish.frame}`)
    answer(response, 200, await ask(model, task, image.bytes, wish))
  })
  const ask = async (
    model: NuclioFunction,
    task: FakeTask,
    image: Uint8Array,
    wish: z.infer<typeof online>,
  ) => {
    if (model.kind === 'interactor') {
      const { pos_points, neg_points, obj_bbox = null } = wish
      const base64 = Buffer.from(image).toString('base64')
      return invoke(nuclio(), model, { image: base64, pos_points, neg_points, obj_bbox })
    }
    if (model.kind !== 'detector') throw new Refusal(400, 'The fake knows no such kind')
    const reply = await invoke(nuclio(), model, detectorPayload(image, wish.threshold))
    const shapes = shapesOf(reply, wish.frame, state.labelsOf(task), {
      model: model.labels,
      mapping: wish.mapping,
      toPolygons: wish.conv_mask_to_poly,
    })
    return { version: 0, tags: [], shapes: shapes.map(told), tracks: [], intervals: [] }
  }
  router.post('/lambda/requests', (request, response) => {
    const wish = bodyOf(batch, request)
    const user = asker(state, request)
    taskOf(state, user, wish)
    const previous = requests.get(`action=autoannotate&target=task&target_id=${wish.task}`)
    const made = new AutomaticRequest(state, wish, previous)
    const status = previous?.status
    if (status === 'queued' || status === 'started') {
      throw new Refusal(409, `Only one running request is allowed for the same task #${wish.task}`)
    }
    requests.set(made.id, made)
    const at = nuclio()
    setImmediate(() => void made.run(user, at))
    answer(response, 200, made.render())
  })
  router.get('/lambda/requests', (_, response) => {
    answer(
      response,
      200,
      [...requests.values()].map((one) => one.render()),
    )
  })
  router.get('/lambda/requests/:id', (request, response) => {
    const found = requests.get(request.params.id)
    if (found === undefined) throw new Refusal(404, `${request.params.id} lambda request not found`)
    answer(response, 200, found.render())
  })
  router.delete('/lambda/requests/:id', (request, response) => {
    requests.delete(request.params.id)
    answer(response, 204)
  })
}

/** @throws Refusal 400 without task and job, 403 for those of others */
function taskOf(
  state: FakeState,
  user: FakeUser,
  { task, job }: { readonly task?: number | undefined; readonly job?: number | undefined },
): FakeTask {
  if (job !== undefined) {
    const own = state.job(job)
    if (!seesJob(state, user, own)) throw forbidden()
    return state.task(own.task)
  }
  if (task === undefined) throw new Refusal(400, 'Either task or job is required')
  const own = state.task(task)
  if (!runsTask(state, user, own)) throw forbidden()
  return own
}
