/** Which images speak for which: every image belongs to the chosen one that it resembles most. */
import type { DescriptorTable } from '../domain/descriptor-table.ts'
import { meanCosine, similarities } from '../domain/similarity.ts'

/** Chosen images per pass over the table: memory is 4 bytes x this x images. */
const perPass = 64

/**
 * How many of the targets each chosen row represents; of equally similar ones the one chosen first.
 *
 * @param targets rows, ascending
 */
export async function represents(
  table: DescriptorTable,
  chosen: readonly number[],
  targets: Uint32Array,
): Promise<Uint32Array> {
  const best = new Int32Array(targets.length).fill(-(2 ** 31))
  const owner = new Uint32Array(targets.length)
  for (let first = 0; first < chosen.length; first += perPass) {
    const centres = chosen.slice(first, first + perPass)
    const similar = await similarities({ table, measure: meanCosine, centres, targets })
    for (const [c, values] of similar.centres.entries()) {
      for (let x = 0; x < values.length; x++) {
        if ((values[x] ?? 0) <= (best[x] ?? 0)) continue
        best[x] = values[x] ?? 0
        owner[x] = first + c
      }
    }
  }
  const counts = new Uint32Array(chosen.length)
  if (chosen.length > 0) for (const c of owner) counts[c] = (counts[c] ?? 0) + 1
  return counts
}
