/** Makes CVAT show an order with its pre-labels (contract section 8). */
import { Problem } from '@suggestive/shared/problem'
import type { Receipt } from '@suggestive/shared/protocol/queue'
import type { Publication } from '@suggestive/shared/tool'
import { endLeases } from './lease.ts'
import { type Access, readPool } from './pool/access.ts'
import { linkTasks } from './publication/trackers.ts'
import { gateOrder } from './queue/gate.ts'
import { clearRounds } from './queue/old-rounds.ts'
import type { Order, Served, Serving } from './queue/order.ts'
import { roundOrder } from './queue/round.ts'
import { removeUnfinished } from './queue/round-task.ts'
import { touchOrder } from './queue/touch.ts'
import { headOf, unitsOf } from './queue/units.ts'
import type { Mode } from './state.ts'

export interface PublishOptions extends Pick<Serving, 'annotators' | 'shape' | 'roundSize'> {
  readonly mode: Mode
}

const orders: Readonly<Record<Mode, Order>> = {
  gate: gateOrder,
  touch: touchOrder,
  round: roundOrder,
}

/** Further ones have no rank worth remembering: by then there is a newer order. */
const mostRanked = 5000

/**
 * What is to be changed is remembered before, so that repeating it completes what a crash has interrupted, or repairs what
 * somebody has changed.
 */
export async function publish(
  publication: Publication,
  access: Access,
  options: PublishOptions,
  signal: AbortSignal,
): Promise<Receipt> {
  const { revision, rows } = publication
  if (rows.length === 0) {
    return { revision, outcome: 'applied', applied: 0, untouched: 0, detail: 'The queue is empty.' }
  }
  await removeUnfinished(access, signal)
  await endLeases(access, signal)
  const pool = await readPool(access, signal)
  const units = unitsOf(rows, pool)
  if (units.length === 0) {
    throw new Problem(
      'conflict',
      `None of the ${rows.length} tasks of the queue exists in project ${access.project} of CVAT any more: wait for the next one.`,
    )
  }
  const { mode } = options
  const order = units.slice(0, mostRanked).map(({ job, frame }) => ({ job, frame }))
  await access.ledger.change((memory) => {
    const isAgain = memory.published?.revision === revision && memory.published.mode === mode
    const ranked = isAgain && mode === 'round' ? (memory.published?.order ?? order) : order
    // The list shows the order before until the new one is complete.
    const head = memory.published?.head ?? []
    const published = { revision, mode, order: ranked, head, isComplete: false }
    const begun = Object.entries(memory.begun).filter(
      ([job, date]) => pool.jobs.get(Number(job))?.updated_date === date,
    )
    return { ...memory, begun: Object.fromEntries(begun), moved: [], published }
  })
  const page = rows.find(({ suggestion }) => suggestion !== undefined)?.suggestion?.page
  const link = (jobs: readonly number[]) => {
    const tasks = new Set(jobs.flatMap((job) => access.jobs.get(job)?.task_id ?? []))
    return linkTasks(access, pool, tasks, page, signal)
  }
  // Before jobs get their dates: nothing that is written to a task may move them afterwards.
  if (mode !== 'round') await link(headOf(units).map(({ job }) => job))
  const served = await orders[mode]({ ...options, access, publication, pool, units }, signal)
  if (mode === 'round') await link(served.head.map(({ job }) => job))
  else await clearRounds(access, pool, null, signal)
  await access.ledger.change((memory) => ({
    ...memory,
    published: {
      revision,
      mode,
      order: served.order.slice(0, mostRanked),
      head: served.head,
      isComplete: true,
    },
  }))
  return receiptOf(
    publication,
    served,
    units.reduce((sum, one) => sum + one.rows.length, 0),
  )
}

function receiptOf({ revision, rows }: Publication, served: Served, here: number): Receipt {
  const gone = rows.length - here
  const sentences = [
    ...served.notes,
    ...(gone === 0 ? [] : [`${gone} tasks do not exist any more.`]),
  ]
  return {
    revision,
    outcome: 'applied',
    applied: served.applied,
    untouched: served.untouched,
    detail: sentences.join(' ').slice(0, 2000),
  }
}
