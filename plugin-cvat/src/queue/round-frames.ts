/** The frames of a round: the first ones that nobody works on. */
import { isUntouched } from '../pool/standing.ts'
import type { Place } from '../pool.ts'
import { writePrelabels } from '../publication/prelabels.ts'
import { begunRounds } from './old-rounds.ts'
import type { Serving } from './order.ts'

export interface ChosenFrames {
  /** Of the pool, in the order of the ranks. */
  readonly places: readonly Place[]
  /** Rows before the last one that were passed over. */
  readonly untouched: number
}

/** Looks into the pool's jobs, too: what somebody has drawn there shall not be drawn twice. */
export async function chooseFrames(serving: Serving, signal: AbortSignal): Promise<ChosenFrames> {
  const { access, publication, pool, roundSize } = serving
  const begunTasks = await begunRounds(access, pool, signal)
  const places: Place[] = []
  let untouched = 0
  let rest = publication.rows
  while (places.length < roundSize && rest.length > 0) {
    const part = rest.slice(0, roundSize - places.length)
    rest = rest.slice(part.length)
    const memory = await access.ledger.read()
    const now = access.now()
    const free = part.flatMap(({ taskKey }) => {
      const place = pool.place(taskKey)
      const jobs = pool.jobsOf(taskKey).filter(({ task_id }) => {
        const copy = memory.copies.find(({ task }) => task === task_id)
        return copy?.kind !== 'replaced'
      })
      const isFree = jobs.every((job) => {
        // What people have assigned in the pool they want to have annotated there.
        const isTheirs = job.assignee !== null && memory.assignments[job.id]?.to !== job.assignee.id
        // Whoever has not begun their job of a begun round still has it: nobody draws the same twice.
        return !isTheirs && !begunTasks.has(job.task_id) && isUntouched(job, memory, now)
      })
      return place !== undefined && isFree ? [place] : []
    })
    const looks = [...new Set(free.map(({ job }) => job))].map((job) => ({
      job,
      shapes: undefined,
      modelDigest: undefined,
    }))
    const begun = await writePrelabels(access, looks, signal)
    const chosen = free.filter(({ job }) => !begun.has(job))
    places.push(...chosen)
    untouched += part.length - chosen.length
  }
  return { places, untouched }
}
