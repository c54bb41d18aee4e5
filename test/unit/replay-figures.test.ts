/** Averages and pools of test scores, against numbers worked out by hand. */
import { describe, expect, it } from '@jest/globals'
import type { Mask } from '@suggestive/shared/mask'
import { figuresOf, scoreImage } from '@suggestive/sidecar/app/replay/figures'

/** A mask of one line. */
const line = (...data: number[]): Mask => ({
  width: data.length,
  height: 1,
  data: Uint8Array.from(data),
})

describe('figuresOf', () => {
  it('takes means over foreground classes and images, and pools counts', () => {
    const first = scoreImage(line(1, 1, 0, 2), line(1, 0, 0, 2), 3)
    const second = scoreImage(line(0, 0, 0, 1), line(0, 0, 1, 1), 3)
    const { perImage, pooled, classes, imageDice } = figuresOf([first, second])
    // Image 1: class 1 has 1 right, 1 too much: 2/3; class 2: 1. Image 2: class 1 has 1 right, 1 missed: 2/3; class 2 is
    // absent on both sides: 1.
    expect(imageDice[0]).toBeCloseTo((2 / 3 + 1) / 2, 12)
    expect(perImage.dice).toBeCloseTo((2 / 3 + 1) / 2, 12)
    expect(perImage.f1).toBe(perImage.dice)
    // IU with background: image 1: 1/2, 1/2, 1; image 2: 2/3, 1/2, 1.
    expect(perImage.meanIou).toBeCloseTo((2 / 3 + 13 / 18) / 2, 12)
    // Pooled class 1: 2 right, 1 too much, 1 missed: 2/3.
    expect(pooled.dice).toBeCloseTo((2 / 3 + 1) / 2, 12)
    expect(pooled.meanIou).toBeCloseTo((1 / 2 + 3 / 5 + 1) / 3, 12)
    expect(classes.map(({ index, perImage: own }) => [index, own.meanIou])).toEqual([
      [1, 0.5],
      [2, 1],
    ])
    // Objects of class 1: image 1 finds the one true object with a larger one (Dice 2/3, Hausdorff 1); image 2 half of
    // it (Dice 2/3, Hausdorff 1).
    expect(classes[0]?.perImage.objectF1).toBe(1)
    expect(classes[0]?.perImage.objectDice).toBeCloseTo(2 / 3, 12)
    expect(classes[0]?.perImage.objectHausdorff).toBe(1)
    expect(perImage.objectHausdorff).toBe(0.5)
  })

  it('weighs images equally when it averages, and pixels when it pools', () => {
    const small = scoreImage(line(1), line(1), 2)
    const large = scoreImage(line(1, 1, 1, 1, 0, 0), line(0, 0, 0, 1, 1, 1), 2)
    const { perImage, pooled } = figuresOf([small, large])
    expect(perImage.dice).toBeCloseTo((1 + 2 / 7) / 2, 12)
    expect(pooled.dice).toBeCloseTo((2 * 2) / (2 * 2 + 3 + 2), 12)
  })
})

describe('object ids', () => {
  const truth = line(1, 1, 1, 1)
  const predicted = line(1, 1, 1, 1)

  it('divide what the mask leaves whole', () => {
    const ids = { width: 4, height: 1, data: Uint16Array.of(7, 7, 900, 900) }
    expect(scoreImage(predicted, truth, 2).objects[0]?.f1).toBe(1)
    const { truePositive, falseNegative } = scoreImage(predicted, truth, 2, ids).objects[0] ?? {}
    expect([truePositive, falseNegative]).toEqual([1, 1])
  })

  it('belong to the class of their pixels', () => {
    const ids = { width: 4, height: 1, data: Uint16Array.of(1, 0, 2, 2) }
    const scores = scoreImage(line(1, 0, 2, 2), line(1, 0, 2, 2), 3, ids)
    expect(scores.objects.map(({ f1, truePositive }) => [f1, truePositive])).toEqual([
      [1, 1],
      [1, 1],
    ])
  })
})
