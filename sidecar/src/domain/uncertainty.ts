/** How much the members of an ensemble disagree about an image. Paper section 2.2, DESIGN section 2. */
import { Problem } from '@suggestive/shared/problem'

export interface Disagreement {
  /** Mean probability over the members, `[pixels, classes]`. */
  readonly mean: Float32Array
  /**
   * Per pixel the population variance over the members, averaged over classes, 0..0.25. Two classes have the same
   * variance, so their average is that of the foreground.
   */
  readonly variance: Float32Array
  /** Image uncertainty: the variance's mean over all pixels, 0..0.25, before rounding to float32. */
  readonly score: number
}

/**
 * `members`: per member the class probabilities `[pixels, classes]`. Throws an engine-failed `Problem` for a value
 * that is not finite and a `RangeError` for arrays that do not fit together.
 */
export function disagreement(members: readonly Float32Array[], classes: number): Disagreement {
  const length = members[0]?.length ?? 0
  const pixels = length / classes
  if (length === 0 || !Number.isInteger(pixels) || members.some((m) => m.length !== length)) {
    throw new RangeError(
      `members of ${members.map((m) => m.length)} values are not [pixels, ${classes}]`,
    )
  }
  const mean = new Float32Array(length)
  const variance = new Float32Array(pixels)
  let total = 0
  for (let pixel = 0, i = 0; pixel < pixels; pixel++) {
    let overClasses = 0
    for (let c = 0; c < classes; c++, i++) {
      let sum = 0
      for (const member of members) sum += member[i] ?? 0
      const average = sum / members.length
      let squares = 0
      for (const member of members) squares += ((member[i] ?? 0) - average) ** 2
      mean[i] = average
      overClasses += squares / members.length
    }
    if (!Number.isFinite(overClasses)) throw notFinite(pixel)
    variance[pixel] = overClasses / classes
    total += overClasses / classes
  }
  return { mean, variance, score: total / pixels }
}

/**
 * Entropy of mean probabilities `[pixels, classes]` per pixel, in nats: 0..ln(classes). Reported beside the
 * variance, not used for suggestions.
 */
export function entropy(mean: Float32Array, classes: number): Float32Array {
  const out = new Float32Array(mean.length / classes)
  for (let pixel = 0, i = 0; pixel < out.length; pixel++) {
    let sum = 0
    for (let c = 0; c < classes; c++, i++) {
      const p = mean[i] ?? 0
      if (p !== 0) sum -= p * Math.log(p)
    }
    if (!Number.isFinite(sum)) throw notFinite(pixel)
    out[pixel] = sum
  }
  return out
}

const notFinite = (pixel: number) =>
  new Problem(
    'engine-failed',
    `The network's probability at pixel ${pixel} is not a finite number: train again, with a lower learning rate if it happens twice.`,
  )
