/** The scores of an ensemble on a test set: per class and over the foreground, mean over images and pooled. */

import type { Mask } from '@suggestive/shared/mask'
import { type LabelRaster, labelComponents, objectsFromIds } from '../../domain/components.ts'
import {
  type ClassCounts,
  countPixels,
  dice,
  intersectionOverUnion,
  mean,
  poolCounts,
} from '../../domain/metrics.ts'
import { type ObjectScores, objectScores, poolObjects } from '../../domain/object-metrics.ts'

/** One set of scores. `objectHausdorff` in pixels, 0 is perfect; all others 0..1, 1 is perfect. */
export interface Figures {
  /** Pixel Dice of the foreground classes. */
  readonly dice: number
  /** Intersection over union; over the foreground it includes the background, as the paper's mean IU does. */
  readonly meanIou: number
  /** Pixel F1: the same number as Dice by definition, listed because the paper calls it so. */
  readonly f1: number
  readonly objectF1: number
  readonly objectDice: number
  readonly objectHausdorff: number
}

export type FigureName = keyof Figures

/** Whether a smaller number is the better one. */
export function isLowerBetter(figure: FigureName): boolean {
  return figure === 'objectHausdorff'
}

/** What one image says, before anything is averaged. */
export interface ImageScores {
  /** Per class, background first. */
  readonly pixels: readonly ClassCounts[]
  /** Per foreground class. */
  readonly objects: readonly ObjectScores[]
}

export interface ClassFigures {
  /** Index of the class, 1.. */
  readonly index: number
  readonly perImage: Figures
  readonly pooled: Figures
}

export interface TestFigures {
  /** Mean over images of the mean over foreground classes. */
  readonly perImage: Figures
  /** Of the set as if it were one image, mean over foreground classes. */
  readonly pooled: Figures
  readonly classes: readonly ClassFigures[]
  /** Dice of every image, in the order of the test set. */
  readonly imageDice: readonly number[]
}

/** Scores of one predicted mask. `ids`: the true objects, otherwise the components of the true mask. */
export function scoreImage(
  predicted: Mask,
  truth: Mask,
  classes: number,
  ids?: LabelRaster,
): ImageScores {
  const objects: ObjectScores[] = []
  for (let index = 1; index < classes; index++) {
    const trueObjects = ids
      ? objectsFromIds(classes === 2 ? ids : idsOfClass(ids, truth, index))
      : labelComponents(truth, index)
    objects.push(objectScores(labelComponents(predicted, index), trueObjects))
  }
  return { pixels: countPixels(predicted, truth, classes), objects }
}

/** Ids say nothing about classes: an object belongs to the class that the mask gives its pixels. */
function idsOfClass(ids: LabelRaster, truth: Mask, index: number): LabelRaster {
  const data = Int32Array.from(ids.data, (id, i) => (truth.data[i] === index ? id : 0))
  return { width: ids.width, height: ids.height, data }
}

/** Averages and pools. @throws Problem for an empty test set. */
export function figuresOf(images: readonly ImageScores[]): TestFigures {
  const pooled: ImageScores = {
    pixels: poolCounts(images.map((image) => image.pixels)),
    objects: (images[0]?.objects ?? []).map((_, c) =>
      poolObjects(images.flatMap((image) => image.objects[c] ?? [])),
    ),
  }
  const overall = images.map(foregroundFigures)
  return {
    perImage: meanFigures(overall),
    pooled: foregroundFigures(pooled),
    classes: pooled.objects.map((_, c) => ({
      index: c + 1,
      perImage: meanFigures(images.map((image) => classFigures(image, c + 1))),
      pooled: classFigures(pooled, c + 1),
    })),
    imageDice: overall.map((figures) => figures.dice),
  }
}

function foregroundFigures(scores: ImageScores): Figures {
  const foreground = meanFigures(scores.objects.map((_, c) => classFigures(scores, c + 1)))
  return { ...foreground, meanIou: mean(scores.pixels.map(intersectionOverUnion)) }
}

function classFigures(scores: ImageScores, index: number): Figures {
  const pixels = scores.pixels[index]
  const objects = scores.objects[index - 1]
  if (!pixels || !objects) throw new RangeError(`no scores of class ${index}`)
  return {
    dice: dice(pixels),
    meanIou: intersectionOverUnion(pixels),
    f1: dice(pixels),
    objectF1: objects.f1,
    objectDice: objects.dice,
    objectHausdorff: objects.hausdorff,
  }
}

function meanFigures(all: readonly Figures[]): Figures {
  return perFigure((name) => mean(all.map((figures) => figures[name])))
}

/** One value per figure. */
export function perFigure<T>(of: (figure: FigureName) => T): Record<FigureName, T> {
  return {
    dice: of('dice'),
    meanIou: of('meanIou'),
    f1: of('f1'),
    objectF1: of('objectF1'),
    objectDice: of('objectDice'),
    objectHausdorff: of('objectHausdorff'),
  }
}
