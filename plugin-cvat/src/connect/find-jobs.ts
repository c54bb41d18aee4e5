/** The jobs of a project, counted. */
import type { Client } from '../client.ts'
import type { Person } from '../settings.ts'
import type { Memory } from '../state.ts'

export interface JobsFound {
  /** Of images, neither ground truth nor replicas. */
  readonly jobs: number
  /** Of those, completed ones with several frames. */
  readonly done: number
  /** Those with several frames that are not completed, and the most that one has. */
  readonly several: number
  readonly mostFrames: number
  /** Neither begun nor assigned. */
  readonly free: number
  /** Who holds how many that are not completed. */
  readonly holders: readonly (Person & { readonly jobs: number })[]
}

const pageSize = 1000

/** @param memory of the project when it is connected: copies of frames of the pool do not count */
export async function findJobs(
  client: Pick<Client, 'jobs'>,
  project: number,
  { copies }: Pick<Memory, 'copies'>,
  signal: AbortSignal,
): Promise<JobsFound> {
  const leftOut = new Set(copies.map(({ task }) => task))
  const holders = new Map<number, { id: number; username: string; jobs: number }>()
  let [jobs, several, mostFrames, free, done] = [0, 0, 0, 0, 0]
  for await (const page of client.jobs({ project, sort: 'id', pageSize }, signal)) {
    for (const job of page) {
      const isOrdinary = job.type === 'annotation' && typeof job.parent_job_id !== 'number'
      const isOfImages = job.dimension === '2d' && job.mode !== 'interpolation'
      if (!isOrdinary || !isOfImages || leftOut.has(job.task_id)) continue
      const { assignee, state } = job
      const frames = job.stop_frame - job.start_frame + 1
      jobs++
      if (frames > 1 && state === 'completed') done++
      else if (frames > 1) {
        several++
        mostFrames = Math.max(mostFrames, frames)
      }
      if (assignee === null) free += state === 'new' ? 1 : 0
      else if (state !== 'completed') {
        const { id, username } = assignee
        holders.set(id, { id, username, jobs: (holders.get(id)?.jobs ?? 0) + 1 })
      }
    }
  }
  const byName = [...holders.values()].sort((a, b) => (a.username < b.username ? -1 : 1))
  return { jobs, done, several, mostFrames, free, holders: byName }
}
