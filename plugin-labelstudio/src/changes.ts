/** What people have said about tasks since the last look. */
import { setImmediate as breathe } from 'node:timers/promises'
import { parseJson } from '@suggestive/shared/json'
import { Problem } from '@suggestive/shared/problem'
import type { TaskLabels } from '@suggestive/shared/tool'
import { z } from 'zod'
import { changedAfter } from './client/task-query.ts'
import type { Answer, Task } from './client/wire.ts'
import type { Client } from './client.ts'
import type { Configuration } from './codec/configuration.ts'
import { labelOf } from './codec.ts'
import { servingOf } from './published.ts'
import type { Memory } from './state.ts'

export interface ChangeOptions {
  readonly client: Client
  readonly project: number
  readonly configuration: Configuration
  readonly memory: Memory
  readonly signal: AbortSignal
}

export interface Changes {
  readonly tasks: readonly TaskLabels[]
  readonly cursor: string
}

/**
 * A change gets its stamp when its request begins and can be seen when the request ends: so much later at most, slow
 * webhooks included. Servers whose clocks differ stamp them, too.
 */
const overlapMs = 10_000
const pageSize = 500
/** Tasks whose annotations are read at a time: busy masks of several people can have a megabyte each. */
const atOnce = 10

const cursorForm = z.strictObject({ after: z.string().nullable() })

const cursorOf = (after: string | undefined) => JSON.stringify({ after: after ?? null })

/**
 * Reads changes in the order of their stamps, each page from the last stamp of the one before. Tells a task again only
 * when its annotations are others than those that were told under a cursor which came back.
 */
export class ChangeReader {
  /** Annotations as they were told, by task; believed only when the cursor that ended the reading comes back. */
  #told = new Map<number, string>()
  #telling: { readonly cursor: string; readonly tasks: ReadonlyMap<number, string> } | undefined

  async *read(cursor: string | undefined, options: ChangeOptions): AsyncIterable<Changes> {
    const { client, project, signal } = options
    const telling = this.#begin(cursor)
    const start = afterOf(cursor)
    let last = start
    let newest: string | undefined
    const seen = new Map<number, string>()
    for (let page = 1; ; ) {
      const query = changedAfter(last === undefined ? undefined : earlier(last, 1))
      const { tasks } = await client.tasks({ project, query, page, size: pageSize }, signal)
      const fresh = tasks.filter(({ id, updated_at }) => seen.get(id) !== updated_at)
      for (const { id, updated_at } of fresh) {
        seen.set(id, updated_at)
        if (isLater(updated_at, newest)) newest = updated_at
      }
      const isOver = tasks.length < pageSize
      // More equal stamps than fit on a page: only the next page leads on.
      const isAhead = isLater(newest ?? '', last)
      page = isAhead ? 1 : page + 1
      last = isAhead ? newest : last
      const told = await this.#labelsOf(fresh, telling, options)
      const next = cursorOf(isOver ? endOf(start, newest) : start)
      if (isOver) this.#telling = { cursor: next, tasks: telling }
      yield { tasks: told, cursor: next }
      if (isOver) return
    }
  }

  #begin(cursor: string | undefined): Map<number, string> {
    const telling = this.#telling
    this.#telling = undefined
    if (cursor === undefined || afterOf(cursor) === undefined) this.#told.clear()
    else if (telling?.cursor === cursor) {
      for (const [task, annotations] of telling.tasks) this.#told.set(task, annotations)
    }
    return new Map()
  }

  async #labelsOf(
    tasks: readonly Task[],
    telling: Map<number, string>,
    options: ChangeOptions,
  ): Promise<readonly TaskLabels[]> {
    const told: TaskLabels[] = []
    const take = (one: Answer) => {
      const now = one.annotations.map(({ id, updated_at }) => `${id} ${updated_at}`).join(' ')
      telling.set(one.id, now)
      if (this.#told.get(one.id) !== now) told.push(labelled(one, options))
    }
    const annotated: number[] = []
    for (const { id, total_annotations, cancelled_annotations } of tasks) {
      if (total_annotations + cancelled_annotations > 0) annotated.push(id)
      else take({ id, annotations: [], predictions: [] })
    }
    for (let first = 0; first < annotated.length; first += atOnce) {
      const ids = annotated.slice(first, first + atOnce)
      const answers = await options.client.answers(options.project, ids, options.signal)
      for (const one of answers) {
        take(one)
        // Masks of large images take a while to decode.
        await breathe()
      }
    }
    return told
  }
}

function labelled(
  { id, annotations, predictions }: Answer,
  { configuration, memory }: ChangeOptions,
): TaskLabels {
  const taskKey = String(id)
  const digests = new Map(
    memory.published.map(({ modelVersion, modelDigest }) => [modelVersion, modelDigest]),
  )
  const context = {
    taskKey,
    configuration,
    predictions: predictions.map((one) => ({
      id: one.id,
      modelVersion: one.model_version ?? '',
      result: one.result,
    })),
    modelDigestOf: (version: string) => digests.get(version) ?? undefined,
    shownVersion: servingOf(memory)?.modelVersion,
  }
  const labels: TaskLabels['labels'][number][] = []
  const faults: string[] = []
  for (const annotation of annotations) {
    const where = `Annotation ${annotation.id} of task ${taskKey}`
    try {
      const { label, warnings } = labelOf(annotation, context)
      labels.push(label)
      faults.push(...warnings.map(({ sentence }) => `${where}: ${sentence}`))
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      faults.push(`${where}: ${error.message}`)
    }
  }
  return { taskKey, labels, faults }
}

function afterOf(cursor: string | undefined): string | undefined {
  if (cursor === undefined) return undefined
  const read = cursorForm.safeParse(parseJson(cursor, 'The cursor of Label Studio'))
  if (read.success) return read.data.after ?? undefined
  throw new Problem('wrong-use', 'The cursor is none of Label Studio: read everything again.')
}

/** Where the next reading begins; never before this one. */
function endOf(start: string | undefined, newest: string | undefined): string | undefined {
  if (newest === undefined) return start
  const end = earlier(newest, overlapMs)
  return isLater(end, start) ? end : start
}

/** By milliseconds; later than nothing is everything. */
function isLater(stamp: string, other: string | undefined): boolean {
  return other === undefined ? stamp !== '' : Date.parse(stamp) > Date.parse(other)
}

/** Stamps have microseconds, which filters take and `Date` drops: a cut one is never later. */
function earlier(stamp: string, ms: number): string {
  return new Date(Date.parse(stamp) - ms).toISOString()
}
