/** The tasks of a project with their frames; of those only what is deleted may change (contract section 4). */
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import { Problem } from '@suggestive/shared/problem'
import type { DataMeta, Task } from '../client/wire.ts'
import type { Client } from '../client.ts'

export interface TaskFrames {
  readonly task: Task
  readonly meta: DataMeta
}

export interface Tasks {
  /** By id. */
  readonly usable: readonly TaskFrames[]
  /** A sentence when there are tasks without images that can be annotated with masks. */
  readonly leftOut: string | undefined
}

/** Frames as they were read, of the task as it was at a date. */
interface Read {
  readonly meta: DataMeta
  readonly date: string
  /** Milliseconds since 1970; not before it is read again. */
  readonly again: number
}

/** Every save in a job moves the date of its task: reading the frames of a large one shall not be what CVAT mostly does. */
const readingShare = 20
/** What takes less may be read as often as it changes, milliseconds. */
const quick = 250

const atOnce = 4
const mostNamed = 5

export class TaskList {
  readonly #client: Pick<Client, 'tasks' | 'taskMeta'>
  readonly #project: number
  readonly #now: () => number
  readonly #known = new Map<number, Read>()

  /** @param now milliseconds since 1970 */
  constructor(
    client: Pick<Client, 'tasks' | 'taskMeta'>,
    project: number,
    now: () => number = Date.now,
  ) {
    this.#client = client
    this.#project = project
    this.#now = now
  }

  async read(signal: AbortSignal): Promise<Tasks> {
    const all = await this.#client.tasks(this.#project, signal)
    const ids = new Set(all.map(({ id }) => id))
    for (const id of this.#known.keys()) if (!ids.has(id)) this.#known.delete(id)
    // Without a size it is still being made, or its making has failed.
    const made = all.filter(({ size }) => (size ?? 0) > 0)
    const flat = made.filter(
      ({ dimension, mode }) => dimension === '2d' && mode !== 'interpolation',
    )
    const changed = flat.filter(({ id, updated_date }) => {
      const known = this.#known.get(id)
      return known === undefined || (known.date !== updated_date && known.again <= this.#now())
    })
    await sideBySide(changed, atOnce, async (task) => {
      const began = this.#now()
      const meta = await this.#metaOf(task, signal)
      const took = this.#now() - began
      const again = took < quick ? 0 : this.#now() + readingShare * took
      if (meta === undefined) this.#known.delete(task.id)
      else this.#known.set(task.id, { meta, date: task.updated_date, again })
    })
    const usable = flat.flatMap((task) => {
      const meta = this.known(task.id)
      return meta === undefined ? [] : { task, meta }
    })
    return {
      usable: usable.toSorted((a, b) => a.task.id - b.task.id),
      leftOut: sentenceOf(made.filter((task) => !flat.includes(task))),
    }
  }

  /** As it was read last. */
  known(task: number): DataMeta | undefined {
    return this.#known.get(task)?.meta
  }

  /** None for a task that was deleted after it was listed. */
  async #metaOf(task: Task, signal: AbortSignal): Promise<DataMeta | undefined> {
    try {
      return await this.#client.taskMeta(task.id, signal)
    } catch (error) {
      if (error instanceof Problem && error.kind === 'not-found') return undefined
      throw error
    }
  }
}

function sentenceOf(tasks: readonly Task[]): string | undefined {
  if (tasks.length === 0) return undefined
  const names = tasks.slice(0, mostNamed).map(({ id, name }) => `${id} "${name}"`)
  const more = tasks.length > mostNamed ? ' ...' : ''
  return `${tasks.length === 1 ? 'Task' : 'Tasks'} ${names.join(', ')}${more} of the project ${tasks.length === 1 ? 'is' : 'are'} left out: videos and 3D data cannot be suggested; images in other tasks are not affected.`
}
