/** Rounds of earlier publications: those that nobody has begun make way, the others stay until they are finished. */
import type { Job } from '../client/wire.ts'
import { type Access, unlessGone } from '../pool/access.ts'
import { isUntouched } from '../pool/standing.ts'
import type { Pool } from '../pool.ts'
import { isFreeOfOthers } from '../publication/prelabels.ts'
import type { Copy, Memory } from '../state.ts'

/** That exist. */
export function roundsOf(pool: Pool, { copies }: Pick<Memory, 'copies'>): readonly Copy[] {
  return copies.filter(
    ({ kind, task }) => kind === 'round' && task !== null && pool.tasks.has(task),
  )
}

/**
 * Deletes the tasks of rounds in which all jobs are new and hold nothing but our shapes.
 *
 * @param kept the task of the present one
 * @param isLeaving whether leases count for nothing
 */
export async function clearRounds(
  access: Access,
  pool: Pool,
  kept: number | null,
  signal: AbortSignal,
  isLeaving = false,
): Promise<void> {
  const { client, ledger } = access
  const { copies } = await ledger.read()
  for (const { kind, task } of copies) {
    if (kind !== 'round' || task === null || task === kept) continue
    const jobs = [...pool.jobs.values()].filter(({ task_id }) => task_id === task)
    if (pool.tasks.has(task)) {
      if (!(await areUntouched(access, task, signal, isLeaving))) continue
      await unlessGone(client.deleteTask(task, signal))
    }
    await forget(
      access,
      task,
      jobs.map(({ id }) => id),
    )
  }
}

/** Tasks of rounds that stay because somebody has begun them: their frames are in jobs of people already. */
export async function begunRounds(
  access: Access,
  pool: Pool,
  signal: AbortSignal,
): Promise<ReadonlySet<number>> {
  const begun = new Set<number>()
  for (const { task } of roundsOf(pool, await access.ledger.read())) {
    if (task !== null && !(await areUntouched(access, task, signal))) begun.add(task)
  }
  return begun
}

/** All jobs of a task, as CVAT has them now: whatever is in it goes with it. */
export async function areUntouched(
  access: Access,
  task: number,
  signal: AbortSignal,
  isLeaving = false,
): Promise<boolean> {
  const { client, ledger, now } = access
  const jobs: Job[] = []
  for await (const page of client.jobs({ task, sort: 'id' }, signal)) jobs.push(...page)
  // Ground truth and replicas were added by people.
  if (jobs.some(({ type, parent_job_id }) => type !== 'annotation' || parent_job_id != null)) {
    return false
  }
  for (const { id } of jobs) {
    const memory = await ledger.read()
    const job = await unlessGone(client.job(id, signal))
    if (job === undefined) continue
    const known = isLeaving ? { ...memory, leases: {} } : memory
    if (!isUntouched(job, known, now())) return false
    if ((await isFreeOfOthers(access, id, signal)) === undefined) return false
  }
  return true
}

async function forget({ ledger, jobs: list }: Access, task: number, jobs: readonly number[]) {
  for (const id of jobs) list.forget(id)
  const isOther = ([id]: readonly [string, unknown]) => !jobs.includes(Number(id))
  await ledger.change((memory) => ({
    ...memory,
    copies: memory.copies.filter((one) => one.task !== task),
    prelabels: Object.fromEntries(Object.entries(memory.prelabels).filter(isOther)),
    assignments: Object.fromEntries(Object.entries(memory.assignments).filter(isOther)),
    leases: Object.fromEntries(Object.entries(memory.leases).filter(isOther)),
  }))
}
