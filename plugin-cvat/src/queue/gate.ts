/**
 * Annotators see only the jobs that are assigned to them: the chosen ones are (contract section 8, A). What people have
 * assigned themselves stays theirs.
 */
import type { Access } from '../pool/access.ts'
import { isAssignedByUs, leaseOf } from '../pool/standing.ts'
import type { Memory } from '../state.ts'
import { giveJobs, takeBack, withoutAssignment } from './assign.ts'
import type { Annotator, Order } from './order.ts'
import { release } from './release.ts'
import { serveHead } from './touch.ts'

export const noAnnotators =
  'No annotators are named: nobody is assigned, and the order shows only in the sorted list. Connect again with their user names.'

export const gateOrder: Order = (serving, signal) =>
  serveHead(serving, signal, async (jobs) => {
    const { access, annotators } = serving
    if (annotators.length === 0) {
      await release(access, new Set(), signal)
      return [noAnnotators]
    }
    return assignAll(access, jobs, annotators, signal)
  })

async function assignAll(
  access: Access,
  jobs: readonly number[],
  annotators: readonly Annotator[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const names = new Set(annotators.map(({ id }) => id))
  const { assignments } = await access.ledger.read()
  for (const id of jobs) {
    const own = assignments[id]
    if (own !== undefined && !names.has(own.to)) await takeBack(access, id, signal)
  }
  let plan: ReadonlyMap<number, number> = new Map()
  let theirs: readonly number[] = []
  await access.ledger.change((memory) => {
    // Somebody may have been sent to one a moment ago.
    const free = jobs.filter((id) => leaseOf(id, memory, access.now()) === undefined)
    plan = plannedAssignments(access, free, annotators, memory)
    theirs = free.filter((id) => !plan.has(id))
    return withPlan(theirs.reduce(withoutAssignment, memory), plan)
  })
  // Room is made first: nobody shall see more than what is chosen.
  await release(access, new Set(jobs), signal)
  const refused = await giveJobs(access, plan, signal)
  if (theirs.length === 0) return refused
  const sentence = `${theirs.length} of the ${jobs.length} chosen jobs were assigned by somebody else and stay so.`
  return [...refused, sentence]
}

/**
 * In turn, in the order of the jobs; whoever has a chosen job already keeps it.
 *
 * @returns the annotators by job; those that people have assigned are not among them
 */
function plannedAssignments(
  { jobs: list }: Pick<Access, 'jobs'>,
  jobs: readonly number[],
  annotators: readonly Annotator[],
  memory: Memory,
): ReadonlyMap<number, number> {
  const load = new Map(annotators.map(({ id }) => [id, 0]))
  const add = (id: number) => load.set(id, (load.get(id) ?? 0) + 1)
  const kept = new Map<number, number>()
  const open: number[] = []
  for (const id of jobs) {
    const job = list.get(id)
    const holder = job?.assignee?.id
    const own = memory.assignments[id]?.to
    if (job !== undefined && holder !== undefined && !isAssignedByUs(job, memory)) {
      if (load.has(holder)) add(holder)
    } else if (own !== undefined && load.has(own)) {
      kept.set(id, own)
      add(own)
    } else open.push(id)
  }
  for (const id of open) {
    const [least] = [...load].toSorted(([, a], [, b]) => a - b)
    if (least === undefined) break
    kept.set(id, least[0])
    add(least[0])
  }
  return new Map(jobs.flatMap((id) => (kept.has(id) ? [[id, kept.get(id) ?? 0] as const] : [])))
}

/** Only what nobody had is given to somebody, so that nothing else has to be remembered of it. */
function withPlan(memory: Memory, plan: ReadonlyMap<number, number>): Memory {
  const assignments = { ...memory.assignments }
  const leases = { ...memory.leases }
  for (const [job, to] of plan) {
    assignments[job] = { from: assignments[job]?.from ?? null, to }
    const lease = leases[job]
    if (lease !== undefined) leases[job] = { ...lease, isAssigned: false }
  }
  return { ...memory, assignments, leases }
}
