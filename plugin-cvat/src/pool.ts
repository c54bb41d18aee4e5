/** The frames of a project as tasks of the product, and the jobs in which people annotate them. */
import type { Job } from './client/wire.ts'
import type { TaskFrames } from './pool/task-list.ts'
import type { Copy, Memory } from './state.ts'

/** A frame in a job. */
export interface Place {
  readonly task: number
  /** Within the task. */
  readonly frame: number
  readonly job: number
  readonly name: string
  /** In pixels. */
  readonly width: number
  readonly height: number
  /** Absent for the frame of the pool itself. */
  readonly copy?: Copy['kind']
}

/** The product's name of a frame of CVAT. */
export const keyOf = (task: number, frame: number): string => `${task}-${frame}`

/** Task and frame of a name; undefined for text that is no name. */
export function frameOf(
  taskKey: string,
): { readonly task: number; readonly frame: number } | undefined {
  const [, task, frame] = /^(\d{1,15})-(\d{1,9})$/.exec(taskKey) ?? []
  return task === undefined ? undefined : { task: Number(task), frame: Number(frame) }
}

export class Pool {
  readonly tasks: ReadonlyMap<number, TaskFrames>
  /** Of the tasks above. */
  readonly jobs: ReadonlyMap<number, Job>
  readonly #places = new Map<string, Place[]>()
  readonly #keys = new Map<number, Map<number, string>>()
  readonly #own: string[] = []

  constructor(
    tasks: readonly TaskFrames[],
    jobs: Iterable<Job>,
    { copies, pools }: Pick<Memory, 'copies' | 'pools'>,
  ) {
    const byTask = new Map<number, Job[]>()
    for (const job of jobs) {
      const own = byTask.get(job.task_id)
      if (own === undefined) byTask.set(job.task_id, [job])
      else own.push(job)
    }
    // What is being made may be listed already, before its number is known.
    const names = new Set(
      [...copies.filter(({ task }) => task === null), ...pools].map(({ name }) => name),
    )
    // An earlier round that people still work in may have the same name.
    const known = new Set(copies.map(({ task }) => task))
    const made = tasks.filter(({ task }) => known.has(task.id) || !names.has(task.name))
    this.tasks = new Map(made.map((one) => [one.task.id, one]))
    for (const one of made) {
      const copy = copies.find(({ task }) => task === one.task.id)
      const own = (byTask.get(one.task.id) ?? []).toSorted((a, b) => a.id - b.id)
      for (const job of own) this.#take(one, job, copy)
    }
    this.jobs = new Map(
      [...byTask.values()].flat().flatMap((job) => {
        return this.tasks.has(job.task_id) ? [[job.id, job] as const] : []
      }),
    )
  }

  /** Every task of the product, in the order of CVAT's tasks and frames. */
  keys(): readonly string[] {
    return this.#own
  }

  /** The frame itself first, then its copies; empty for an unknown name. */
  places(taskKey: string): readonly Place[] {
    return this.#places.get(taskKey) ?? []
  }

  /** Where the pool has it; undefined when it is gone. */
  place(taskKey: string): Place | undefined {
    return this.places(taskKey).find(({ copy }) => copy === undefined)
  }

  /** Names of the frames of a job, by frame, in their order; a copy has the name of what it is a copy of. */
  keysOf(job: number): ReadonlyMap<number, string> {
    return this.#keys.get(job) ?? new Map<number, string>()
  }

  /** Of the pool's own jobs and of copies. */
  jobsOf(taskKey: string): readonly Job[] {
    return this.places(taskKey).flatMap(({ job }) => this.jobs.get(job) ?? [])
  }

  #take({ task, meta }: TaskFrames, job: Job, copy: Copy | undefined): void {
    const deleted = new Set(meta.deleted_frames)
    for (let frame = job.start_frame; frame <= job.stop_frame; frame++) {
      const picture = meta.frames[frame]
      if (picture === undefined || deleted.has(frame)) continue
      const named = copy?.keys[frame] ?? null
      // What was added to a round by hand belongs to nothing.
      if (named === null && copy?.kind === 'round') continue
      const key = named ?? keyOf(task.id, frame)
      const { width, height, name } = picture
      const place: Place = {
        task: task.id,
        frame,
        job: job.id,
        name,
        width,
        height,
        ...(named === null || copy === undefined ? {} : { copy: copy.kind }),
      }
      const all = this.#places.get(key) ?? []
      this.#places.set(key, all)
      // Overlapping jobs: the first one has it.
      if (all.some((one) => one.task === task.id && one.frame === frame)) continue
      if (place.copy === undefined) {
        all.unshift(place)
        this.#own.push(key)
      } else all.push(place)
      const keys = this.#keys.get(job.id) ?? new Map<number, string>()
      this.#keys.set(job.id, keys)
      keys.set(frame, key)
    }
  }
}
