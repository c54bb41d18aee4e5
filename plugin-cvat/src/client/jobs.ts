/** Calls about jobs (contract section 6). */
import { Problem } from '@suggestive/shared/problem'
import type { JobChange, JobQuery } from '../client.ts'
import type { Caller } from './call.ts'
import * as wire from './wire.ts'

/** @param known ids of users that exist; grows */
export function jobCalls({ json, pages, all }: Caller, known: Set<number>) {
  function seen(jobs: readonly wire.Job[]): void {
    for (const { assignee } of jobs) if (assignee !== null) known.add(assignee.id)
  }

  async function job(id: number, signal: AbortSignal): Promise<wire.Job> {
    const call = { method: 'GET', path: `jobs/${id}`, what: `job ${id}` } as const
    const found = await json(call, wire.job, signal)
    seen([found])
    return found
  }

  /** An assignee that does not exist is a 500 (contract section 2). */
  async function checkUser(user: number, signal: AbortSignal): Promise<void> {
    if (known.has(user)) return
    const call = { method: 'GET', path: 'users', query: { id: user }, what: 'users' } as const
    for (const { id } of await all(call, wire.user, signal)) known.add(id)
    if (known.has(user)) return
    throw new Problem(
      'wrong-use',
      `CVAT has no user ${user} that this account may see: name an annotator who exists and belongs to the organisation.`,
    )
  }

  async function changeJob(id: number, change: JobChange, signal: AbortSignal): Promise<wire.Job> {
    const { assignee } = change
    if (assignee !== undefined && assignee !== null) await checkUser(assignee, signal)
    const call = {
      method: 'PATCH',
      path: `jobs/${id}`,
      body: assignee === undefined ? {} : { assignee },
      isRepeatable: true,
      what: `job ${id}`,
    } as const
    try {
      return await json(call, wire.job, signal)
    } catch (error) {
      if (typeof assignee !== 'number' || !(error instanceof Problem)) throw error
      if (error.kind !== 'tool-failed') throw error
      // Perhaps the user has been deleted since.
      known.delete(assignee)
      await checkUser(assignee, signal)
      throw error
    }
  }

  return {
    async *jobs(query: JobQuery, signal: AbortSignal): AsyncGenerator<readonly wire.Job[]> {
      const { project, task, sort, pageSize } = query
      const what =
        task !== undefined
          ? `jobs of task ${task}`
          : project !== undefined
            ? `jobs of project ${project}`
            : 'jobs'
      const fields = { project_id: project, task_id: task, sort }
      const call = { method: 'GET', path: 'jobs', query: fields, pageSize, what } as const
      for await (const page of pages(call, wire.job, signal)) {
        seen(page)
        yield page
      }
    },

    job,
    changeJob,

    /**
     * Says again who the assignee is. To say the state again could undo what an annotator does in the same moment.
     *
     * @param known the job as just read; otherwise it is read
     */
    async touchJob(
      id: number,
      signal: AbortSignal,
      known?: Pick<wire.Job, 'assignee'>,
    ): Promise<wire.Job> {
      const { assignee } = known ?? (await job(id, signal))
      return changeJob(id, { assignee: assignee?.id ?? null }, signal)
    },
  }
}
