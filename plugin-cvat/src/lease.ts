/** Jobs that somebody was sent to: theirs until they start, or until the time is over. */
import type { Access } from './pool/access.ts'
import { takeBack } from './queue/assign.ts'
import type { Memory } from './state.ts'

/** Without a start a job is given to somebody else after so long. */
const leaseMs = 30 * 60_000

/** Written before the job is assigned, so that a crash in between loses nothing. */
export function withLease(
  memory: Memory,
  job: number,
  annotator: number,
  { now, isAssigned }: { readonly now: number; readonly isAssigned: boolean },
): Memory {
  const until = new Date(now + leaseMs).toISOString()
  const leases = { ...memory.leases, [job]: { annotator, until, isAssigned } }
  if (!isAssigned) return { ...memory, leases }
  const from = memory.assignments[job]?.from ?? null
  return {
    ...memory,
    leases,
    assignments: { ...memory.assignments, [job]: { from, to: annotator } },
    moved: [...new Set([...memory.moved, job])],
  }
}

export function withoutLease(memory: Memory, job: number): Memory {
  const { [job]: _, ...leases } = memory.leases
  return { ...memory, leases }
}

/** Takes back what was assigned for a lease that is over and was not started. Costs nothing when there is none. */
export async function endLeases(access: Access, signal: AbortSignal): Promise<void> {
  const { leases } = await access.ledger.read()
  const isOver = (until: string) => Date.parse(until) <= access.now()
  const over = Object.entries(leases).filter(([, { until }]) => isOver(until))
  for (const [id, { isAssigned }] of over) {
    if (isAssigned) await takeBack(access, Number(id), signal)
    await access.ledger.change((memory) => {
      const lease = memory.leases[id]
      // Somebody may have come back meanwhile.
      return lease === undefined || !isOver(lease.until) ? memory : withoutLease(memory, Number(id))
    })
  }
}
