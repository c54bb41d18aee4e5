import { describe, expect, it } from '@jest/globals'
import { readShard, writeShard } from '@suggestive/sidecar/workshop/shard'
import { openShards } from '@suggestive/sidecar/workshop/shard-table'
import { createTurns } from '@suggestive/sidecar/workshop/turns'
import { MemoryBlobs } from '../fakes/memory-blobs.ts'
import { problemOf } from '../support/problems.ts'

const digestOf = (i: number) => i.toString(16).padStart(64, '0')
const rowOf = (i: number, width = 3) => ({
  digest: digestOf(i),
  numbers: [i / 7, 1 - i / 100],
  descriptor: Float32Array.from({ length: width }, (_, j) => i + j / 4),
})

describe('a shard', () => {
  it('is read as it was written, also from the middle of a larger buffer', () => {
    const bytes = writeShard([rowOf(3), rowOf(5)])
    const around = new Uint8Array(bytes.length + 3)
    around.set(bytes, 3)
    for (const given of [bytes, around.subarray(3)]) {
      const { digests, width, numbers, halves } = readShard(given, 'x')
      expect(digests).toEqual([digestOf(3), digestOf(5)])
      expect([width, halves.length]).toEqual([3, 6])
      expect([...numbers]).toEqual([3 / 7, 0.97, 5 / 7, 0.95])
    }
  })

  it('is refused when it is damaged', async () => {
    const bytes = writeShard([rowOf(3)])
    for (const wrong of [
      bytes.subarray(0, 5),
      bytes.subarray(0, -1),
      bytes.map((b, i) => (i === 0 ? 9 : b)),
    ]) {
      await problemOf('corrupt-blob', () => readShard(wrong, 'x'))
    }
  })
})

describe('the shards of a round as a table', () => {
  it('gives every block of rows, across the borders of shards', async () => {
    const blobs = new MemoryBlobs()
    const names: string[] = []
    let next = 0
    for (const count of [4, 1, 7, 2, 5, 3, 6]) {
      const rows = Array.from({ length: count }, () => rowOf(next++))
      names.push((await blobs.put('shard', writeShard(rows))).digest)
    }
    const table = await openShards(blobs, names)
    expect([table.rows, table.width]).toEqual([28, 3])
    expect(table.rowOf.get(digestOf(17))).toBe(17)
    expect(table.column(0)[11]).toBe(11 / 7)
    expect(table.column(1)[27]).toBe(1 - 27 / 100)
    for (let first = 0; first < 28; first++) {
      for (let count = 1; first + count <= 28; count++) {
        const read = await table.read(first, count, new Float32Array(28 * 3))
        const expected = Array.from({ length: count }, (_, i) => [...rowOf(first + i).descriptor])
        expect([...read]).toEqual(expected.flat())
      }
    }
  })

  it('is refused for shards of different models', async () => {
    const blobs = new MemoryBlobs()
    const one = await blobs.put('shard', writeShard([rowOf(1)]))
    const two = await blobs.put('shard', writeShard([rowOf(2, 5)]))
    await problemOf('wrong-use', () => openShards(blobs, [one.digest, two.digest]))
  })
})

describe('turns at the engine', () => {
  it('go one after the other, urgent ones first, and a failing one holds up nobody', async () => {
    const turns = createTurns()
    const order: string[] = []
    let inside = 0
    const work = (name: string) => async () => {
      inside++
      expect(inside).toBe(1)
      await new Promise((resolve) => setImmediate(resolve))
      order.push(name)
      inside--
      if (name === 'b') throw new Error(name)
    }
    const all = [
      turns.run(false, work('a')),
      turns.run(false, work('b')),
      turns.run(false, work('c')),
      turns.run(true, work('urgent')),
      turns.run(true, work('urgent too')),
    ]
    await Promise.allSettled(all)
    await turns.run(false, work('later'))
    expect(order).toEqual(['a', 'urgent', 'urgent too', 'b', 'c', 'later'])
  })
})
