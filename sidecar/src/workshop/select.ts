/** The order of a round's queue from its shards. */
import { queue } from '../domain/queue.ts'
import { lowerDigest } from '../domain/ranking.ts'
import { meanCosine } from '../domain/similarity.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Selection, SelectWork } from '../ports/workshop.ts'
import { represents } from './represents.ts'
import { openShards } from './shard-table.ts'

export async function select(blobs: Blobs, work: SelectWork): Promise<Selection> {
  const table = await openShards(blobs, work.shards)
  const rowsOf = (digests: readonly string[]) =>
    digests.flatMap((digest) => table.rowOf.get(digest) ?? [])
  const eligible = rowsOf(work.eligible)
  const inProgress = rowsOf(work.inProgress)
  if (eligible.length === 0) return nothing
  const uncertainty = table.column(0)
  const { batches, rows } = await queue({
    uncertainty,
    descriptors: table,
    k: work.k,
    candidates: work.candidates,
    depth: work.depth,
    eligible,
    inProgress,
    ties: lowerDigest(table.digests),
    measure: meanCosine,
    label: (row) => `image ${table.digests[row]?.slice(0, 12)}`,
  })
  const chosen = batches.flatMap((batch) => batch.rows)
  const targets = Uint32Array.from(new Set([...eligible, ...inProgress])).sort()
  return {
    order: rows.map((row) => table.digests[row] ?? ''),
    uncertainty: Float64Array.from(rows, (row) => uncertainty[row] ?? Number.NaN),
    batches: batches.map((batch) => batch.rows.length),
    gains: Float64Array.from(batches.flatMap((batch) => batch.gains)),
    represents: await represents(table, chosen, targets),
  }
}

const nothing: Selection = {
  order: [],
  uncertainty: new Float64Array(),
  batches: [],
  gains: new Float64Array(),
  represents: new Uint32Array(),
}
