/** What people have said about frames since the last look (contract section 1). */
import { setImmediate as breathe } from 'node:timers/promises'
import { sideBySide } from '@suggestive/shared/bridge/side-by-side'
import { parseJson } from '@suggestive/shared/json'
import { Problem } from '@suggestive/shared/problem'
import type { TaskLabels } from '@suggestive/shared/tool'
import { z } from 'zod'
import type { Annotations, Job } from './client/wire.ts'
import type { Classes } from './codec/classes.ts'
import { microsecondsOf } from './codec/moment.ts'
import { prelabelUse } from './codec/provenance.ts'
import { labelOfFrame } from './codec.ts'
import { type Access, readPool, unlessGone } from './pool/access.ts'
import { overlapMicros } from './pool/job-list.ts'
import { isFinished, isReset } from './pool/standing.ts'
import type { Place, Pool } from './pool.ts'
import type { Memory } from './state.ts'

export interface Changes {
  readonly tasks: readonly TaskLabels[]
  readonly cursor: string
}

const cursorForm = z.strictObject({ after: z.int().min(0).nullable() })

const cursorOf = (after: number | undefined) => JSON.stringify({ after: after ?? null })

/** Jobs whose annotations are read for one page: busy masks can have a megabyte each. */
const jobsOfPage = 20
const atOnce = 4
/** Finished jobs of which it is remembered what was drawn in them before. */
const mostShown = 500

/**
 * Only finished jobs are read, so that neither our own writes nor unfinished work cost anything. Tells a job again only when
 * it has changed since it was told under a cursor which came back.
 */
export class ChangeReader {
  /** Dates of jobs as they were told; believed only when the cursor that ended the reading comes back. */
  readonly #told = new Map<number, string>()
  #telling: { readonly cursor: string; readonly jobs: ReadonlyMap<number, string> } | undefined

  async *read(
    cursor: string | undefined,
    access: Access,
    signal: AbortSignal,
  ): AsyncIterable<Changes> {
    const start = afterOf(cursor)
    this.#begin(cursor, start)
    const jobs = [...(await access.jobs.refresh(signal)).values()]
    const newest = jobs.reduce(
      (max, { updated_date }) => Math.max(max, microsecondsOf(updated_date)),
      -1,
    )
    // Never back, not even when the newest job was deleted.
    const end = newest < 0 ? start : Math.max(newest, start ?? 0)
    const from = start === undefined ? -1 : start - overlapMicros
    const memory = await this.#remember(access, jobs)
    const finished = new Set(memory.finished)
    const fresh = jobs.filter(
      ({ id, updated_date }) =>
        finished.has(id) &&
        microsecondsOf(updated_date) >= from &&
        this.#told.get(id) !== updated_date,
    )
    const telling = new Map<number, string>()
    const next = cursorOf(end)
    if (fresh.length > 0) {
      const pool = await readPool(access, signal)
      const reading = { access, pool, memory, finished }
      const parts = partsOf(fresh.filter(({ id }) => pool.jobs.has(id)))
      for (const part of parts) {
        const tasks = await labelsOf(part, reading, signal)
        for (const { id, updated_date } of part) telling.set(id, updated_date)
        if (part !== parts.at(-1)) yield { tasks, cursor: cursorOf(start) }
        else {
          this.#telling = { cursor: next, jobs: telling }
          yield { tasks, cursor: next }
          return
        }
      }
    }
    this.#telling = { cursor: next, jobs: telling }
    yield { tasks: [], cursor: next }
  }

  #begin(cursor: string | undefined, start: number | undefined): void {
    const telling = this.#telling
    this.#telling = undefined
    if (start === undefined) this.#told.clear()
    else if (telling?.cursor === cursor) {
      for (const [job, date] of telling?.jobs ?? []) this.#told.set(job, date)
    }
  }

  /** Before they are told: what was finished once counts, whatever becomes of the job. */
  #remember({ ledger, stage }: Access, jobs: readonly Job[]): Promise<Memory> {
    return ledger.change((memory) => {
      const known = new Set(memory.finished)
      const news = jobs.filter((job) => isFinished(job, stage) && !known.has(job.id))
      if (news.length === 0) return memory
      const finished = [...memory.finished, ...news.map(({ id }) => id)]
      return { ...memory, finished, prelabels: withoutOld(memory.prelabels, finished) }
    })
  }
}

