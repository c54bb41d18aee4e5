/** Whether CVAT still shows what was published. People who work are no drift. */
import type { Job } from './client/wire.ts'
import { microsecondsOf } from './codec/moment.ts'
import { type Access, readPool, unlessGone } from './pool/access.ts'
import { isUntouched } from './pool/standing.ts'
import { splitShapes } from './publication/own-shapes.ts'
import type { Memory } from './state.ts'

/** `stripped`: our shapes are missing. `worked`: there are others. */
type Found = 'stripped' | 'worked' | 'same'

/** What a job was found to be at a date: nothing is read twice. */
export type Looked = Map<number, { readonly date: string; readonly found: Found }>

/** Sentences for people, undefined when all is as it was published. Changes nothing. */
export async function driftOf(
  revision: number,
  access: Access,
  looked: Looked,
  signal: AbortSignal,
): Promise<string | undefined> {
  const memory = await access.ledger.read()
  const { published } = memory
  if (published?.revision !== revision || !published.isComplete) {
    const last =
      published === undefined
        ? 'nothing was published'
        : `revision ${published.revision} was published last`
    const how = published?.isComplete === false ? `${last}, and not completely` : last
    return `CVAT does not show revision ${revision}: ${how}.`
  }
  const pool = await readPool(access, signal)
  const sentences: string[] = []
  if (published.mode === 'round') {
    const lost = memory.copies.some(
      ({ kind, task, revision: own }) =>
        kind === 'round' && own === revision && task !== null && !pool.tasks.has(task),
    )
    if (lost) sentences.push('Somebody has deleted the task of the round.')
  }
  const untouched = published.head.flatMap(({ job, date }) => {
    const now = pool.jobs.get(job)
    return now !== undefined && isUntouched(now, memory, access.now()) ? [{ now, date }] : []
  })
  const taken = untouched.filter(({ now }) => isReassigned(now, memory)).length
  if (taken > 0) {
    sentences.push(
      `Somebody has changed whom ${taken === 1 ? 'a chosen job is' : `${taken} chosen jobs are`} assigned to.`,
    )
  }
  const moved = new Set(memory.moved)
  const changed = untouched.filter(({ now, date }) => now.updated_date !== date)
  let stripped = 0
  const worked = new Set<number>()
  for (const { now } of changed) {
    if (moved.has(now.id)) continue
    const look = await lookAt(now, access, memory, looked, signal)
    if (look === 'stripped') stripped += 1
    else if (look === 'worked') worked.add(now.id)
  }
  if (stripped > 0) {
    sentences.push(
      `The pre-labels of ${stripped === 1 ? 'one job were' : `${stripped} jobs were`} deleted.`,
    )
  }
  const listed = untouched.filter(({ now }) => !moved.has(now.id) && !worked.has(now.id))
  if (published.mode !== 'round' && !isAscending(listed.map(({ now }) => now))) {
    sentences.push(
      'Somebody has changed jobs that nobody has begun, so that the sorted list shows another order.',
    )
  }
  return sentences.length === 0 ? undefined : sentences.join(' ')
}

/** Whoever had it in our order does not have it any more, or somebody whom we did not choose has it. */
function isReassigned({ id, assignee }: Job, memory: Memory): boolean {
  const own = memory.assignments[id]
  return own !== undefined && own.to !== assignee?.id
}

async function lookAt(
  job: Job,
  { client }: Access,
  memory: Memory,
  looked: Looked,
  signal: AbortSignal,
): Promise<Found> {
  const before = looked.get(job.id)
  if (before?.date === job.updated_date) return before.found
  const present = await unlessGone(client.annotations(job.id, signal))
  if (present === undefined) return 'same'
  const recorded = memory.prelabels[job.id]
  const { ours, hasOthers } = splitShapes(present, recorded)
  const isStripped = ours.length < (recorded?.shapes.length ?? 0)
  const found = hasOthers ? 'worked' : isStripped ? 'stripped' : 'same'
  looked.set(job.id, { date: job.updated_date, found })
  return found
}

function isAscending(jobs: readonly Job[]): boolean {
  const dates = jobs.map(({ updated_date }) => microsecondsOf(updated_date))
  return dates.every((date, at) => at === 0 || date > (dates[at - 1] ?? 0))
}
