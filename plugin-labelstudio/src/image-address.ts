/** Where the image of a task lies, by the address in its data. */
import { Problem } from '@suggestive/shared/problem'

export type ImageAddress =
  /** Served by Label Studio itself, which wants the token; relative to its address. */
  | { readonly kind: 'own'; readonly path: string; readonly name: string }
  /** In a storage that Label Studio knows. */
  | { readonly kind: 'stored'; readonly uri: string; readonly name: string }
  | { readonly kind: 'inline'; readonly bytes: Uint8Array; readonly name: string }
  /** On another server, which must be allowed. */
  | { readonly kind: 'foreign'; readonly url: URL; readonly name: string }

export interface ToolAddresses {
  /** Where the plugin reaches Label Studio. */
  readonly address: string
  /** Where people reach it (LABEL_STUDIO_HOST), when that is another one. */
  readonly publicAddress?: string | undefined
}

/**
 * @param value `task.data[key]`
 * @throws Problem `unreadable-input`
 */
export function imageAddress(value: unknown, taskKey: string, tool: ToolAddresses): ImageAddress {
  if (typeof value !== 'string' || value === '') {
    throw unreadable(taskKey, 'its data has no address of an image')
  }
  if (value.startsWith('data:')) return inline(value, taskKey)
  if (/^(s3|gs|azure-blob):\/\//.test(value)) {
    return { kind: 'stored', uri: value, name: nameOf(value, taskKey) }
  }
  const own = ownPath(value, tool)
  if (own !== undefined) return { kind: 'own', path: own, name: nameOf(value, taskKey) }
  if (/^https?:\/\//i.test(value) && URL.canParse(value)) {
    return { kind: 'foreign', url: new URL(value), name: nameOf(value, taskKey) }
  }
  const shown = value.length > 60 ? `${value.slice(0, 60)}...` : value
  throw unreadable(taskKey, `"${shown}" is no address that Label Studio serves`)
}

/** The file's own name: the last part of the path, of the storage's path, or a local file's `d`. */
export function nameOf(value: string, taskKey: string): string {
  if (value.startsWith('data:')) return `task-${taskKey}`
  const [path = '', query = ''] = value.split(/\?(.*)/s)
  const local = /\/data\/local-files\/?$/.test(path) ? new URLSearchParams(query).get('d') : null
  const last = (local ?? decoded(path)).split(/[\\/]/).at(-1) ?? ''
  const isUpload = /\/data\/upload\//.test(path)
  const name = (isUpload ? last.replace(/^[0-9a-f]{8}-/, '') : last).replace(/\p{Cc}/gu, '')
  return name === '' ? `task-${taskKey}` : name.slice(0, 500)
}

/** Undefined when Label Studio does not serve it. */
function ownPath(value: string, { address, publicAddress }: ToolAddresses): string | undefined {
  if (/^\/\/|^\/\\/.test(value)) return undefined
  if (value.startsWith('/')) return belowPrefix(value, [address, publicAddress])
  if (!URL.canParse(value)) return undefined
  const url = new URL(value)
  const isOwn = [address, publicAddress].some(
    (one) => one !== undefined && URL.canParse(one) && new URL(one).origin === url.origin,
  )
  return isOwn ? belowPrefix(`${url.pathname}${url.search}`, [address, publicAddress]) : undefined
}

/** Without a leading slash: the prefix of the configured address comes before it again. */
function belowPrefix(path: string, addresses: readonly (string | undefined)[]): string {
  for (const address of addresses) {
    if (address === undefined || !URL.canParse(address)) continue
    const prefix = `${new URL(address).pathname.replace(/\/+$/, '')}/`
    if (path.startsWith(prefix)) return path.slice(prefix.length)
  }
  return path.slice(1)
}

function inline(value: string, taskKey: string): ImageAddress {
  const comma = value.indexOf(',')
  if (comma < 0) throw unreadable(taskKey, 'its data: address has no comma')
  const content = value.slice(comma + 1)
  const isBase64 = /;base64$/i.test(value.slice(0, comma))
  const bytes = isBase64
    ? Buffer.from(decoded(content), 'base64')
    : Buffer.from(decoded(content), 'latin1')
  if (bytes.length === 0) throw unreadable(taskKey, 'its data: address is empty')
  return { kind: 'inline', bytes, name: nameOf(value, taskKey) }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function unreadable(taskKey: string, why: string): Problem {
  return new Problem(
    'unreadable-input',
    `The image of task ${taskKey} cannot be read: ${why}. Correct the task in Label Studio.`,
  )
}
