/** The bytes of a task's image, from wherever Label Studio says that it lies. */
import type { HttpReply } from '@suggestive/shared/http'
import { Problem } from '@suggestive/shared/problem'
import type { Client } from './client.ts'
import { imageAddress, type ToolAddresses } from './image-address.ts'

export interface ImageLimits extends ToolAddresses {
  /** Origins that the owner has allowed. */
  readonly imageOrigins: readonly string[]
  readonly mostBytes: number
}

export interface ImageFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/**
 * @param value the address in the task's data
 * @throws Problem `unreadable-input` when there is no such image (any more); `forbidden` for an origin that is not allowed;
 *   `too-large`
 */
export async function readImage(
  client: Pick<Client, 'file' | 'foreignFile' | 'storedFile'>,
  task: { readonly id: number; readonly value: unknown },
  limits: ImageLimits,
  signal: AbortSignal,
): Promise<ImageFile> {
  const taskKey = String(task.id)
  const what = `the image of task ${taskKey}`
  const { mostBytes } = limits
  const address = imageAddress(task.value, taskKey, limits)
  switch (address.kind) {
    case 'inline':
      if (address.bytes.length > mostBytes) throw tooLarge(taskKey, mostBytes)
      return { name: address.name, bytes: address.bytes }
    case 'own': {
      // Begins with a dot so that no colon in a name makes it an address of its own.
      const reply = await client.file(`./${address.path}`, what, mostBytes, signal)
      return { name: address.name, bytes: bytesOf(reply, taskKey, 'it') }
    }
    case 'stored': {
      const reply = await client.storedFile(task.id, address.uri, mostBytes, signal)
      const storage = `the storage for ${address.uri.split('/').slice(0, 3).join('/')}`
      return { name: address.name, bytes: bytesOf(reply, taskKey, storage) }
    }
    case 'foreign': {
      const { origin } = address.url
      if (!limits.imageOrigins.some((one) => URL.canParse(one) && new URL(one).origin === origin)) {
        throw new Problem(
          'forbidden',
          `The image of task ${taskKey} lies on ${origin}, which is not allowed: allow it with --image-origins ${origin}.`,
        )
      }
      const reply = await client.foreignFile(address.url, what, mostBytes, signal)
      return { name: address.name, bytes: bytesOf(reply, taskKey, origin) }
    }
    default:
      return address satisfies never
  }
}

/** Origins of images that would have to be allowed; undefined where none is needed or the address is broken. */
export function foreignOrigin(value: unknown, tool: ToolAddresses): string | undefined {
  try {
    const address = imageAddress(value, '', tool)
    return address.kind === 'foreign' ? address.url.origin : undefined
  } catch {
    return undefined
  }
}

function bytesOf(reply: HttpReply, taskKey: string, from: string): Uint8Array {
  const { status, type, bytes } = reply
  if (status === 200 && bytes.length > 0 && !/html|json/.test(type)) return bytes
  if (status === 429 || (status >= 500 && !isMissingUpload(reply))) {
    throw new Problem(
      'tool-failed',
      `The image of task ${taskKey} cannot be read now: ${reply.url.origin} answers with status ${status}. Look into its log.`,
    )
  }
  const why =
    status === 404 || status >= 500
      ? `Label Studio does not find ${from}`
      : status === 200
        ? `${bytes.length === 0 ? 'an empty file' : 'a page instead of an image'} came from ${reply.url.origin}`
        : `${reply.url.origin} answers with status ${status}`
  throw new Problem(
    'unreadable-input',
    `The image of task ${taskKey} cannot be read: ${why}. See whether the task opens in Label Studio.`,
  )
}

/** Label Studio 1.23 fails in this way where there is no such upload. */
function isMissingUpload({ status, bytes }: HttpReply): boolean {
  const text = Buffer.from(bytes.subarray(0, 2000)).toString('utf8')
  return status === 500 && text.includes("'NoneType' object has no attribute 'has_permission'")
}

function tooLarge(taskKey: string, mostBytes: number): Problem {
  return new Problem(
    'too-large',
    `The image of task ${taskKey} is larger than ${mostBytes} bytes: make it smaller, or raise the limit.`,
  )
}