/** What was shown in jobs that were finished long ago is not worth a place in memory. */
function withoutOld(
  prelabels: Memory['prelabels'],
  finished: readonly number[],
): Memory['prelabels'] {
  const old = new Set(finished.slice(0, -mostShown).map(String))
  return Object.fromEntries(Object.entries(prelabels).filter(([job]) => !old.has(job)))
}

interface Reading {
  readonly access: Access
  readonly pool: Pool
  readonly memory: Memory
  readonly finished: ReadonlySet<number>
}

/** Of all frames of these jobs, each with what other finished jobs say about the same image. */
async function labelsOf(
  jobs: readonly Job[],
  reading: Reading,
  signal: AbortSignal,
): Promise<readonly TaskLabels[]> {
  const { access, pool, finished } = reading
  const keys = new Set(jobs.flatMap(({ id }) => [...pool.keysOf(id).values()]))
  const places = new Map(
    [...keys].map((key) => [key, pool.places(key).filter(({ job }) => finished.has(job))]),
  )
  const wanted = [...new Set([...places.values()].flat().map(({ job }) => job))]
  const read = new Map<number, Annotations>()
  await sideBySide(wanted, atOnce, async (job) => {
    const found = await unlessGone(access.client.annotations(job, signal))
    if (found !== undefined) read.set(job, found)
  })
  const classes = await classesFor(read.values(), access, signal)
  const told: TaskLabels[] = []
  for (const [taskKey, own] of places) {
    // Masks of large images take a while to decode.
    await breathe()
    told.push(labelled(taskKey, own, read, { ...reading, classes }))
  }
  return told
}

/** Read again when a shape has a label that was not there before (contract section 3). */
async function classesFor(
  read: Iterable<Annotations>,
  access: Access,
  signal: AbortSignal,
): Promise<Classes> {
  const classes = await access.classes(signal)
  const { labelIds } = classes
  const hasNew = [...read].some(({ shapes }) =>
    shapes.some(({ label_id }) => !labelIds.has(label_id)),
  )
  return hasNew ? access.classes(signal, true) : classes
}

function labelled(
  taskKey: string,
  places: readonly Place[],
  read: ReadonlyMap<number, Annotations>,
  { pool, memory, classes }: Reading & { readonly classes: Classes },
): TaskLabels {
  const labels: TaskLabels['labels'][number][] = []
  const faults: string[] = []
  for (const { job: id, frame, width, height, copy } of places) {
    const job = pool.jobs.get(id)
    const annotations = read.get(id)
    if (job === undefined || annotations === undefined) continue
    const prelabel = prelabelOf(id, frame, annotations, memory)
    // Its first one may be deleted, or belong to another job.
    const [first] = pool.keysOf(id).keys()
    const { label, faults: own } = labelOfFrame({
      ...annotations,
      job,
      frame,
      size: { width, height },
      classes,
      taskKey,
      tellsStrays: frame === first,
      ...(prelabel === undefined ? {} : { prelabel }),
    })
    faults.push(...own)
    if (label === undefined) continue
    // That nothing is drawn says nothing where the frame was moved to a new pool, or somebody shall annotate it again.
    const isSilent = copy === 'replaced' || isReset(job)
    if (isSilent && label.outcome === 'empty') continue
    labels.push(label)
  }
  return { taskKey, labels, faults }
}

function prelabelOf(
  job: number,
  frame: number,
  { shapes }: Annotations,
  { prelabels }: Memory,
): TaskLabels['labels'][number]['prelabel'] {
  const entry = prelabels[job]
  if (entry === undefined) return undefined
  const ours = entry.shapes
    .filter((shape) => shape.frame === frame)
    .map(({ id, digest }) => ({ id: id ?? undefined, digest }))
  const use = prelabelUse(
    ours,
    shapes.filter((shape) => shape.frame === frame),
  )
  return use === undefined ? undefined : { modelDigest: entry.modelDigest, use }
}

function partsOf(jobs: readonly Job[]): readonly (readonly Job[])[] {
  return jobs.flatMap((_, at) => (at % jobsOfPage === 0 ? [jobs.slice(at, at + jobsOfPage)] : []))
}

function afterOf(cursor: string | undefined): number | undefined {
  if (cursor === undefined) return undefined
  const read = cursorForm.safeParse(parseJson(cursor, 'The cursor of CVAT'))
  if (read.success) return read.data.after ?? undefined
  throw new Problem('wrong-use', 'The cursor is none of CVAT: read everything again.')
}
