/** A new task for each round whose frames are in suggestion order, one job for each annotator (contract section 8, C). */
import { type Access, readPool } from '../pool/access.ts'
import { isUntouched } from '../pool/standing.ts'
import type { Pool } from '../pool.ts'
import { writePrelabels } from '../publication/prelabels.ts'
import { wantedShapes } from '../publication/wanted.ts'
import type { Copy } from '../state.ts'
import { giveJobs } from './assign.ts'
import { clearRounds, roundsOf } from './old-rounds.ts'
import type { Order, Serving } from './order.ts'
import { release } from './release.ts'
import { chooseFrames } from './round-frames.ts'
import { makeRound } from './round-task.ts'

export const roundOrder: Order = async (serving, signal) => {
  const { access, publication, annotators } = serving
  const { revision } = publication
  const own = (round: Copy) => round.revision === revision && round.task !== null
  let untouched = 0
  let round = roundsOf(serving.pool, await access.ledger.read()).find(own)
  if (round === undefined) {
    const chosen = await chooseFrames(serving, signal)
    untouched = chosen.untouched
    if (chosen.places.length > 0) round = await makeRound(serving, chosen.places, signal)
  }
  const pool = await readPool(access, signal)
  const jobs = round === undefined ? [] : jobsOf(round, pool)
  const memory = await access.ledger.read()
  const free = jobs.filter((id) => isFree(id, access, pool, memory))
  const { wanted, notes } = await shapesOf(serving, pool, free, signal)
  const left = await writePrelabels(access, wanted, signal)
  const refused = annotators.length === 0 ? [] : await assign(serving, jobs, left, signal)
  const rounds = roundsOf(pool, memory)
  const kept = rounds.flatMap((one) => jobsOf(one, pool))
  await release(access, new Set(kept), signal)
  await clearRounds(access, pool, round?.task ?? null, signal)

  const now = await access.jobs.refresh(signal)
  const rows = jobs.reduce((sum, id) => sum + pool.keysOf(id).size, 0)
  const begun = jobs.filter((id) => !free.includes(id) || left.has(id))
  const begunRows = begun.reduce((sum, id) => sum + pool.keysOf(id).size, 0)
  return {
    order: [...new Set([...jobs, ...kept])].map((job) => ({ job, frame: firstFrame(job, pool) })),
    head: jobs.map((job) => ({ job, date: now.get(job)?.updated_date ?? '' })),
    applied: rows - begunRows,
    untouched: untouched + begunRows,
    notes: [...refused, ...notes, ...notesOf(serving, round)],
  }
}

/** In the order in which they were made: the best-ranked frame is in the first one. */
function jobsOf(round: Copy, pool: Pool): readonly number[] {
  return [...pool.jobs.values()]
    .filter(({ task_id }) => task_id === round.task)
    .map(({ id }) => id)
    .toSorted((a, b) => a - b)
}

function firstFrame(job: number, pool: Pool): number {
  const [first = 0] = pool.keysOf(job).keys()
  return first
}

function isFree(
  id: number,
  { now }: Access,
  pool: Pool,
  memory: Parameters<typeof isUntouched>[1],
): boolean {
  const job = pool.jobs.get(id)
  return job !== undefined && isUntouched(job, memory, now())
}

async function shapesOf(
  { access, publication, shape }: Serving,
  pool: Pool,
  jobs: readonly number[],
  signal: AbortSignal,
) {
  const rows = new Map(publication.rows.map((row) => [row.taskKey, row]))
  const targets = jobs.map((job) => ({
    job,
    rows: [...pool.keysOf(job).values()].flatMap((key) => {
      const row = rows.get(key)
      const place = pool.places(key).find((one) => one.job === job)
      return row === undefined || place === undefined ? [] : { row, place }
    }),
  }))
  return wantedShapes(targets, await access.classes(signal), shape)
}

async function assign(
  { access, annotators }: Serving,
  jobs: readonly number[],
  left: ReadonlySet<number>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const { assignments: planned } = await access.ledger.change((memory) => {
    const assignments = { ...memory.assignments }
    for (const [at, job] of jobs.entries()) {
      const to = annotators[at % annotators.length]?.id
      // Somebody may have got it by their link already.
      if (to !== undefined) assignments[job] ??= { from: null, to }
    }
    return { ...memory, assignments }
  })
  const to = jobs.flatMap((job) => {
    const own = planned[job]
    return own === undefined || left.has(job) ? [] : [[job, own.to] as const]
  })
  return giveJobs(access, new Map(to), signal)
}

function notesOf({ annotators }: Serving, round: Copy | undefined): readonly string[] {
  if (round === undefined) {
    return ['No frame is free for a round: all are finished, or somebody works on them.']
  }
  return annotators.length > 0
    ? []
    : ['No annotators are named: the round is one job that nobody is assigned to.']
}
