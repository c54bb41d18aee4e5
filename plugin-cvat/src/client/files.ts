/** Calls for the bytes of frames (contract section 4). */
import type { HttpReply } from '@suggestive/shared/http'
import { Problem } from '@suggestive/shared/problem'
import { unzipSync } from 'fflate'
import type { Caller } from './call.ts'

/** Of one frame. */
const mostFrameBytes = 512_000_000
/** Of a chunk, packed and unpacked: what is larger is read frame by frame. */
const mostChunkBytes = 512_000_000
/** Large images over slow lines; a chunk may have to be made first. */
const timeoutMs = 300_000

export function fileCalls({ raw, refused }: Caller) {
  async function read(
    task: number,
    type: 'frame' | 'chunk',
    number: number,
    mostBytes: number,
    signal: AbortSignal,
  ): Promise<HttpReply> {
    const what = `${type} ${number} of task ${task}`
    // Compressed ones are JPEG: never to be learnt from.
    const query = { type, number, quality: 'original' }
    const path = `tasks/${task}/data`
    const call = { method: 'GET', path, query, mostBytes, timeoutMs, what } as const
    const reply = await raw(call, signal)
    const { status, bytes } = reply
    if (status === 400 || status === 404 || status === 410) {
      const { message } = refused({ ...reply, status: 404 }, what)
      throw new Problem('unreadable-input', message)
    }
    if (status < 200 || status > 299) throw refused(reply, what)
    if (bytes.length > 0 && !/html|json/.test(reply.type)) return reply
    throw new Problem(
      'unreadable-input',
      `CVAT sends ${bytes.length === 0 ? 'nothing' : 'a text'} instead of the ${what}: see whether the task opens in CVAT.`,
    )
  }

  return {
    async frame(task: number, frame: number, signal: AbortSignal): Promise<Uint8Array> {
      return (await read(task, 'frame', frame, mostFrameBytes, signal)).bytes
    },

    async chunk(task: number, chunk: number, signal: AbortSignal): Promise<readonly Uint8Array[]> {
      const { bytes } = await read(task, 'chunk', chunk, mostChunkBytes, signal)
      return unpacked(bytes, `chunk ${chunk} of task ${task}`)
    },
  }
}

/** Entries `000000.png`, `000001.png`, ... in this order. */
function unpacked(bytes: Uint8Array, what: string): readonly Uint8Array[] {
  let total = 0
  try {
    const files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        total += originalSize
        if (total > mostChunkBytes) {
          throw new Problem(
            'too-large',
            `The ${what} has more than ${mostChunkBytes} bytes: its frames have to be read one by one.`,
          )
        }
        return !name.endsWith('/')
      },
    })
    return Object.entries(files)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, file]) => file)
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem(
      'unreadable-input',
      `The ${what} is no ZIP file that can be read: see whether the task opens in CVAT.`,
      { cause: error },
    )
  }
}
