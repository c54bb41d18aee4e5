/**
 * Object scores of the GlaS contest (Sirinukunwattana et al., "Gland segmentation in colon histology images", Medical
 * Image Analysis 2017), which the paper reports: F1, object-level Dice and object-level Hausdorff.
 */
import type { ObjectMap } from './components.ts'
import { type DistanceMaps, distanceMaps } from './distance.ts'
import { hausdorffDistance, nearestHausdorff } from './hausdorff.ts'
import { dice, requireSameSize } from './metrics.ts'
import { type Outline, outlinesOf } from './outline.ts'
import { findPartners, type Partners } from './overlap.ts'

/** Sums over the objects of one side, each object weighted by its area in pixels. */
export interface SideSums {
  readonly area: number
  readonly dice: number
  readonly hausdorff: number
}

/** Scores of one image or of a pooled set, with the sums they come from. */
export interface ObjectScores {
  readonly truePositive: number
  readonly falsePositive: number
  readonly falseNegative: number
  readonly predicted: SideSums
  readonly truth: SideSums
  /** 0..1 */
  readonly f1: number
  /** 0..1 */
  readonly dice: number
  /** Pixels; 0 is perfect. */
  readonly hausdorff: number
}

/**
 * A segmented object is a true positive when it covers at least half of the true object that it overlaps most. Two
 * segmented objects can do so for the same true object only with exactly half each; then the lower id counts, so
 * that a true object is found at most once (the contest's code asks for more than half, its text for at least half).
 */
function countFound({ partner, overlap }: Partners, truth: ObjectMap): number {
  const found = new Uint8Array(truth.count + 1)
  let count = 0
  for (let id = 1; id < partner.length; id++) {
    const other = partner[id] ?? 0
    const isHalf = 2 * (overlap[id] ?? 0) >= (truth.areas[other] ?? 0)
    if (other === 0 || found[other] === 1 || !isHalf) continue
    found[other] = 1
    count++
  }
  return count
}

function sumSide(
  own: ObjectMap,
  other: ObjectMap,
  { partner, overlap }: Partners,
  distance: (id: number, partner: number) => number,
): SideSums {
  const sums = { area: 0, dice: 0, hausdorff: 0 }
  for (let id = 1; id <= own.count; id++) {
    const area = own.areas[id] ?? 0
    const mate = partner[id] ?? 0
    sums.area += area
    sums.hausdorff += area * distance(id, mate)
    if (mate > 0) sums.dice += (area * 2 * (overlap[id] ?? 0)) / (area + (other.areas[mate] ?? 0))
  }
  return sums
}

/** Half the sum of both sides' weighted means; a side without objects has no say. */
function averageSides(
  predicted: SideSums,
  truth: SideSums,
  sum: 'dice' | 'hausdorff',
  ofNothing: number,
): number {
  const means = [predicted, truth]
    .filter((side) => side.area > 0)
    .map((side) => side[sum] / side.area)
  return means.length === 0 ? ofNothing : means.reduce((a, b) => a + b, 0) / means.length
}

function scoresOf(
  counts: Pick<ObjectScores, 'truePositive' | 'falsePositive' | 'falseNegative'>,
  predicted: SideSums,
  truth: SideSums,
): ObjectScores {
  return {
    ...counts,
    predicted,
    truth,
    f1: dice(counts),
    dice: averageSides(predicted, truth, 'dice', 1),
    hausdorff: averageSides(predicted, truth, 'hausdorff', 0),
  }
}

/** A function from (object, its partner or 0) to its Hausdorff distance. */
function distancesBetween(
  own: readonly Outline[],
  other: readonly Outline[],
  diagonal: number,
  maps: DistanceMaps,
) {
  const byLeft = [...other].sort((a, b) => a.left - b.left)
  return (id: number, partner: number): number => {
    const object = own[id - 1]
    if (object === undefined || other.length === 0) return diagonal
    const mate = partner > 0 ? other[partner - 1] : undefined
    return mate === undefined
      ? nearestHausdorff(object, byLeft, maps)
      : hausdorffDistance(object, mate, maps)
  }
}

/**
 * Scores of one image. Dice and Hausdorff of an object are taken with the object of the other side that it overlaps
 * most (equal overlap: the lower id), weighted by the object's area, summed over each side, and both sides averaged.
 * Without any overlap: Dice 0 and the Hausdorff distance to the nearest object of the other side; where the other
 * side has no objects at all, the image's diagonal. No objects on either side: F1 = Dice = 1, Hausdorff 0.
 * @throws Problem when the sizes differ.
 */
export function objectScores(predicted: ObjectMap, truth: ObjectMap): ObjectScores {
  requireSameSize(predicted, truth)
  const { mine, theirs } = findPartners(predicted, truth)
  const diagonal = Math.hypot(truth.width, truth.height)
  const predictedOutlines = outlinesOf(predicted)
  const trueOutlines = outlinesOf(truth)
  const maps = distanceMaps()
  const truePositive = countFound(mine, truth)
  return scoresOf(
    {
      truePositive,
      falsePositive: predicted.count - truePositive,
      falseNegative: truth.count - truePositive,
    },
    sumSide(
      predicted,
      truth,
      mine,
      distancesBetween(predictedOutlines, trueOutlines, diagonal, maps),
    ),
    sumSide(
      truth,
      predicted,
      theirs,
      distancesBetween(trueOutlines, predictedOutlines, diagonal, maps),
    ),
  )
}

function addSides(a: SideSums, b: SideSums): SideSums {
  return { area: a.area + b.area, dice: a.dice + b.dice, hausdorff: a.hausdorff + b.hausdorff }
}

/** Scores of a set as if it were one image: F1 of the summed counts, all objects of the set weighted by their area. */
export function poolObjects(images: readonly ObjectScores[]): ObjectScores {
  const nothing: SideSums = { area: 0, dice: 0, hausdorff: 0 }
  let counts = { truePositive: 0, falsePositive: 0, falseNegative: 0 }
  let predicted = nothing
  let truth = nothing
  for (const image of images) {
    counts = {
      truePositive: counts.truePositive + image.truePositive,
      falsePositive: counts.falsePositive + image.falsePositive,
      falseNegative: counts.falseNegative + image.falseNegative,
    }
    predicted = addSides(predicted, image.predicted)
    truth = addSides(truth, image.truth)
  }
  return scoresOf(counts, predicted, truth)
}
