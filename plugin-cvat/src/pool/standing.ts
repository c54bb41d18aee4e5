/** Where a job stands: whether it is finished, somebody's, or free (contract section 1). */
import { type Job, type Stage, stages } from '../client/wire.ts'
import type { Memory } from '../state.ts'

/** By its own fields; a job that was finished once stays so, see `Memory`. */
export function isFinished({ state, stage }: Job, least: Stage): boolean {
  return state === 'completed' && stages.indexOf(stage) >= stages.indexOf(least)
}

/** By the array that was asked: there may be 100,000 jobs and as many finished ones. */
const sets = new WeakMap<readonly number[], ReadonlySet<number>>()

/** It counts, whatever became of it. */
export function wasFinished(job: number, { finished }: Pick<Memory, 'finished'>): boolean {
  const known = sets.get(finished) ?? new Set(finished)
  sets.set(finished, known)
  return known.has(job)
}

/** Whatever was done in it, it waits for an annotator: at a later stage it would wait for a reviewer. */
export function isReset({ state, stage }: Job): boolean {
  return state === 'new' && stage === 'annotation'
}

/** Of somebody who was sent to it and has not started yet. */
export function leaseOf(job: number, memory: Memory, now: number): number | undefined {
  const lease = memory.leases[job]
  return lease === undefined || Date.parse(lease.until) <= now ? undefined : lease.annotator
}

/** It holds people's shapes, and nothing in it has changed since that was seen. */
function isBegun({ id, updated_date }: Job, memory: Memory): boolean {
  return memory.begun[id] === updated_date
}

/** Somebody works on it, reviews it, or was sent to it, as far as can be known without reading it. */
export function isUnderWay(
  job: Job,
  memory: Memory,
  { stage, now }: { readonly stage: Stage; readonly now: number },
): boolean {
  if (job.state === 'in progress' || job.state === 'rejected') return true
  // Completed, or handed on, but not as far as it has to go.
  const isHandedOn = job.state === 'completed' || job.stage !== 'annotation'
  const isTaken = isHandedOn || leaseOf(job.id, memory, now) !== undefined || isBegun(job, memory)
  if (!wasFinished(job.id, memory)) return isTaken && !isFinished(job, stage)
  // Somebody has given it back: nobody else shall get the image meanwhile.
  return isReset(job)
}

/** Nobody has begun or finished it, and nobody was sent to it. */
export function isUntouched(job: Job, memory: Memory, now: number): boolean {
  return (
    isReset(job) &&
    leaseOf(job.id, memory, now) === undefined &&
    !isBegun(job, memory) &&
    !wasFinished(job.id, memory)
  )
}

/** The assignment that it has now is ours. */
export function isAssignedByUs({ id, assignee }: Job, memory: Memory): boolean {
  const own = memory.assignments[id]
  return own !== undefined && own.to === assignee?.id
}
