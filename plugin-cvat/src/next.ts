/** The next job of an annotator: what they hold, or the best one that is free (contract section 8, D). */
import { Problem } from '@suggestive/shared/problem'
import type { Job } from './client/wire.ts'
import { endLeases, withLease, withoutLease } from './lease.ts'
import { type Access, readPool, unlessGone } from './pool/access.ts'
import { isReset, isUntouched, leaseOf, wasFinished } from './pool/standing.ts'
import type { Pool } from './pool.ts'
import { isFreeOfOthers } from './publication/prelabels.ts'
import { withoutAssignment } from './queue/assign.ts'
import type { Annotator } from './queue/order.ts'
import type { Memory } from './state.ts'

export type Next =
  | {
      readonly kind: 'job'
      /** Of the editor, at the frame. */
      readonly url: string
      readonly job: number
      readonly taskKey: string
    }
  /** A sentence for the annotator. */
  | { readonly kind: 'none'; readonly sentence: string }

interface Candidate {
  readonly job: number
  /** Within the task; to begin at. */
  readonly frame: number
}

/**
 * Two requests at a time never get the same job, and one person who asks twice gets the same. The job is assigned, so that
 * those who may open nothing else may open it.
 *
 * @param address of CVAT as people open it, without a slash at the end
 */
export async function nextJob(
  access: Access,
  annotator: Annotator,
  address: string,
  signal: AbortSignal,
): Promise<Next> {
  await endLeases(access, signal)
  const pool = await readPool(access, signal)
  const memory = await access.ledger.read()
  const ranked = candidatesOf(pool, memory)
  const isHeld = ({ job }: Candidate) => isTheirs(pool.jobs.get(job), annotator, memory, access)
  const isFree = ({ job }: Candidate) => {
    const found = pool.jobs.get(job)
    return found?.assignee === null && isUntouched(found, memory, access.now())
  }
  // Whoever has begun something finishes it first, whatever is better meanwhile.
  const isBegun = ({ job }: Candidate) =>
    pool.jobs.get(job)?.state !== 'new' || leaseOf(job, memory, access.now()) !== undefined
  const theirs = ranked.filter(isHeld)
  const held = [...theirs.filter(isBegun), ...theirs.filter((one) => !isBegun(one))]
  for (const one of [...held, ...ranked]) {
    // Looked at one by one: the first free one is enough.
    if (!held.includes(one) && !isFree(one)) continue
    const isTaken = await access.assigning.take(() => claim(access, one.job, annotator, signal))
    if (!isTaken) continue
    const task = pool.jobs.get(one.job)?.task_id ?? 0
    return {
      kind: 'job',
      url: `${address}/tasks/${task}/jobs/${one.job}?frame=${one.frame}`,
      job: one.job,
      taskKey: pool.keysOf(one.job).get(one.frame) ?? '',
    }
  }
  return { kind: 'none', sentence: sentenceFor(annotator, ranked, pool, memory, access) }
}

/** The published order first, then what came later, by age. */
function candidatesOf(pool: Pool, memory: Memory): readonly Candidate[] {
  const ranked = (memory.published?.order ?? []).filter(({ job }) => pool.jobs.has(job))
  const known = new Set(ranked.map(({ job }) => job))
  const rest = [...pool.jobs.keys()]
    .filter((job) => !known.has(job))
    .toSorted((a, b) => a - b)
    .flatMap((job) => {
      const frame = firstOpen(job, pool)
      return frame === undefined ? [] : { job, frame }
    })
  return [...ranked.filter(({ job }) => firstOpen(job, pool) !== undefined), ...rest]
}

/** The first frame of a job that is annotated there, and neither in a round as well nor moved to a new pool. */
function firstOpen(job: number, pool: Pool): number | undefined {
  for (const [frame, key] of pool.keysOf(job)) {
    const places = pool.places(key)
    const copy = places.find((one) => one.job === job)?.copy
    const isElsewhere = copy === undefined && places.some((one) => one.copy === 'round')
    if (copy !== 'replaced' && !isElsewhere) return frame
  }
  return undefined
}

function isTheirs(
  job: Job | undefined,
  { id }: Annotator,
  memory: Memory,
  { now }: Access,
): boolean {
  if (job === undefined || job.state === 'completed') return false
  const lease = leaseOf(job.id, memory, now())
  if (lease !== undefined) return lease === id
  // With a reviewer it waits for nobody who annotates.
  const isReviewed = job.state === 'new' && !isReset(job) && wasFinished(job.id, memory)
  return job.assignee?.id === id && !isReviewed
}

/** @returns whether the job is the annotator's now */
async function claim(
  access: Access,
  id: number,
  annotator: Annotator,
  signal: AbortSignal,
): Promise<boolean> {
  const { client, ledger, jobs, now } = access
  const job = await unlessGone(client.job(id, signal))
  if (job === undefined) return false
  jobs.note(job)
  const memory = await ledger.read()
  const lease = leaseOf(id, memory, now())
  if (job.state === 'completed' || (lease ?? annotator.id) !== annotator.id) return false
  const holder = job.assignee?.id
  if (holder !== undefined && holder !== annotator.id) return false
  if (holder === annotator.id && job.state !== 'new') return true
  if (holder === annotator.id) {
    const isAssigned = memory.leases[id]?.isAssigned ?? false
    await ledger.change((current) =>
      withLease(current, id, annotator.id, { now: now(), isAssigned }),
    )
    return true
  }
  if (!isUntouched(job, { ...memory, leases: {} }, now())) return false
  if ((await isFreeOfOthers(access, id, signal)) === undefined) {
    await ledger.change((current) => ({
      ...current,
      begun: { ...current.begun, [id]: job.updated_date },
    }))
    return false
  }
  const isAssigned = true
  await ledger.change((current) => withLease(current, id, annotator.id, { now: now(), isAssigned }))
  try {
    jobs.note(await client.changeJob(id, { assignee: annotator.id }, signal))
    return true
  } catch (error) {
    // Refused for good: the job shall not be kept for somebody who cannot have it.
    if (error instanceof Problem && ['wrong-use', 'forbidden'].includes(error.kind)) {
      await ledger.change((current) => withoutLease(withoutAssignment(current, id), id))
    }
    throw error
  }
}

function sentenceFor(
  { username }: Annotator,
  ranked: readonly Candidate[],
  { jobs }: Pool,
  memory: Memory,
  { now }: Access,
): string {
  const others = ranked.filter(({ job }) => {
    const found = jobs.get(job)
    return found !== undefined && isUntouched(found, memory, now())
  }).length
  if (others === 0)
    return 'Nothing is left to annotate: all images are finished or being annotated.'
  return `Nothing is free for ${username} at the moment: ${others === 1 ? 'one image is' : `${others} images are`} assigned to others. Try again later, or ask the owner of the project.`
}
