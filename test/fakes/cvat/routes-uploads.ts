/** The ways in which the files of a task arrive. */
import { randomUUID } from 'node:crypto'
import { basename } from 'node:path'
import express, { type Request, type Router } from 'express'
import { runsTask } from './access.ts'
import { dataOptions, startMaking } from './creation.ts'
import { answer, asker, idIn } from './exchange.ts'
import type { FakeTask } from './model.ts'
import { type Form, readForm } from './multipart.ts'
import { forbidden, missing, Refusal } from './refusal.ts'
import type { FakeState } from './state.ts'

/** A file that comes in pieces, after the TUS protocol. */
interface Resumable {
  readonly task: number
  readonly name: string
  readonly length: number
  bytes: Buffer
}

export function uploadRoutes(router: Router, state: FakeState): void {
  const resumables = new Map<string, Resumable>()
  const open = (request: Request): FakeTask => {
    const task = state.task(idIn(request))
    if (!runsTask(state, asker(state, request), task)) throw forbidden()
    return task
  }
  router.post('/tasks/:id/data', async (request, response) => {
    const task = open(request)
    if (has(request, 'upload-length')) {
      const id = randomUUID()
      const name = nameIn(request)
      const length = Number(request.get('upload-length'))
      resumables.set(id, { task: task.id, name, length, bytes: Buffer.alloc(0) })
      response
        .location(`${state.address}/api/tasks/${task.id}/data/${id}`)
        .set({ 'Upload-Filename': name, 'Upload-Offset': '0', 'Tus-Resumable': '1.0.0' })
      answer(response, 201)
      return
    }
    if (has(request, 'upload-start')) {
      state.uploads.set(task.id, new Map())
      answer(response, 202)
      return
    }
    const form: Form = request.is('multipart/form-data')
      ? await readForm(request)
      : { fields: request.body ?? {}, files: [] }
    const uploads = state.uploads.get(task.id) ?? new Map<string, Uint8Array>()
    state.uploads.set(task.id, uploads)
    for (const { name, bytes } of form.files) uploads.set(name, bytes)
    if (has(request, 'upload-multiple')) {
      answer(response, 200)
      return
    }
    const { data, error } = dataOptions.safeParse(form.fields)
    if (data === undefined) {
      const [issue] = error.issues
      throw new Refusal(400, { [String(issue?.path[0])]: [issue?.message] })
    }
    const id = startMaking(state, asker(state, request), task, data)
    answer(response, 202, { rq_id: id })
  })
  const raw = express.raw({ type: 'application/offset+octet-stream', limit: '250mb' })
  router.patch('/tasks/:id/data/:file', raw, (request, response, next) => {
    const file = resumables.get(String(request.params['file']))
    if (file === undefined) {
      next()
      return
    }
    open(request)
    if (Number(request.get('upload-offset')) !== file.bytes.length) {
      response.set('Upload-Offset', String(file.bytes.length))
      throw new Refusal(409, 'Wrong offset')
    }
    if (Buffer.isBuffer(request.body)) file.bytes = Buffer.concat([file.bytes, request.body])
    if (file.bytes.length === file.length) {
      state.uploads.get(file.task)?.set(file.name, file.bytes)
    }
    response.set({
      'Upload-Offset': String(file.bytes.length),
      'Upload-Filename': file.name,
      'Tus-Resumable': '1.0.0',
    })
    answer(response, 204)
  })
  router.head('/tasks/:id/data/:file', (request, response) => {
    const file = resumables.get(request.params.file)
    if (file === undefined) throw missing('file')
    response.set({
      'Upload-Offset': String(file.bytes.length),
      'Upload-Length': String(file.length),
      'Tus-Resumable': '1.0.0',
    })
    answer(response, 200)
  })
}

/** Its presence counts, not its value. */
const has = (request: Request, header: string) => request.headers[header] !== undefined

/** `Upload-Metadata: filename <base64>` */
function nameIn(request: Request): string {
  const metadata = request.get('upload-metadata') ?? ''
  const [, text] = /(?:^|,)filename ([^,]+)/.exec(metadata) ?? []
  if (text === undefined) throw new Refusal(400, 'File name is missing')
  return basename(Buffer.from(text, 'base64').toString('utf8'))
}
