/** The order as dates of jobs, with pre-labels in them; nobody is assigned (contract section 8, B). */
import { isUntouched } from '../pool/standing.ts'
import { writePrelabels } from '../publication/prelabels.ts'
import { touchInOrder } from '../publication/touches.ts'
import { wantedShapes } from '../publication/wanted.ts'
import type { Order, Served, Serving, Unit } from './order.ts'
import { release } from './release.ts'
import { headOf } from './units.ts'

export const touchOrder: Order = (serving, signal) =>
  serveHead(serving, signal, async () => {
    await release(serving.access, new Set(), signal)
    return []
  })

/**
 * Pre-labels first and touches last: whatever is written to a job moves its date.
 *
 * @param assign gets the jobs that are free, in their order; returns notes
 */
export async function serveHead(
  { access, pool, units, shape }: Serving,
  signal: AbortSignal,
  assign: (jobs: readonly number[]) => Promise<readonly string[]>,
): Promise<Served> {
  const head = headOf(units)
  const memory = await access.ledger.read()
  const free = head.filter(({ job }) => {
    const found = pool.jobs.get(job)
    return found !== undefined && isUntouched(found, memory, access.now())
  })
  const targets = free.map(({ job, rows }) => ({
    job,
    rows: rows.flatMap((row) => {
      const place = pool.place(row.taskKey)
      return place === undefined ? [] : { row, place }
    }),
  }))
  const { wanted, notes } = await wantedShapes(targets, await access.classes(signal), shape)
  const left = await writePrelabels(access, wanted, signal)
  const served = free.filter(({ job }) => !left.has(job))
  const jobs = served.map(({ job }) => job)
  const assigned = await assign(jobs)
  const shown = await touchInOrder(access, jobs, signal)
  const isShown = new Set(shown.map(({ job }) => job))
  const applied = rowsOf(served.filter(({ job }) => isShown.has(job)))
  return {
    order: units.map(({ job, frame }) => ({ job, frame })),
    head: shown,
    applied,
    untouched: rowsOf(head) - applied,
    notes: [...assigned, ...notes],
  }
}

function rowsOf(units: readonly Unit[]): number {
  return units.reduce((sum, { rows }) => sum + rows.length, 0)
}
