/** Where a job stands: whether it is finished, somebody's, or free (contract section 1). */
import { type Job, type Stage, stages } from '../client/wire.ts'
import type { Memory } from '../state.ts'

/** By its own fields; a job that was finished once stays so, see `Memory`. */
export function isFinished({ state, stage }: Job, least: Stage): boolean {
  return state === 'completed' && stages.indexOf(stage) >= stages.indexOf(least)
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
  // Last, because there are many.
  return isTaken && !isFinished(job, stage) && !memory.finished.includes(job.id)
}

/** Nobody has begun or finished it, and nobody was sent to it. */
export function isUntouched(job: Job, memory: Memory, now: number): boolean {
  return (
    job.state === 'new' &&
    job.stage === 'annotation' &&
    leaseOf(job.id, memory, now) === undefined &&
    !isBegun(job, memory) &&
    !memory.finished.includes(job.id)
  )
}

/** The assignment that it has now is ours. */
export function isAssignedByUs({ id, assignee }: Job, memory: Memory): boolean {
  const own = memory.assignments[id]
  return own !== undefined && own.to === assignee?.id
}
