/** Compares the tool's tasks with the sidecar's: new, renamed, in progress, gone. */
import type { ToolTask } from '../tool.ts'
import type { Connection } from './deps.ts'
import type { Mirror } from './mirror.ts'

export interface Inventory {
  readonly tasks: number
  readonly added: number
  readonly gone: number
  /** Their images may be others now. */
  readonly renamed: readonly string[]
}

/** Tasks are gone only when the tool has listed all it has. */
export async function takeInventory(
  { tool, mirror }: Pick<Connection, 'tool'> & { readonly mirror: Mirror },
  signal: AbortSignal,
): Promise<Inventory> {
  const earlier = mirror.keys()
  const seen = new Set<string>()
  const renamed: string[] = []
  let added = 0
  for await (const page of tool.tasks(signal)) {
    for (const task of page) {
      const before = mirror.get(task.taskKey)
      if (!mirror.set(task.taskKey, fieldsOf(task))) continue
      seen.add(task.taskKey)
      if (before === undefined) added++
      else if (before.name !== mirror.get(task.taskKey)?.name) renamed.push(task.taskKey)
    }
    await mirror.flush(signal)
  }
  let gone = 0
  for (const key of earlier) {
    if (seen.has(key) || mirror.get(key)?.state === 'gone') continue
    mirror.set(key, { state: 'gone' })
    gone++
  }
  await mirror.flush(signal)
  return { tasks: seen.size, added, gone, renamed }
}

/** Names are for people: what the protocol does not take in them is left out. */
function fieldsOf({ name, url, state }: ToolTask) {
  const plain = name.replace(/\p{Cc}+/gu, ' ').slice(0, 500)
  return { name: plain === '' ? '?' : plain, url, state }
}
