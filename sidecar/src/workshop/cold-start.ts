/** The order of a queue before any model exists, from the appearances. */
import { coldStart } from '../domain/cold-start.ts'
import { lowerDigest } from '../domain/ranking.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { ColdStartOrder, ColdStartWork } from '../ports/workshop.ts'
import { openShards } from './shard-table.ts'

export async function orderByAppearance(
  blobs: Blobs,
  { shards, eligible, chosen, count, seed }: ColdStartWork,
): Promise<ColdStartOrder> {
  const table = await openShards(blobs, shards)
  const known = (digests: readonly string[]) =>
    digests.flatMap((digest) => table.rowOf.get(digest) ?? [])
  // Only what takes part is compared and standardised over.
  const rows = [...new Set([...known(eligible), ...known(chosen)])].sort((a, b) => a - b)
  const { width } = table
  const all = new Float32Array(rows.length * width)
  const appearances = rows.map((_, place) => all.subarray(place * width, (place + 1) * width))
  for (const [place, row] of rows.entries()) {
    const into = appearances[place] ?? new Float32Array(width)
    into.set(await table.read(row, 1, into))
  }
  const digests = rows.map((row) => table.digests[row] ?? '')
  const placeOf = new Map(digests.map((digest, place) => [digest, place]))
  const places = (names: readonly string[]) => names.flatMap((name) => placeOf.get(name) ?? [])
  const found = await coldStart({
    appearances,
    eligible: places(eligible),
    chosen: places(chosen),
    count,
    seed,
    ties: lowerDigest(digests),
  })
  return { order: found.rows.map((place) => digests[place] ?? ''), gains: found.gains }
}
