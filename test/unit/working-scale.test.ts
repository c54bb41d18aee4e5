import { describe, expect, it } from '@jest/globals'
import {
  chooseWorkingScale,
  objectDiameters,
  shrinkFactorOf,
} from '@suggestive/sidecar/domain/working-scale'

describe('the working scale', () => {
  it.each([
    [[], 1, undefined],
    [[10], 1, 10],
    [[40, 40], 1, 40],
    [[41], 0.5, 41],
    [[10, 81, 500], 0.25, 81],
    [[70, 90], 0.5, 80],
    [[300], 0.125, 300],
    [[5000], 0.125, 5000],
  ])('of objects %j px across is %d', (diameters, scale, medianDiameter) => {
    expect(chooseWorkingScale(diameters)).toEqual(
      medianDiameter === undefined ? { scale } : { scale, medianDiameter },
    )
  })

  it('measures objects by the circle of equal area', () => {
    const mask = { width: 8, height: 4, data: new Uint8Array(32) }
    for (const i of [0, 1, 8, 9, 30, 31]) mask.data[i] = 1
    mask.data[4] = 2
    const [two, three, five] = objectDiameters(mask).sort((a, b) => a - b)
    expect(two).toBeCloseTo(Math.sqrt(4 / Math.PI), 12)
    expect(three).toBeCloseTo(Math.sqrt(8 / Math.PI), 12)
    expect(five).toBeCloseTo(Math.sqrt(16 / Math.PI), 12)
    expect(objectDiameters({ width: 2, height: 1, data: new Uint8Array(2) })).toEqual([])
  })

  it('is one of four shrink factors', () => {
    expect([1, 0.5, 0.25, 0.125, 0.3].map(shrinkFactorOf)).toEqual([1, 2, 4, 8, undefined])
  })
})
