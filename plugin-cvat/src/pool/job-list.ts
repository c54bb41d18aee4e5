/** The jobs of a project as they are, kept up to date by reading only what has changed (contract sections 2 and 9). */
import type { Job } from '../client/wire.ts'
import type { Client } from '../client.ts'
import { microsecondsOf } from '../codec/moment.ts'
import { Turns } from './turns.ts'

/** A date is given when a change begins, and can be seen when it is stored: so much later at most. */
export const overlapMicros = 10_000_000

const changedAtOnce = 100
const allAtOnce = 1000

export class JobList {
  readonly #client: Pick<Client, 'jobs'>
  readonly #project: number
  readonly #turns = new Turns()
  readonly #jobs = new Map<number, Job>()
  /** Nothing that was changed before, the overlap aside, is missing; microseconds. */
  #readTo: number | undefined

  constructor(client: Pick<Client, 'jobs'>, project: number) {
    this.#client = client
    this.#project = project
  }

  /** Ordinary jobs: neither ground truth nor replicas for consensus. Those of deleted tasks stay. */
  async refresh(signal: AbortSignal): Promise<ReadonlyMap<number, Job>> {
    return this.#turns.take(async () => {
      const until = this.#readTo === undefined ? undefined : this.#readTo - overlapMicros
      const newest = await this.#readChanged(until ?? Number.POSITIVE_INFINITY, signal)
      if (until === undefined) await this.#readAll({ project: this.#project }, signal)
      // What changed while pages were read is later than this and comes with the next reading.
      this.#readTo = newest ?? this.#readTo ?? 0
      return this.#jobs
    })
  }

  /** All jobs of a task: some of a new one may have been made before its date was read. */
  async readTask(task: number, signal: AbortSignal): Promise<void> {
    await this.#readAll({ task }, signal)
  }

  /** What an answer has told beside the lists. */
  note(job: Job): void {
    if (job.type !== 'annotation' || typeof job.parent_job_id === 'number') return
    const known = this.#jobs.get(job.id)
    const isOlder =
      known !== undefined && microsecondsOf(job.updated_date) < microsecondsOf(known.updated_date)
    if (!isOlder) this.#jobs.set(job.id, job)
  }

  get(id: number): Job | undefined {
    return this.#jobs.get(id)
  }

  forget(id: number): void {
    this.#jobs.delete(id)
  }

  /** Newest first, down to a date. @returns the newest one */
  async #readChanged(until: number, signal: AbortSignal): Promise<number | undefined> {
    const query = {
      project: this.#project,
      sort: '-updated_date',
      pageSize: changedAtOnce,
    } as const
    let newest: number | undefined
    for await (const jobs of this.#client.jobs(query, signal)) {
      newest ??= jobs[0] === undefined ? undefined : microsecondsOf(jobs[0].updated_date)
      for (const job of jobs) this.note(job)
      if (jobs.some(({ updated_date }) => microsecondsOf(updated_date) < until)) break
    }
    return newest
  }

  /** By id, so that changes in between do not shift the pages. */
  async #readAll(
    of: { readonly project: number } | { readonly task: number },
    signal: AbortSignal,
  ): Promise<void> {
    const query = { ...of, sort: 'id', pageSize: allAtOnce } as const
    for await (const jobs of this.#client.jobs(query, signal)) {
      for (const job of jobs) this.note(job)
    }
  }
}
