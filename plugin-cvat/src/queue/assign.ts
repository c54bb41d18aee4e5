/** Whose a job is: given and taken back one at a time, looked at just before (contract sections 6 and 8). */
import { Problem } from '@suggestive/shared/problem'
import { type Access, unlessGone } from '../pool/access.ts'
import { isAssignedByUs, isUntouched, leaseOf } from '../pool/standing.ts'
import { isFreeOfOthers } from '../publication/prelabels.ts'
import type { Memory } from '../state.ts'

/**
 * As it was recorded before. A job that somebody else has given to somebody, or that was begun, stays as it is.
 *
 * @returns whether it is theirs now
 */
function giveJob(access: Access, id: number, signal: AbortSignal): Promise<boolean> {
  const { client, jobs, ledger, now, assigning } = access
  return assigning.take(async () => {
    const memory = await ledger.read()
    const wanted = memory.assignments[id]?.to
    const job = await unlessGone(client.job(id, signal))
    if (wanted === undefined || job === undefined) return false
    jobs.note(job)
    if (job.assignee?.id === wanted) return true
    const isLeased = leaseOf(id, memory, now()) !== undefined
    if (job.assignee !== null || isLeased || !isUntouched(job, memory, now())) {
      await ledger.change((current) => withoutAssignment(current, id))
      return false
    }
    jobs.note(await client.changeJob(id, { assignee: wanted }, signal))
    return true
  })
}

/**
 * Several, in their order. Somebody who cannot have any, because they are gone or not in the organisation, does not keep
 * the others from theirs.
 *
 * @param to annotators by job
 * @returns sentences about those who cannot
 */
export async function giveJobs(
  access: Access,
  to: ReadonlyMap<number, number>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const refused = new Map<number, string>()
  for (const [job, annotator] of to) {
    if (access.jobs.get(job)?.assignee?.id === annotator) continue
    try {
      if (!refused.has(annotator)) await giveJob(access, job, signal)
    } catch (error) {
      if (!(error instanceof Problem) || error.kind !== 'wrong-use') throw error
      refused.set(annotator, error.message)
    }
    if (refused.has(annotator)) {
      await access.ledger.change((memory) => withoutAssignment(memory, job))
    }
  }
  return [...new Set(refused.values())]
}

/**
 * Gives a job back to whom it belonged before we assigned it, if nobody has begun it. Forgets the assignment, whatever was
 * done: what is begun stays with who began it.
 */
export function takeBack(
  access: Access,
  id: number,
  signal: AbortSignal,
  isLeaseOver = false,
): Promise<void> {
  const { client, jobs, ledger, now, assigning } = access
  return assigning.take(async () => {
    const memory = await ledger.read()
    const record = memory.assignments[id]
    if (record === undefined) return
    if (!isLeaseOver && leaseOf(id, memory, now()) !== undefined) return
    const job = await unlessGone(client.job(id, signal))
    if (job !== undefined) jobs.note(job)
    const isOurs = job !== undefined && isAssignedByUs(job, memory)
    if (isOurs && isUntouched(job, { ...memory, leases: {} }, now())) {
      const isFree = (await isFreeOfOthers(access, id, signal)) !== undefined
      if (isFree) jobs.note(await client.changeJob(id, { assignee: record.from }, signal))
    }
    await ledger.change((current) => ({
      ...withoutAssignment(current, id),
      moved: [...new Set([...current.moved, id])],
    }))
  })
}

export function withoutAssignment(memory: Memory, id: number): Memory {
  const { [id]: _, ...assignments } = memory.assignments
  return { ...memory, assignments }
}
