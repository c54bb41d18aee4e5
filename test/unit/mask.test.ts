import { describe, expect, it } from '@jest/globals'
import { maskFault, maskOf, runsOf } from '@suggestive/shared/mask'
import { problemOf } from '../support/problems.ts'

/** 4 x 3, drawn by hand: class 1 in the corner, class 2 to the end. */
const drawn = {
  width: 4,
  height: 3,
  data: Uint8Array.from([1, 1, 0, 0, 1, 0, 0, 2, 2, 2, 2, 2]),
}
const written = {
  width: 4,
  height: 3,
  layers: [
    { classId: 1, runs: [0, 2, 2, 1, 7] },
    { classId: 2, runs: [7, 5] },
  ],
}
const withLayers = (...layers: { classId: number; runs: number[] }[]) => ({
  width: 4,
  height: 3,
  layers,
})

describe('canonical runs', () => {
  it('are those of the drawing, and draw it again', () => {
    expect(runsOf(drawn)).toEqual(written)
    expect(maskOf(written)).toEqual(drawn)
    expect(maskFault(written)).toBeUndefined()
  })

  it('of nothing are no layers', () => {
    expect(runsOf({ width: 4, height: 3, data: new Uint8Array(12) }).layers).toEqual([])
  })

  it('of everything begin with 0 and have no end of background', () => {
    const full = { width: 4, height: 3, data: new Uint8Array(12).fill(255) }
    expect(runsOf(full).layers).toEqual([{ classId: 255, runs: [0, 12] }])
  })
})

describe('a faulty mask', () => {
  it.each([
    ['too short', withLayers({ classId: 1, runs: [3, 4] }), [0, undefined], /pixel 7 \(x 3, y 1\)/],
    ['too long', withLayers({ classId: 1, runs: [3, 4, 6] }), [0, 2], /ends at pixel 13/],
    [
      'a zero inside',
      withLayers({ classId: 1, runs: [3, 4, 0, 5] }),
      [0, 2],
      /run of 0 at pixel 7/,
    ],
    [
      'a class twice',
      withLayers({ classId: 3, runs: [0, 1, 11] }, { classId: 3, runs: [11, 1] }),
      [1, undefined],
      /Layers 1 and 2 both have the class 3/,
    ],
    [
      'an overlap',
      withLayers(
        { classId: 1, runs: [0, 2, 10] },
        { classId: 2, runs: [4, 3, 5] },
        { classId: 9, runs: [6, 4, 2] },
      ),
      [2, undefined],
      /Layers 2 and 3 overlap at pixel 6 \(x 2, y 1\)/,
    ],
    [
      'an overlap of the same start',
      withLayers({ classId: 1, runs: [5, 2, 5] }, { classId: 2, runs: [5, 1, 6] }),
      [1, undefined],
      /Layers 1 and 2 overlap at pixel 5/,
    ],
  ])('with %s is named by layer and pixel', async (_, mask, [layer, run], sentence) => {
    const fault = maskFault(mask)
    expect([fault?.layer, fault?.run]).toEqual([layer, run])
    expect(fault?.sentence).toMatch(sentence)
    expect(await problemOf('wrong-use', () => maskOf(mask))).toMatch(sentence)
  })

  it('of more pixels than are possible is refused before anything is drawn', () => {
    const fault = maskFault({ width: 30_000, height: 30_000, layers: [] })
    expect(fault?.sentence).toContain('30000 x 30000')
  })

  it('may have layers that touch, and empty ones', () => {
    const touching = withLayers({ classId: 1, runs: [2, 3, 7] }, { classId: 2, runs: [5, 7] })
    expect(maskFault(touching)).toBeUndefined()
    expect(maskFault(withLayers({ classId: 1, runs: [12] }))).toBeUndefined()
  })
})
