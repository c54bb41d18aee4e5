import { describe, expect, it } from '@jest/globals'
import { maskFault, maskOf, runsOf } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { majority, pack, rasterise, unpack } from '@suggestive/sidecar/domain/packed-mask'
import fc from 'fast-check'

const options = { seed: 20_261_124, numRuns: 120 }
const side = fc.integer({ min: 1, max: 40 })

/** Masks with few classes in long runs, as people draw them, and with noise. */
const masks = fc
  .tuple(side, side, fc.constantFrom(1, 3, 255), fc.boolean())
  .chain(([width, height, classes, isNoise]) =>
    fc
      .array(fc.integer({ min: 0, max: classes }), { minLength: 1, maxLength: width * height })
      .map((values) => {
        const data = new Uint8Array(width * height)
        const stretch = isNoise ? 1 : Math.ceil(data.length / values.length)
        for (let i = 0; i < data.length; i++) {
          data[i] = values[Math.floor(i / stretch) % values.length] ?? 0
        }
        return { width, height, data }
      }),
  )

/** The largest count, then the lowest class id, by counting. */
function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || a - b)
  return sorted[0]?.[0] ?? 0
}

describe('masks', () => {
  it('survive runs, packing and drawing', () => {
    fc.assert(
      fc.property(masks, (mask) => {
        const runs = runsOf(mask)
        expect(maskFault(runs)).toBeUndefined()
        expect(maskOf(runs)).toEqual(mask)
        expect(unpack(pack(runs))).toEqual(runs)
        expect(rasterise(pack(runs))).toEqual(mask)
      }),
      options,
    )
  })

  it('are faulty when two layers share a pixel, and only then', () => {
    fc.assert(
      fc.property(masks, masks, (first, second) => {
        const size = { width: first.width, height: first.height }
        const [one] = runsOf(first).layers
        const other = Uint8Array.from(
          first.data,
          (_, i) => second.data[i % second.data.length] ?? 0,
        )
        const [two] = runsOf({ ...size, data: other }).layers
        if (one === undefined || two === undefined) return
        const layers = [
          { ...one, classId: 1 },
          { ...two, classId: 2 },
        ]
        const isShared = first.data.some((v, i) => v === one.classId && other[i] === two.classId)
        expect(maskFault({ ...size, layers }) !== undefined).toBe(isShared)
      }),
      options,
    )
  })

  it('are refused as a whole when a byte of them is wrong, or are another sound mask', () => {
    fc.assert(
      fc.property(masks, fc.nat(), fc.integer({ min: 0, max: 255 }), (mask, at, byte) => {
        const bytes = pack(runsOf(mask))
        bytes[at % bytes.length] = byte
        expectSoundOrCorrupt(bytes)
      }),
      options,
    )
  })

  it('are refused when bytes are missing, follow, or were never a mask', () => {
    fc.assert(
      fc.property(masks, fc.nat(), fc.uint8Array({ maxLength: 40 }), (mask, at, noise) => {
        const bytes = pack(runsOf(mask))
        expect(() => unpack(bytes.subarray(0, at % bytes.length))).toThrow(Problem)
        expect(() => unpack(Uint8Array.of(...bytes, 0))).toThrow(Problem)
        expectSoundOrCorrupt(noise)
      }),
      options,
    )
  })

  it('have the majority that counting gives', () => {
    fc.assert(
      fc.property(masks, fc.array(fc.nat(), { minLength: 1, maxLength: 6 }), (mask, turns) => {
        const { width, height, data } = mask
        const turned = turns.map((turn) => data.map((_, i) => data[(i + turn) % data.length] ?? 0))
        const packed = turned.map((own) => pack(runsOf({ width, height, data: own })))
        const expected = data.map((_, i) => mostFrequent(turned.map((own) => own[i] ?? 0)))
        expect(majority(packed).data).toEqual(expected)
      }),
      options,
    )
  })
})

function expectSoundOrCorrupt(bytes: Uint8Array) {
  try {
    expect(maskFault(unpack(bytes))).toBeUndefined()
  } catch (error) {
    expect(error).toMatchObject({ name: 'Problem', kind: 'corrupt-store' })
  }
}
