/** New tasks: created, filled, and waited for (contract section 6). */
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '@suggestive/shared/problem'
import type { ClientOptions, TaskCreation, TaskData } from '../client.ts'
import type { Caller } from './call.ts'
import { checkUploads, sendFiles } from './upload.ts'
import * as wire from './wire.ts'

/** Quick at first, then every 5 s, for about three hours: a server with a long queue takes its time. */
const pauseMs = (poll: number) => Math.min(5000, 250 * 2 ** poll)
const mostPolls = 2200

/** To list 100,000 files. */
const timeoutMs = 300_000

/** To take away what failed, also after the caller has stopped. */
const cleanUpMs = 60_000

export function creationCalls(
  caller: Caller,
  pause: NonNullable<ClientOptions['pause']> = (ms, signal) => sleep(ms, undefined, { signal }),
) {
  const { json, deleted } = caller

  async function createTask(
    creation: TaskCreation,
    data: TaskData,
    signal: AbortSignal,
  ): Promise<number> {
    check(creation, data)
    const { name, project, subset, segmentSize } = creation
    // A mapping of files to jobs forbids a segment size; with one, the overlap is said, too: its default is the server's.
    const segments =
      data.groups !== undefined || segmentSize === undefined
        ? {}
        : { segment_size: segmentSize, overlap: 0 }
    const body = {
      name,
      project_id: project,
      ...segments,
      ...(subset === undefined ? {} : { subset }),
    }
    const call = {
      method: 'POST',
      path: 'tasks',
      body,
      what: `a task in project ${project}`,
    } as const
    const { id } = await json(call, wire.task, signal)
    try {
      await finished(await fill(id, data, signal), id, signal)
      return id
    } catch (error) {
      throw await cleanedUp(id, error)
    }
  }

  async function fill(id: number, data: TaskData, signal: AbortSignal): Promise<string> {
    const order =
      data.groups === undefined
        ? { sorting_method: 'predefined' }
        : { job_file_mapping: data.groups }
    const common = { image_quality: 90, use_cache: true, storage_method: 'cache', ...order }
    const what = `frames of the new task ${id}`
    if (data.from === 'upload') {
      await sendFiles(caller, id, data, signal)
      const named = data.groups === undefined ? { upload_file_order: data.files } : {}
      return take(id, { ...common, ...named }, { 'Upload-Finish': 'true' }, what, signal)
    }
    const storage = data.from === 'cloud' ? { cloud_storage_id: data.cloudStorage } : {}
    return take(id, { ...common, ...storage, server_files: data.files }, {}, what, signal)
  }

  async function take(
    id: number,
    body: unknown,
    headers: Readonly<Record<string, string>>,
    what: string,
    signal: AbortSignal,
  ): Promise<string> {
    const path = `tasks/${id}/data`
    const call = { method: 'POST', path, body, headers, timeoutMs, what } as const
    return (await json(call, wire.accepted, signal)).rq_id
  }

  /** The id of a request holds `&` and `=`. */
  async function finished(request: string, id: number, signal: AbortSignal): Promise<void> {
    const path = `requests/${encodeURIComponent(request)}`
    const call = { method: 'GET', path, what: `the creation of task ${id}` } as const
    for (let poll = 0; poll < mostPolls; poll++) {
      const { status, message } = await json(call, wire.request, signal)
      if (status === 'finished') return
      if (status === 'failed') {
        const said = (message ?? '')
          .replace(/\p{Cc}+|\s+/gu, ' ')
          .trim()
          .slice(0, 300)
        throw new Problem(
          'wrong-use',
          `CVAT could not create a task from these frames ("${said}"): correct what it names.`,
        )
      }
      await pause(pauseMs(poll), signal).catch((error: unknown) => {
        throw signal.aborted
          ? new Problem('cancelled', 'The creation of the task was stopped.')
          : error
      })
    }
    throw new Problem(
      'tool-failed',
      `CVAT has not finished the creation of task ${id} for hours: see whether its import worker runs.`,
    )
  }

  /** A failed creation leaves an empty task behind (contract section 11). */
  async function cleanedUp(id: number, error: unknown): Promise<unknown> {
    try {
      await deleted(`tasks/${id}`, `task ${id}`, AbortSignal.timeout(cleanUpMs))
      return error
    } catch {
      if (!(error instanceof Problem)) return error
      return new Problem(
        error.kind,
        `${error.message} The unfinished task ${id} could not be deleted: delete it in CVAT.`,
        { cause: error },
      )
    }
  }

  return { createTask }
}

function check({ segmentSize }: TaskCreation, data: TaskData): void {
  const { files, groups } = data
  if (files.length === 0) {
    throw new Problem('wrong-use', 'A task without frames cannot be created: name some.')
  }
  if (groups !== undefined) {
    const grouped = groups.flat()
    const known = new Set(files)
    const isWhole = grouped.length === files.length && grouped.every((name) => known.has(name))
    if (
      !isWhole ||
      new Set(grouped).size !== grouped.length ||
      groups.some((one) => one.length === 0)
    )
      throw new Problem(
        'wrong-use',
        'The groups of a new task do not hold each of its frames once: put every frame into exactly one group.',
      )
    if (segmentSize !== undefined) {
      throw new Problem(
        'wrong-use',
        'A new task has either groups or a segment size: leave one out.',
      )
    }
  }
  if (data.from === 'cloud' && data.cloudStorage === undefined) {
    throw new Problem('wrong-use', 'Frames from a cloud storage need its id: name it.')
  }
  if (data.from === 'upload') checkUploads(files)
}
