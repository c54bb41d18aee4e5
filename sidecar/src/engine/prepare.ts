/** Turns labelled images into what the training process reads: working scale, statistics, pieces, held-out choice. */

import { Problem } from '@suggestive/shared/problem'
import { collectStatistics, type InputFormat } from '../domain/normalisation.ts'
import { divide, FEWEST_FOR_HELD_OUT } from '../domain/sampling.ts'
import { shrinkMask, shrinkPicture } from '../domain/shrink.ts'
import { chooseWorkingScale, objectDiameters, shrinkFactorOf } from '../domain/working-scale.ts'
import type { LabelledSource, TrainRequest } from '../ports.ts'
import { stopped } from './child.ts'
import { type PreparedImage, writePieces } from './pieces.ts'

export interface Prepared {
  readonly scale: number
  readonly format: InputFormat
  readonly training: readonly PreparedImage[]
  readonly heldOut: readonly PreparedImage[]
  readonly classWeights: readonly number[]
  readonly warnings: readonly string[]
}

/** Weights by class frequency stay within this factor of each other. */
const LARGEST_WEIGHT_RATIO = 10

export async function prepare(
  { images, settings, classValues }: TrainRequest,
  scratch: string,
  signal: AbortSignal,
): Promise<Prepared> {
  if (images.length === 0) {
    throw new Problem('wrong-use', 'There are no labelled images to train on: label some first.')
  }
  const sorted = [...images].sort((a, b) =>
    a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0,
  )
  const scale = await workingScale(sorted, settings.scale)
  const factor = shrinkFactorOf(scale)
  if (factor === undefined) {
    throw new Problem('wrong-use', `The scale ${scale} is not possible: use 1, 0.5, 0.25 or 0.125.`)
  }
  const statistics = collectStatistics()
  const pixelsOf = new Float64Array(classValues.length)
  const prepared: PreparedImage[] = []
  for (const [index, source] of sorted.entries()) {
    if (signal.aborted) throw stopped()
    const picture = shrinkPicture(await source.readPicture(), factor)
    const mask = shrinkMask(await source.readMask(), factor)
    statistics.add(picture)
    for (const label of mask.data) pixelsOf[label] = (pixelsOf[label] ?? 0) + 1
    const { digest } = source
    prepared.push(await writePieces(scratch, { name: String(index), digest, picture, mask }))
  }
  const { warnings: statisticsWarnings, ...format } = statistics.finish()
  const { heldOut } = divide(sorted.map((image) => image.digest))
  const isHeldOut = (image: PreparedImage) => heldOut.includes(image.digest)
  return {
    scale,
    format,
    training: prepared.filter((image) => !isHeldOut(image)),
    heldOut: prepared.filter(isHeldOut),
    classWeights:
      settings.classWeights === 'none' ? [...pixelsOf].map(() => 1) : frequencyWeights(pixelsOf),
    warnings: [...statisticsWarnings, ...setWarnings(sorted, pixelsOf, classValues)],
  }
}

async function workingScale(
  images: readonly LabelledSource[],
  wanted: number | 'from-labels',
): Promise<number> {
  if (wanted !== 'from-labels') return wanted
  const diameters: number[] = []
  for (const image of images) {
    for (const diameter of objectDiameters(await image.readMask())) diameters.push(diameter)
  }
  return chooseWorkingScale(diameters).scale
}

/** Inverse square root of the frequency, mean 1 over pixels, absent classes as the rarest present one. */
function frequencyWeights(pixelsOf: Float64Array): number[] {
  const total = pixelsOf.reduce((a, b) => a + b, 0)
  const raw = [...pixelsOf].map((n) => (n === 0 ? 0 : Math.sqrt(total / n)))
  const least = Math.min(...raw.filter((w) => w > 0))
  const capped = raw.map((w) =>
    Math.min(w === 0 ? Number.POSITIVE_INFINITY : w, least * LARGEST_WEIGHT_RATIO),
  )
  const mean = capped.reduce((sum, w, c) => sum + w * ((pixelsOf[c] ?? 0) / total), 0)
  return capped.map((w) => w / mean)
}

function setWarnings(
  images: readonly LabelledSource[],
  pixelsOf: Float64Array,
  classValues: readonly number[],
): string[] {
  const warnings: string[] = []
  const count = new Set(images.map((image) => image.digest)).size
  if (count < FEWEST_FOR_HELD_OUT) {
    warnings.push(
      `Only ${count} labelled image${count === 1 ? '' : 's'}: none is held out, the last weights count (from ${FEWEST_FOR_HELD_OUT} images on the best ones do).`,
    )
  }
  for (const [c, n] of pixelsOf.entries()) {
    if (n > 0) continue
    warnings.push(
      c === 0
        ? 'No labelled image has any background: the ensemble cannot learn where objects end.'
        : `No labelled pixel has class ${classValues[c]}: the ensemble learns not to find it.`,
    )
  }
  return warnings
}
