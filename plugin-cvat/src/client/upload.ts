/** Frames of a new task, sent in parts (contract section 6). */
import { randomUUID } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import type { TaskData } from '../client.ts'
import type { Caller } from './call.ts'

/** A part is sent when it has so much. */
const partBytes = 4_000_000
const partFiles = 50

/** Slow lines. */
const timeoutMs = 600_000

interface File {
  readonly name: string
  readonly bytes: Uint8Array
}

/** What CVAT keeps of a name is what stands behind the last slash. */
export function checkUploads(names: readonly string[]): void {
  const wrong = names.find((name) => name === '' || /[/\\\p{Cc}]/u.test(name))
  if (wrong !== undefined) {
    throw new Problem(
      'wrong-use',
      `${JSON.stringify(wrong.slice(0, 100))} is no name for a file to be sent to CVAT: leave out folders and control characters.`,
    )
  }
  if (new Set(names).size === names.length) return
  const twice = names.find((name, index) => names.indexOf(name) < index)
  throw new Problem(
    'wrong-use',
    `Two files to be sent to CVAT have the name "${twice}": give them different ones.`,
  )
}

/** Parts are not repeated: the server appends what it gets. */
export async function sendFiles(
  { done }: Pick<Caller, 'done'>,
  task: number,
  { files, read }: Extract<TaskData, { readonly from: 'upload' }>,
  signal: AbortSignal,
): Promise<void> {
  const post = (headers: Readonly<Record<string, string>>, body?: Uint8Array) =>
    done(
      {
        method: 'POST',
        path: `tasks/${task}/data`,
        headers,
        body,
        timeoutMs,
        what: `frames of the new task ${task}`,
      },
      signal,
    )
  const send = async (part: readonly File[]) => {
    const { body, boundary } = formOf(part)
    const type = `multipart/form-data; boundary=${boundary}`
    await post({ 'Upload-Multiple': 'true', 'Content-Type': type }, body)
  }

  await post({ 'Upload-Start': 'true' })
  let part: File[] = []
  let bytes = 0
  for (const name of files) {
    const file = { name, bytes: await read(name, signal) }
    if (part.length > 0 && (bytes + file.bytes.length > partBytes || part.length === partFiles)) {
      await send(part)
      part = []
      bytes = 0
    }
    part.push(file)
    bytes += file.bytes.length
  }
  await send(part)
}

/** The quality is of the compressed copies for the editor; the server wants it in each part. */
function formOf(files: readonly File[]): { readonly body: Uint8Array; readonly boundary: string } {
  const boundary = `suggestive-${randomUUID()}`
  const field = (disposition: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`
  const pieces: Uint8Array[] = [Buffer.from(`${field('name="image_quality"')}\r\n90\r\n`)]
  for (const [index, { name, bytes }] of files.entries()) {
    const escaped = name.replaceAll('"', '%22')
    const head = field(`name="client_files[${index}]"; filename="${escaped}"`)
    pieces.push(Buffer.from(`${head}Content-Type: application/octet-stream\r\n\r\n`))
    pieces.push(bytes, Buffer.from('\r\n'))
  }
  pieces.push(Buffer.from(`--${boundary}--\r\n`))
  return { body: Buffer.concat(pieces), boundary }
}
