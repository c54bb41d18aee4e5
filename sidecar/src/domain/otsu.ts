/** Otsu's threshold: what a segmentation without any learning reaches. */
import type { Mask } from '@suggestive/shared/mask'
import { dice, requireSameSize } from './metrics.ts'
import type { Picture } from './raster.ts'

/** Grey value per pixel `[height, width]` at the picture's depth: the sample itself, or the luma (ITU-R BT.601) of RGB. */
export function greyValues(picture: Picture): Uint16Array {
  const { width, height, channels, data } = picture
  if (channels === 1) return Uint16Array.from(data)
  return Uint16Array.from({ length: width * height }, (_, i) => {
    const [red = 0, green = 0, blue = 0] = data.subarray(3 * i, 3 * i + 3)
    return Math.floor((299 * red + 587 * green + 114 * blue + 500) / 1000)
  })
}

/**
 * The grey value t that best separates `<= t` from `> t`: largest variance between the two (Otsu 1979), the lowest
 * such value that occurs; of a constant image its value.
 */
export function otsuThreshold(grey: Uint16Array): number {
  const histogram = new Uint32Array(65536)
  let total = 0
  for (const value of grey) {
    histogram[value] = (histogram[value] ?? 0) + 1
    total += value
  }
  let best = -1
  let threshold = 0
  let below = 0
  let sumBelow = 0
  for (let value = 0; value < histogram.length; value++) {
    const pixels = histogram[value] ?? 0
    if (pixels === 0) continue
    below += pixels
    sumBelow += pixels * value
    const above = grey.length - below
    const contrast = above === 0 ? 0 : sumBelow / below - (total - sumBelow) / above
    const between = below * above * contrast * contrast
    if (between <= best) continue
    best = between
    threshold = value
  }
  return threshold
}

/** What an Otsu threshold reaches on one image. */
export interface OtsuScore {
  readonly threshold: number
  /** Dice of the foreground when the pixels above the threshold are taken for it, 0..1. */
  readonly bright: number
  /** Dice of the foreground when the pixels up to the threshold are taken for it, 0..1. */
  readonly dark: number
  /** Dice of the better polarity. */
  readonly dice: number
}

/**
 * Dice of a picture's Otsu threshold in both polarities against the non-zero pixels of `truth`.
 * @throws Problem when the sizes differ.
 */
export function otsuScore(picture: Picture, truth: Mask): OtsuScore {
  requireSameSize(picture, truth)
  const grey = greyValues(picture)
  const threshold = otsuThreshold(grey)
  let brightTrue = 0
  let brightFalse = 0
  let darkTrue = 0
  let darkFalse = 0
  for (let i = 0; i < grey.length; i++) {
    const isBright = (grey[i] ?? 0) > threshold
    if ((truth.data[i] ?? 0) > 0) {
      if (isBright) brightTrue++
      else darkTrue++
    } else if (isBright) brightFalse++
    else darkFalse++
  }
  const bright = dice({
    truePositive: brightTrue,
    falsePositive: brightFalse,
    falseNegative: darkTrue,
  })
  const dark = dice({ truePositive: darkTrue, falsePositive: darkFalse, falseNegative: brightTrue })
  return { threshold, bright, dark, dice: Math.max(bright, dark) }
}
