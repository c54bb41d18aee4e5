/** The making of a task's frames and jobs, which CVAT does after the request that asks for it. */
import { z } from 'zod'
import { changeTask, tellJob } from './changes.ts'
import { date } from './dates.ts'
import type { FakeImage, FakeJob, FakeTask, FakeUser } from './model.ts'
import { pictureSize } from './pictures.ts'
import { invalid } from './refusal.ts'
import { worker } from './render.ts'
import type { FakeState } from './state.ts'

const names = z.array(z.string())

/** What the request that starts the work carries; the client's files are in `state.uploads`. */
export const dataOptions = z.looseObject({
  image_quality: z.coerce.number().int().min(0).max(100).default(70),
  chunk_size: z.coerce.number().int().min(1).nullish(),
  sorting_method: z.enum(['lexicographical', 'natural', 'predefined', 'random']).optional(),
  server_files: names.default([]),
  remote_files: names.default([]),
  cloud_storage_id: z.int().nullish(),
  upload_file_order: names.default([]),
  job_file_mapping: z.array(names).nullish(),
})

export type DataOptions = z.infer<typeof dataOptions>

/** @returns id of the request to be asked about @throws Refusal 400 when the task has data already */
export function startMaking(
  state: FakeState,
  user: FakeUser,
  task: FakeTask,
  options: DataOptions,
): string {
  if (task.data !== null) throw invalid('Adding more data is not allowed')
  const { image_quality, chunk_size, server_files, cloud_storage_id: cloudStorage = null } = options
  const here = server_files.length > 0 ? 'share' : 'local'
  changeTask(state, user, task, () => {
    state.startData(task, {
      storage: cloudStorage === null ? here : 'cloud_storage',
      cloudStorage,
      imageQuality: image_quality,
      chunkSize: chunk_size ?? 72,
    })
  })
  const id = `action=create&target=task&target_id=${task.id}`
  const work = () => run(state, user, task, id, options)
  state.requests.set(id, {
    id,
    owner: user.id,
    task: task.id,
    created: state.stamp(),
    pollsLeft: state.queuedPolls,
    work,
    status: 'queued',
    message: '',
    started: null,
    finished: null,
  })
  if (state.queuedPolls === 0) setImmediate(work)
  return id
}

function run(
  state: FakeState,
  user: FakeUser,
  task: FakeTask,
  id: string,
  options: DataOptions,
): void {
  const request = state.requests.get(id)
  if (request === undefined || request.status !== 'queued') return
  // A task that was deleted meanwhile takes its request along.
  if (!state.tasks.has(task.id)) {
    state.requests.delete(id)
    return
  }
  request.started = state.stamp()
  try {
    const images = imagesOf(state, task, options)
    const groups = options.job_file_mapping ?? undefined
    const tell = (job: FakeJob) => tellJob(state, 'create:job', user, job, worker)
    changeTask(state, user, task, () => state.make(task, images, groups, tell), worker)
    request.status = 'finished'
  } catch (error) {
    request.status = 'failed'
    request.message = `${error instanceof Error ? error.message : String(error)}\n`
  }
  request.finished = state.stamp()
  state.uploads.delete(task.id)
  state.deliveries.tell('completed:request[create:task]', task, {
    request: { id, status: request.status, finished_date: date(request.finished) },
  })
}

function imagesOf(state: FakeState, task: FakeTask, options: DataOptions): FakeImage[] {
  const { sorting_method, job_file_mapping, upload_file_order, server_files } = options
  const uploads = state.uploads.get(task.id) ?? new Map<string, Uint8Array>()
  if (options.remote_files.length > 0) {
    throw new Error('ConnectionError: the outbound proxy refuses private addresses')
  }
  const sent = server_files.length > 0 ? server_files : [...uploads.keys()]
  const files = server_files.length > 0 ? filesOf(state, task) : uploads
  const read = (name: string): FakeImage => {
    const bytes = files.get(name)
    if (bytes === undefined) {
      throw new Error(
        `FileNotFoundError: [Errno 2] No such file or directory: '/srv/cvat/share/${name}'`,
      )
    }
    return { name, bytes, ...pictureSize(bytes, name) }
  }
  if (sent.length === 0) throw new Error('ValueError: No media data found')
  return order(sent, { sorting_method, job_file_mapping, upload_file_order }, task).map(read)
}

/** Of the share, or of the task's cloud storage. */
function filesOf(state: FakeState, { data }: FakeTask): ReadonlyMap<string, Uint8Array> {
  if (data === null || data.cloudStorage === null) return state.share
  const files = state.clouds.get(data.cloudStorage)
  if (files !== undefined) return files
  throw new Error('CloudStorage.DoesNotExist: CloudStorage matching query does not exist.')
}

function order(
  sent: readonly string[],
  options: Pick<DataOptions, 'sorting_method' | 'job_file_mapping' | 'upload_file_order'>,
  task: FakeTask,
): readonly string[] {
  const { sorting_method, job_file_mapping, upload_file_order } = options
  if (job_file_mapping != null) {
    if (sorting_method !== undefined) {
      throw fault("It isn't allowed to use the sorting method together with the job file mapping")
    }
    if (task.segmentSize !== 0) {
      throw fault("It isn't allowed to use the segment size together with the job file mapping")
    }
    const mapped = job_file_mapping.flat()
    if (!isSame(mapped, sent)) throw fault('Job file mapping: files differ from those sent')
    return mapped
  }
  if (sorting_method === 'predefined') {
    if (upload_file_order.length === 0) return sent
    if (!isSame(upload_file_order, sent)) {
      throw fault('Upload file order: files differ from those sent')
    }
    return upload_file_order
  }
  return [...sent].sort()
}

const fault = (sentence: string) =>
  new Error(`rest_framework.exceptions.ValidationError: [ErrorDetail(string="${sentence}")]`)

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && new Set(a).size === a.length && a.every((name) => b.includes(name))
