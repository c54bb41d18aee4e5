/** The limits that the configuration sets, in the units of the parts that keep them. */
import { Problem } from '@suggestive/shared/problem'
import type { Config } from '../config.ts'
import { type Limits, usualLimits } from '../http/body.ts'
import type { PictureSize } from '../http/deps.ts'
import { pictureSize } from '../images.ts'

const megabyte = 2 ** 20

export function limitsOf({ bodyMegabytes, imageMegabytes }: Config): Limits {
  return {
    ...usualLimits,
    labels: bodyMegabytes * megabyte,
    tasks: Math.max(usualLimits.tasks, bodyMegabytes * megabyte),
    image: imageMegabytes * megabyte,
  }
}

/** Refuses images with more pixels than are allowed, by their header: nothing is decoded. */
export function limitedSize({ megapixels }: Config): PictureSize {
  return async (bytes, name) => {
    const size = await pictureSize(bytes, name)
    const { width, height } = size
    if (width * height <= megapixels * 1e6) return size
    throw new Problem(
      'too-large',
      `${name} has ${width} x ${height} pixels, more than the ${megapixels} million that are possible: cut it into smaller images, or raise megapixels.`,
    )
  }
}
