/** Frames, chunks, previews and what is known of them, of tasks and of jobs. */
import { extname } from 'node:path'
import { crc32 } from 'node:zlib'
import type { Request, Response, Router } from 'express'
import { z } from 'zod'
import { runsTask, seesJob } from './access.ts'
import { changeTask } from './changes.ts'
import { date } from './dates.ts'
import { answer, asker, bodyOf, idIn, queryOf } from './exchange.ts'
import type { FakeData, FakeImage, FakeJob, FakeTask } from './model.ts'
import { compressed } from './pictures.ts'
import { forbidden, invalid, Refusal } from './refusal.ts'
import type { FakeState } from './state.ts'
import { storedZip } from './zip.ts'

/** The frames that a task or a job shows. */
interface View {
  readonly data: FakeData
  /** First and last frame, both included. */
  readonly start: number
  readonly stop: number
  readonly included: readonly number[] | null
}

const metaChanges = z.looseObject({ deleted_frames: z.array(z.int()).optional() })

export function dataRoutes(router: Router, state: FakeState): void {
  const task = (request: Request): FakeTask => {
    const found = state.task(idIn(request))
    if (!runsTask(state, asker(state, request), found)) throw forbidden()
    return found
  }
  const job = (request: Request): FakeJob => {
    const found = state.job(idIn(request))
    if (!seesJob(state, asker(state, request), found)) throw forbidden()
    return found
  }
  const views: readonly (readonly [string, (request: Request) => View])[] = [
    ['/tasks/:id', (request) => viewOfTask(task(request))],
    ['/jobs/:id', (request) => viewOfJob(state, job(request))],
  ]
  for (const [path, view] of views) {
    router.get(`${path}/data/meta`, (request, response) => {
      answer(response, 200, renderMeta(view(request)))
    })
    router.get(`${path}/data`, (request, response) => media(view(request), request, response))
    router.get(`${path}/preview`, async (request, response) => {
      const { data, start } = view(request)
      await sendJpeg(response, data.images[start], data.imageQuality)
    })
  }
  router.patch('/tasks/:id/data/meta', (request, response) => {
    const own = task(request)
    const { deleted_frames } = bodyOf(metaChanges, request)
    const view = viewOfTask(own)
    changeTask(state, asker(state, request), own, () => {
      view.data.deletedFrames = deleted_frames ?? view.data.deletedFrames
    })
    answer(response, 200, renderMeta(view))
  })
}

/** @throws Refusal 400 before files were sent */
function viewOfTask(task: FakeTask): View {
  if (task.data === null) throw invalid(`Task ${task.id} has no data`)
  return { data: task.data, start: 0, stop: task.data.images.length - 1, included: null }
}

function viewOfJob(state: FakeState, job: FakeJob): View {
  const { data } = viewOfTask(state.task(job.task))
  return { data, start: job.start, stop: job.stop, included: job.included }
}

const isIn = ({ start, stop, included }: View, frame: number) =>
  included === null ? start <= frame && frame <= stop : included.includes(frame)

function renderMeta(view: View) {
  const { data, start, stop, included } = view
  const frames = data.images.filter((_, frame) => isIn(view, frame))
  return {
    chapters: null,
    chunks_updated_date: date(data.chunksUpdated),
    chunk_size: data.chunkSize,
    size: frames.length,
    image_quality: data.imageQuality,
    start_frame: start,
    stop_frame: stop,
    frame_filter: '',
    frames: frames.map(({ width, height, name }) => ({
      width,
      height,
      name,
      related_files: 0,
      has_related_context: false,
    })),
    deleted_frames: data.deletedFrames.filter((frame) => isIn(view, frame)),
    included_frames: included,
    storage: data.storage,
    cloud_storage_id: data.cloudStorage,
  }
}

async function media(view: View, request: Request, response: Response): Promise<void> {
  const query = queryOf(request)
  const type = query.get('type')
  const quality = query.get('quality') ?? 'compressed'
  if (quality !== 'original' && quality !== 'compressed') {
    throw new Refusal(400, { quality: [`"${quality}" is not a valid choice.`] })
  }
  if (type === 'frame') {
    const number = Number(query.get('number') ?? Number.NaN)
    const image = view.data.images[number]
    if (image === undefined || !isIn(view, number)) {
      throw invalid(`Incorrect requested frame number: ${query.get('number')}`)
    }
    if (quality === 'original') sendFile(response, image)
    else await sendJpeg(response, image, view.data.imageQuality)
  } else if (type === 'chunk') {
    await sendChunk(view, query, quality, response)
  } else {
    throw invalid(`unknown data type: ${type}`)
  }
}

function sendFile(response: Response, { name, bytes }: FakeImage): void {
  response.type(extname(name)).send(Buffer.from(bytes))
}

async function sendJpeg(
  response: Response,
  image: FakeImage | undefined,
  quality: number,
): Promise<void> {
  if (image === undefined) throw new Refusal(404, { detail: 'No preview.' })
  response.type('jpeg').send(await compressed(image.bytes, quality))
}

/** Chunks are counted in the task by `number`, in a job also from its first frame by `index`. */
async function sendChunk(
  view: View,
  query: URLSearchParams,
  quality: 'original' | 'compressed',
  response: Response,
): Promise<void> {
  const { data, start } = view
  const index = query.get('index')
  const first =
    index === null
      ? Number(query.get('number') ?? Number.NaN) * data.chunkSize
      : start + Number(index) * data.chunkSize
  const frames = data.images.slice(first, first + data.chunkSize)
  const own = frames.filter((_, i) => isIn(view, first + i))
  if (own.length === 0) throw invalid('Incorrect chunk number')
  const entries = await Promise.all(
    own.map(async ({ name, bytes }, i) => ({
      name: `${String(i).padStart(6, '0')}${quality === 'original' ? extname(name) : '.jpeg'}`,
      bytes: quality === 'original' ? bytes : await compressed(bytes, data.imageQuality),
    })),
  )
  const zip = storedZip(entries)
  response
    .set('X-Checksum', String(crc32(zip)))
    .type('zip')
    .send(zip)
}
