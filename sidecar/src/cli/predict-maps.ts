/** The image files that `predict` writes for one image. */
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { toMaskValues } from '../domain/class-values.ts'
import { encodeMap, encodeMask } from '../images.ts'
import type { Prediction } from '../ports.ts'
import { writeAtomically } from '../store/files.ts'

/** Names of an image's files: mask, a map per class (one when there are two classes), uncertainty. */
function mapNames(name: string, classValues: readonly number[]): string[] {
  const [, ...classes] = classValues
  const probability =
    classes.length === 1
      ? [`${name}.probability.png`]
      : classes.map((value) => `${name}.probability.${value}.png`)
  return [`${name}.mask.png`, ...probability, `${name}.uncertainty.png`]
}

/** Writes mask (values of the training masks), probabilities (65535 = 1) and uncertainty (65535 = 0.25). */
export async function writeMaps(
  folder: string,
  name: string,
  { width, height, mask, probability, variance }: Prediction,
  classValues: readonly number[],
): Promise<void> {
  const images = [
    await encodeMask(width, height, toMaskValues(mask, classValues)),
    ...(await Promise.all(probability.map((map) => encodeMap(width, height, map)))),
    await encodeMap(width, height, variance),
  ]
  for (const [i, file] of mapNames(name, classValues).entries()) {
    const bytes = images[i]
    if (bytes !== undefined) await writeAtomically(join(folder, file), bytes)
  }
}

/** Whether all of an image's files are there; they are only ever there as a whole. */
export async function hasMaps(
  folder: string,
  name: string,
  classValues: readonly number[],
): Promise<boolean> {
  try {
    for (const file of mapNames(name, classValues)) await access(join(folder, file))
    return true
  } catch {
    return false
  }
}
