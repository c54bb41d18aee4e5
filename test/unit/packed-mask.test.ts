import { describe, expect, it } from '@jest/globals'
import { maskOf } from '@suggestive/shared/mask'
import {
  majority,
  pack,
  packedSize,
  rasterise,
  unpack,
} from '@suggestive/sidecar/domain/packed-mask'
import { problemOf } from '../support/problems.ts'

const mask = {
  width: 300,
  height: 2,
  layers: [
    { classId: 2, runs: [300, 300] },
    { classId: 1, runs: [5, 200, 395] },
  ],
}

describe('a packed mask', () => {
  it('is a few bytes that anybody can read', () => {
    const expected = [1, 0xac, 2, 2, 2, 1, 3, 5, 0xc8, 1, 0x8b, 3, 2, 2, 0xac, 2, 0xac, 2]
    expect([...pack(mask)]).toEqual(expected)
    expect(packedSize(pack(mask))).toEqual({ width: 300, height: 2 })
  })

  it('has the same bytes for the same pixels', () => {
    const again = {
      ...mask,
      layers: [...mask.layers].reverse().concat({ classId: 9, runs: [600] }),
    }
    expect(pack(again)).toEqual(pack(mask))
    expect(unpack(pack(again)).layers.map(({ classId }) => classId)).toEqual([1, 2])
  })

  it('is drawn as the mask is', () => {
    expect(rasterise(pack(mask))).toEqual(maskOf(mask))
  })

  it('holds the largest image', () => {
    const large = {
      width: 20_000,
      height: 20_000,
      layers: [{ classId: 1, runs: [0, 400_000_000] }],
    }
    expect(unpack(pack(large))).toEqual(large)
  })

  it('refuses a faulty mask', async () => {
    const faulty = { ...mask, layers: [{ classId: 1, runs: [1] }] }
    expect(await problemOf('wrong-use', () => pack(faulty))).toContain('600')
  })
})

describe('the majority', () => {
  const row = (...values: number[]) => {
    const layers = [1, 2, 3].map((classId) => ({ classId, runs: runsFor(values, classId) }))
    return pack({ width: values.length, height: 1, layers })
  }

  it('of one mask is that mask', () => {
    expect([...majority([row(0, 1, 2)]).data]).toEqual([0, 1, 2])
  })

  it('counts background as a class', () => {
    const masks = [row(0, 1, 2, 2, 3), row(0, 1, 2, 0, 0), row(1, 1, 0, 0, 3)]
    expect([...majority(masks).data]).toEqual([0, 1, 2, 0, 3])
  })

  it('gives ties to the lower class id, whoever comes first', () => {
    const masks = [row(2, 0, 3, 3), row(1, 1, 2, 1)]
    expect([...majority(masks).data]).toEqual([1, 0, 2, 1])
    expect([...majority(masks.reverse()).data]).toEqual([1, 0, 2, 1])
  })

  it('weighs two pairs', () => {
    const masks = [row(3), row(2), row(3), row(2), row(1)]
    expect([...majority(masks).data]).toEqual([2])
  })

  it('refuses masks of different sizes', async () => {
    const sentence = await problemOf('wrong-use', () => majority([row(1, 1), row(1, 1, 1)]))
    expect(sentence).toContain('2 x 1')
    expect(sentence).toContain('3 x 1')
  })
})

/** By definition: lengths of equal stretches, background first. */
function runsFor(values: readonly number[], classId: number): number[] {
  const runs = [0]
  let isSet = false
  for (const value of values) {
    if ((value === classId) !== isSet) {
      runs.push(0)
      isSet = !isSet
    }
    runs.push((runs.pop() ?? 0) + 1)
  }
  return runs
}
