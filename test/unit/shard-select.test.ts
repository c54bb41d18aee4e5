import { describe, expect, it } from '@jest/globals'
import { select } from '@suggestive/sidecar/workshop/select'
import { writeShard } from '@suggestive/sidecar/workshop/shard'
import { MemoryBlobs } from '../fakes/memory-blobs.ts'

const digestOf = (i: number) => i.toString(16).padStart(64, '0')
const unit = (...values: number[]) => {
  const length = Math.hypot(...values)
  return Float32Array.from(values, (value) => value / length)
}
/** Two kinds of images, `kind` 0 and 1; uncertainty as given. */
const rowOf = (i: number, kind: number, uncertainty: number) => ({
  digest: digestOf(i),
  numbers: [uncertainty, 0.5],
  descriptor: kind === 0 ? unit(1, 0.1, 0) : unit(0, 0.1, 1),
})
const base = { k: 2, candidates: 4, depth: 1, inProgress: [] }

async function shardsOf(blobs: MemoryBlobs, ...parts: readonly ReturnType<typeof rowOf>[][]) {
  const names: string[] = []
  for (const rows of parts) names.push((await blobs.put('shard', writeShard(rows))).digest)
  return names
}

describe('a selection from shards', () => {
  it('takes the lower digest of equal images, whatever shard it is in', async () => {
    const blobs = new MemoryBlobs()
    const rows = [5, 3, 9, 1, 7].map((i) => rowOf(i, 0, 0.1))
    const eligible = [1, 3, 5, 7, 9].map(digestOf)
    const expected = [1, 3, 5, 7, 9].map(digestOf)
    for (const cut of [1, 2, 3]) {
      const shards = await shardsOf(blobs, rows.slice(cut), rows.slice(0, cut))
      expect((await select(blobs, { ...base, shards, eligible })).order).toEqual(expected)
    }
  })

  it('covers both kinds, counts whom each represents, and what is worked on as chosen', async () => {
    const blobs = new MemoryBlobs()
    const kinds = [0, 0, 0, 0, 0, 1, 1]
    const shards = await shardsOf(
      blobs,
      kinds.map((kind, i) => rowOf(i, kind, 0.2 - i / 100)),
    )
    const eligible = kinds.map((_, i) => digestOf(i))
    const all = await select(blobs, { ...base, candidates: 7, shards, eligible })
    expect(all.order.slice(0, 2)).toEqual([digestOf(0), digestOf(5)])
    expect([...all.represents]).toEqual([5, 2])
    expect([...all.uncertainty].map((value) => value.toFixed(2))).toEqual(
      [0.2, 0.15, 0.19, 0.18, 0.17, 0.16, 0.14].map((value) => value.toFixed(2)),
    )
    const [busy = '', ...rest] = eligible
    const work = { ...base, candidates: 7, shards, eligible: rest, inProgress: [busy] }
    const other = await select(blobs, work)
    expect(other.order[0]).toBe(digestOf(5))
    expect(other.order).not.toContain(busy)
  })
})
