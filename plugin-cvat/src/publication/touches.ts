/** Jobs in the order of their dates: what a list sorted by `updated_date` shows (contract section 8, B). */
import { microsecondsOf } from '../codec/moment.ts'
import { type Access, unlessGone } from '../pool/access.ts'
import { isUntouched } from '../pool/standing.ts'
import type { Memory } from '../state.ts'

type Head = NonNullable<Memory['published']>['head']

/**
 * Touches one job after the other. The first ones stay as they are as far as they are in order already: what is touched
 * later comes behind them.
 *
 * @returns the jobs that lists show now, in their order; those that somebody has begun meanwhile are not among them
 */
export async function touchInOrder(
  access: Access,
  order: readonly number[],
  signal: AbortSignal,
): Promise<Head> {
  const jobs = await access.jobs.refresh(signal)
  const head: Head = []
  let isInOrder = true
  let last = 0
  for (const id of order) {
    const date = jobs.get(id)?.updated_date ?? ''
    const moment = date === '' ? 0 : microsecondsOf(date)
    isInOrder &&= moment > last
    if (isInOrder) head.push({ job: id, date })
    else {
      const touched = await access.assigning.take(() => touch(access, id, signal))
      if (touched !== undefined) head.push({ job: id, date: touched })
    }
    last = moment
  }
  return head
}

async function touch(
  { client, jobs, ledger, now }: Access,
  id: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const found = await unlessGone(client.job(id, signal))
  if (found === undefined || !isUntouched(found, await ledger.read(), now())) return undefined
  const touched = await client.touchJob(id, signal, found)
  jobs.note(touched)
  return touched.updated_date
}
