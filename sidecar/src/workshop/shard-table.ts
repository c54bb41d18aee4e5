/** The shards of one round as one table that is read block by block. */
import { Problem } from '@suggestive/shared/problem'
import type { DescriptorTable } from '../domain/descriptor-table.ts'
import { decodeHalves } from '../domain/float16.ts'
import type { Blobs } from '../ports/blobs.ts'
import { readShard, type Shard } from './shard.ts'

export interface ShardTable extends DescriptorTable {
  /** Image digest of every row. */
  readonly digests: readonly string[]
  /** Row of an image; of several the last one. */
  readonly rowOf: ReadonlyMap<string, number>
  /** Number `index` of every row, `[rows]`. */
  column(index: number): Float64Array
}

/** Shards that are kept in memory while their neighbours are read. */
const recent = 4

/** Reads every shard once for its digests and numbers; the descriptors stay on the disk. */
export async function openShards(blobs: Blobs, names: readonly string[]): Promise<ShardTable> {
  const firsts: number[] = []
  const digests: string[] = []
  const rowOf = new Map<string, number>()
  const parts: Float64Array[] = []
  let width = 0
  for (const name of names) {
    const shard = await load(blobs, name)
    if (firsts.length > 0 && shard.width !== width) {
      throw new Problem('wrong-use', 'The descriptors come from different models: start a round.')
    }
    width = shard.width
    firsts.push(digests.length)
    for (const digest of shard.digests) {
      rowOf.set(digest, digests.length)
      digests.push(digest)
    }
    parts.push(shard.numbers.slice())
  }
  const rows = digests.length
  const kept = new Map<number, Shard>()

  async function shardAt(index: number): Promise<Shard> {
    const known = kept.get(index)
    if (known !== undefined) return known
    const shard = await load(blobs, names[index] ?? '')
    for (const oldest of kept.keys()) {
      if (kept.size < recent) break
      kept.delete(oldest)
    }
    kept.set(index, shard)
    return shard
  }

  return {
    rows,
    width,
    digests,
    rowOf,
    column(index) {
      const column = new Float64Array(rows)
      for (const [s, numbers] of parts.entries()) {
        const first = firsts[s] ?? 0
        const count = (firsts[s + 1] ?? rows) - first
        const each = numbers.length / Math.max(1, count)
        for (let i = 0; i < count; i++) column[first + i] = numbers[i * each + index] ?? Number.NaN
      }
      return column
    },
    async read(first, count, into) {
      let index = lastNotAfter(firsts, first)
      for (let row = first; row < first + count; index++) {
        const start = firsts[index] ?? 0
        const end = Math.min(first + count, firsts[index + 1] ?? rows)
        const { halves } = await shardAt(index)
        const part = halves.subarray((row - start) * width, (end - start) * width)
        decodeHalves(part, into, (row - first) * width)
        row = end
      }
      return into.subarray(0, count * width)
    },
  }
}

/** Position of the last number that is not larger; `numbers` ascend. */
function lastNotAfter(numbers: readonly number[], value: number): number {
  let [low, high] = [0, numbers.length]
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((numbers[middle] ?? 0) <= value) low = middle
    else high = middle
  }
  return low
}

async function load(blobs: Blobs, name: string): Promise<Shard> {
  const bytes = await blobs.get('shard', name)
  if (bytes === undefined) {
    throw new Problem('not-found', `The descriptors ${name} are not here any more: start a round.`)
  }
  return readShard(bytes, name)
}
