/** What the sidecar knows about the tasks: the one place that changes them, so that no change overwrites another. */
import { type TaskInput, taskInput } from '../protocol/task.ts'
import type { Connection } from './deps.ts'

export interface Mirror {
  get(taskKey: string): TaskInput | undefined
  keys(): readonly string[]
  /** A task with this image, by the SHA-256 of its bytes in lower-case hex; the one that came first. Time: the number of tasks. */
  withImage(digest: string): TaskInput | undefined
  /** It is something that the sidecar could not take. */
  isRefused(taskKey: string): boolean
  /** Changes some fields of a task, or adds it. @returns false for what the sidecar could not take */
  set(taskKey: string, fields: Partial<Omit<TaskInput, 'taskKey'>>): boolean
  /** Sends all changes; those that cannot be sent now are sent with the next ones. */
  flush(signal: AbortSignal): Promise<void>
  /** Forgets everything and reads it from the sidecar. */
  load(signal: AbortSignal): Promise<void>
}

/** Of one request: some megabytes with the longest addresses. */
const most = 2000

export function createMirror({
  sidecar,
  id,
  board,
}: Pick<Connection, 'sidecar' | 'id' | 'board'>): Mirror {
  const tasks = new Map<string, TaskInput>()
  const changed = new Set<string>()
  const refused = new Set<string>()
  let last: Promise<void> = Promise.resolve()

  async function send(signal: AbortSignal) {
    while (changed.size > 0) {
      const keys = [...changed].slice(0, most)
      for (const key of keys) changed.delete(key)
      const batch = keys.flatMap((key) => tasks.get(key) ?? [])
      try {
        await sidecar.putTasks(id, batch, signal)
      } catch (error) {
        for (const key of keys) changed.add(key)
        throw error
      }
    }
  }

  return {
    get: (taskKey) => tasks.get(taskKey),
    keys: () => [...tasks.keys()],
    withImage(digest) {
      for (const task of tasks.values()) {
        if (task.imageDigest === digest && task.state !== 'gone') return task
      }
      return undefined
    },
    isRefused: (taskKey) => refused.has(taskKey),
    set(taskKey, fields) {
      const before = tasks.get(taskKey)
      const found = taskInput.safeParse({ name: '?', ...before, ...fields, taskKey })
      if (!found.success) {
        const [issue] = found.error.issues
        refused.add(taskKey)
        board.setOf('task', taskKey, {
          sentence: `Task ${taskKey} is left out: its ${issue?.path.join('.')} ${issue?.message}.`,
          remedy: 'Correct the task in the tool.',
          url: fields.url,
        })
        return false
      }
      refused.delete(taskKey)
      board.clearOf('task', taskKey)
      if (before !== undefined && isSame(before, found.data)) return true
      tasks.set(taskKey, found.data)
      changed.add(taskKey)
      return true
    },
    flush(signal) {
      const sent = last.catch(() => {}).then(() => send(signal))
      last = sent
      return sent
    },
    async load(signal) {
      const known = new Map<string, TaskInput>()
      for await (const { items } of sidecar.tasks(id, signal)) {
        for (const { taskKey, name, state, imageDigest, url, width, height } of items) {
          known.set(taskKey, {
            taskKey,
            name,
            state,
            ...(imageDigest === null ? {} : { imageDigest }),
            ...(url === null ? {} : { url }),
            ...(width === null ? {} : { width }),
            ...(height === null ? {} : { height }),
          })
        }
      }
      tasks.clear()
      changed.clear()
      for (const [key, task] of known) tasks.set(key, task)
    },
  }
}

function isSame(a: TaskInput, b: TaskInput): boolean {
  return (
    a.name === b.name &&
    a.url === b.url &&
    a.state === b.state &&
    a.imageDigest === b.imageDigest &&
    a.width === b.width &&
    a.height === b.height
  )
}
