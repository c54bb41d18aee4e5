/** Forms with many image files. */
import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { Problem } from '@suggestive/shared/problem'
import busboy from 'busboy'
import { chunksOf, usualLimits } from './body.ts'
import type { Services } from './deps.ts'
import { finish, tooLarge } from './upload.ts'
import { withoutName } from './uploads.ts'

interface FormReply {
  readonly stored: {
    name: string
    digest: string
    bytes: number
    width: number
    height: number
  }[]
  readonly refused: { name: string; detail: string }[]
}

/** Files of one form at most. */
const mostFiles = 1000
let forms = 0

/** Files one after another; a refused one does not stop the others. */
export async function receiveForm(request: IncomingMessage, deps: Services): Promise<FormReply> {
  const reply: FormReply = { stored: [], refused: [] }
  const form = `${withoutName}${++forms}`
  let files = 0
  let work = Promise.resolve()
  let isOver = false
  const parser = parserOf(request)
  const received = new Promise<void>((resolve, reject) => {
    /** Ends the file that is being received, too: nobody else would. */
    const fail = (error: unknown) => {
      isOver = true
      reject(error)
      request.unpipe(parser)
      parser.destroy()
    }
    parser.on('file', (_, content, { filename }) => {
      const upload = `${form}-${++files}`
      const name = filename === undefined || filename === '' ? `file ${files}` : filename
      // A broken form breaks files that nobody reads yet, too.
      content.on('error', () => {})
      const receive = async () => {
        if (!isOver) await receiveFile(upload, name, content, deps, reply)
      }
      work = work.then(receive).catch(fail)
    })
    parser.on('filesLimit', () =>
      fail(
        new Problem(
          'wrong-use',
          `The form has more than ${mostFiles} files: send the rest in another request.`,
        ),
      ),
    )
    parser.on('error', (cause) =>
      fail(
        new Problem('wrong-use', 'The form cannot be read: send it as multipart/form-data.', {
          cause,
        }),
      ),
    )
    parser.on('close', () => void work.then(resolve))
    request.on('aborted', () => fail(new Problem('cancelled', 'The form was not sent whole.')))
    request.pipe(parser)
  })
  try {
    await received
  } finally {
    await work
  }
  return reply
}

async function receiveFile(
  upload: string,
  name: string,
  content: Readable,
  deps: Services,
  { stored, refused }: FormReply,
): Promise<void> {
  const { uploads, limits = usualLimits } = deps
  try {
    await uploads.remove(upload)
    await uploads.append(upload, 0, chunksOf(content), limits.image, () => tooLarge(limits.image))
    stored.push({ name, ...(await finish(upload, name, deps)) })
  } catch (error) {
    if (error === content.errored) throw broken(error)
    if (!(error instanceof Problem) || error.status >= 500) throw error
    refused.push({ name, detail: error.message })
  } finally {
    await uploads.remove(upload)
    for await (const _ of content);
  }
}

function broken(cause: unknown): Problem {
  return new Problem('wrong-use', 'The form cannot be read to its end: send it again.', { cause })
}

function parserOf({ headers }: IncomingMessage) {
  try {
    return busboy({ headers, limits: { files: mostFiles, fields: 0 } })
  } catch (cause) {
    throw new Problem('wrong-use', 'The form has no boundary: let the client make its header.', {
      cause,
    })
  }
}
