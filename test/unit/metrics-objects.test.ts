import { describe, expect, it } from '@jest/globals'
import { labelComponents, objectsFromIds } from '@suggestive/sidecar/domain/components'
import { distanceMaps } from '@suggestive/sidecar/domain/distance'
import { hausdorffDistance, nearestHausdorff } from '@suggestive/sidecar/domain/hausdorff'
import {
  type ObjectScores,
  objectScores,
  poolObjects,
} from '@suggestive/sidecar/domain/object-metrics'
import { outlinesOf } from '@suggestive/sidecar/domain/outline'
import {
  countsOf,
  golden,
  idsOf,
  maskOf,
  type ObjectNumbers,
  type Pair,
} from '../support/metrics.ts'

function scoresOfClass(pair: Pair, ofClass: number): ObjectScores {
  return objectScores(
    labelComponents(maskOf(pair, pair.predicted), ofClass),
    labelComponents(maskOf(pair, pair.truth), ofClass),
  )
}

function expectObjects(scores: ObjectScores | undefined, expected: ObjectNumbers): void {
  expect(countsOf(scores === undefined ? [] : [scores])).toEqual([expected.counts])
  expect(scores?.f1).toBeCloseTo(expected.f1, 9)
  expect(scores?.dice).toBeCloseTo(expected.dice, 9)
  expect(scores?.hausdorff).toBeCloseTo(expected.hausdorff, 9)
}

/** Rows of digits to a raster. */
function drawing(...rows: string[]) {
  const data = Uint8Array.from(rows.join(''), Number)
  return { width: rows[0]?.length ?? 0, height: rows.length, data }
}

describe('object scores', () => {
  it.each(golden.cases)('equal the reference: $name', (pair) => {
    pair.objects.forEach((expected, index) => {
      expectObjects(scoresOfClass(pair, index + 1), expected)
    })
  })

  it.each(golden.cases.filter((pair) => pair.truthIds))(
    'of ids equal the reference: $name',
    (pair) => {
      const predicted = pair.predictedIds
        ? objectsFromIds(idsOf(pair, pair.predictedIds))
        : labelComponents(maskOf(pair, pair.predicted))
      const scores = objectScores(predicted, objectsFromIds(idsOf(pair, pair.truthIds ?? [])))
      expect(pair.idObjects).toBeDefined()
      if (pair.idObjects) expectObjects(scores, pair.idObjects)
    },
  )

  it.each(golden.sets)('pooled equal the reference: $name', (set) => {
    const pairs = golden.cases.filter(({ name }) => set.cases.includes(name))
    set.objects.forEach((expected, index) => {
      const scores = pairs.map((pair) => scoresOfClass(pair, index + 1))
      expectObjects(poolObjects(scores), expected)
    })
  })

  it('of no images are those of nothing on either side', () => {
    expect(poolObjects([])).toMatchObject({ f1: 1, dice: 1, hausdorff: 0 })
  })

  it('find a true object at most once, also when two objects cover exactly half of it each', () => {
    const truth = labelComponents(drawing('11111111'))
    const halves = objectsFromIds(drawing('11112222'))
    expect(objectScores(halves, truth)).toMatchObject({
      truePositive: 1,
      falsePositive: 1,
      falseNegative: 0,
    })
    expect(objectScores(truth, halves)).toMatchObject({ truePositive: 1, falseNegative: 1 })
  })

  it('refuse images of different sizes', () => {
    const wide = labelComponents(drawing('01'))
    expect(() => objectScores(wide, labelComponents(drawing('0', '1')))).toThrow('same size')
  })
})

describe('labelling', () => {
  it('joins over corners, keeps classes apart and numbers in reading order', () => {
    const map = labelComponents(drawing('01020', '10200', '00022', '30001'))
    expect([...map.ids].join('')).toBe('01020' + '10200' + '00022' + '30004')
    expect(map.count).toBe(4)
    expect([...map.areas]).toEqual([0, 2, 4, 1, 1])
    expect([...labelComponents(drawing('1201', '2212'), 2).ids].join('')).toBe('0100' + '1102')
  })

  it('joins what meets late', () => {
    const map = labelComponents(drawing('1010101', '1010101', '1011101', '1000001', '1111111'))
    expect(map.count).toBe(2)
    expect(map.areas[2]).toBe(7)
  })

  it('takes ids as they are: in order of value, in several places', () => {
    const map = objectsFromIds({ width: 3, height: 2, data: Uint16Array.of(900, 7, 0, 7, 900, 7) })
    expect([...map.ids]).toEqual([2, 1, 0, 1, 2, 1])
    expect([...map.areas]).toEqual([0, 3, 2])
  })

  it('refuses a raster whose values do not fill it', () => {
    const broken = { width: 3, height: 2, data: new Uint8Array(5) }
    expect(() => labelComponents(broken)).toThrow('3 x 2 pixels holds 5 values')
    expect(() => objectsFromIds(broken)).toThrow('3 x 2 pixels holds 5 values')
  })
})

describe('Hausdorff distance', () => {
  it('finds the farthest pixel inside an object, which no outline shows', () => {
    const size = 31
    const square = (inner: number) =>
      objectsFromIds({
        width: size,
        height: size,
        data: Uint8Array.from({ length: size * size }, (_, i) =>
          Math.max(Math.abs((i % size) - 15), Math.abs(Math.floor(i / size) - 15)) >= inner ? 1 : 0,
        ),
      })
    const [filled] = outlinesOf(square(0))
    const [frame] = outlinesOf(square(15))
    if (filled === undefined || frame === undefined) throw new Error('no object')
    expect(hausdorffDistance(filled, frame, distanceMaps())).toBe(15)
  })

  it('does not depend on how many distance maps are kept', () => {
    const pair = golden.cases.find(({ name }) => name === 'rings 0')
    if (pair === undefined) throw new Error('no such pair')
    const [own, other] = [pair.predicted, pair.truth].map((runs) =>
      outlinesOf(labelComponents(maskOf(pair, runs))),
    )
    const all = (limit: number) => {
      const maps = distanceMaps(limit)
      return own?.flatMap((a) => other?.map((b) => hausdorffDistance(a, b, maps)))
    }
    expect(all(0)).toEqual(all(1e9))
  })

  it('to the nearest of many objects measures few of them', () => {
    const size = 400
    const specks = (phase: number) =>
      labelComponents({
        width: size,
        height: size,
        data: Uint8Array.from({ length: size * size }, (_, i) =>
          (i % size) % 8 === phase && Math.floor(i / size) % 8 === phase ? 1 : 0,
        ),
      })
    let looks = 0
    const others = outlinesOf(specks(3))
      .sort((a, b) => a.left - b.left)
      .map((other) => ({
        ...other,
        get ends() {
          looks++
          return other.ends
        },
      }))
    const [object] = outlinesOf(specks(0)).slice(1300)
    if (object === undefined) throw new Error('no object')
    expect(nearestHausdorff(object, others, distanceMaps())).toBeCloseTo(Math.hypot(3, 3), 12)
    expect(others).toHaveLength(2500)
    expect(looks).toBeLessThan(250)
  })
})
