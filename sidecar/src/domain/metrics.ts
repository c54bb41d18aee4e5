/** Pixel scores of a segmentation: Dice (= F1) and intersection over union, per class, per image or pooled. */
import type { Mask } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'

/** Pixels of one class in one image, or summed over a set. */
export interface ClassCounts {
  readonly truePositive: number
  readonly falsePositive: number
  readonly falseNegative: number
}

/** Refuses two rasters of different sizes, because scores of them mean nothing. */
export function requireSameSize(
  predicted: { readonly width: number; readonly height: number },
  truth: { readonly width: number; readonly height: number },
): void {
  if (predicted.width === truth.width && predicted.height === truth.height) return
  throw new Problem(
    'wrong-use',
    `The prediction has ${predicted.width} x ${predicted.height} pixels and the truth ${truth.width} x ` +
      `${truth.height}; scores need both at the same size.`,
  )
}

/**
 * Counts per class 0..classes-1 (background included) over all pixels.
 * @throws Problem when the sizes differ or a mask holds a class that is not below `classes`.
 */
export function countPixels(predicted: Mask, truth: Mask, classes: number): ClassCounts[] {
  requireSameSize(predicted, truth)
  const pairs = new Float64Array(256 * 256)
  for (let i = 0; i < truth.data.length; i++) {
    const pair = (truth.data[i] ?? 0) * 256 + (predicted.data[i] ?? 0)
    pairs[pair] = (pairs[pair] ?? 0) + 1
  }
  const inTruth = new Float64Array(256)
  const inPrediction = new Float64Array(256)
  for (let pair = 0; pair < pairs.length; pair++) {
    const pixels = pairs[pair] ?? 0
    if (pixels === 0) continue
    const trueClass = pair >> 8
    const predictedClass = pair & 255
    const highest = Math.max(trueClass, predictedClass)
    if (highest >= classes) {
      throw new Problem(
        'wrong-use',
        `A mask holds class ${highest}, but only classes 0 to ${classes - 1} are scored; map its values to class ` +
          'indices first.',
      )
    }
    inTruth[trueClass] = (inTruth[trueClass] ?? 0) + pixels
    inPrediction[predictedClass] = (inPrediction[predictedClass] ?? 0) + pixels
  }
  return Array.from({ length: classes }, (_, c) => {
    const truePositive = pairs[c * 257] ?? 0
    return {
      truePositive,
      falsePositive: (inPrediction[c] ?? 0) - truePositive,
      falseNegative: (inTruth[c] ?? 0) - truePositive,
    }
  })
}

/** Sums the counts of several images, class by class; all lists must cover the same classes. */
export function poolCounts(images: readonly (readonly ClassCounts[])[]): ClassCounts[] {
  const classes = images[0]?.length ?? 0
  if (images.some((counts) => counts.length !== classes)) {
    throw new Problem(
      'wrong-use',
      'Counts of images with different numbers of classes cannot be pooled.',
    )
  }
  const sum = (c: number, key: keyof ClassCounts) =>
    images.reduce((total, counts) => total + (counts[c]?.[key] ?? 0), 0)
  return Array.from({ length: classes }, (_, c) => ({
    truePositive: sum(c, 'truePositive'),
    falsePositive: sum(c, 'falsePositive'),
    falseNegative: sum(c, 'falseNegative'),
  }))
}

/** Dice coefficient = F1 = 2TP / (2TP + FP + FN), 0..1; 1 where there is nothing on either side. */
export function dice({ truePositive, falsePositive, falseNegative }: ClassCounts): number {
  const all = 2 * truePositive + falsePositive + falseNegative
  return all === 0 ? 1 : (2 * truePositive) / all
}

/** Intersection over union (IU) = TP / (TP + FP + FN), 0..1; 1 where there is nothing on either side. */
export function intersectionOverUnion(counts: ClassCounts): number {
  const all = counts.truePositive + counts.falsePositive + counts.falseNegative
  return all === 0 ? 1 : counts.truePositive / all
}

/** Mean over all classes, background included, of the intersection over union. */
export function meanIu(counts: readonly ClassCounts[]): number {
  return mean(counts.map(intersectionOverUnion))
}

/** Mean over the foreground classes 1.. of the Dice coefficient; `counts` starts with the background. */
export function meanForegroundDice(counts: readonly ClassCounts[]): number {
  return mean(counts.slice(1).map(dice))
}

/** Arithmetic mean; the mean of nothing is wrong use. */
export function mean(values: readonly number[]): number {
  if (values.length === 0) {
    throw new Problem('wrong-use', 'The mean of no values was asked for; give at least one value.')
  }
  return values.reduce((total, value) => total + value, 0) / values.length
}
