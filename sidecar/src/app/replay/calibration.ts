/** Uncertainty against error: how often the ensemble is wrong where it says that it is unsure. Paper Fig. 3d. */
import type { Mask } from '@suggestive/shared/mask'
import { mean } from '../../domain/metrics.ts'
import type { Prediction } from '../../ports.ts'

/** Tenths into which the pixels are divided, from the surest to the least sure. */
const tenths = 10

/** One measure of uncertainty against the error of the same pixels. */
export interface ErrorCurve {
  /** Share of wrong pixels 0..1 in each tenth of the pixels, the surest first. */
  readonly errors: readonly number[]
  /** Pearson correlation of the measure with being wrong (0 or 1), over pixels; 0 where one is constant. */
  readonly correlation: number
}

export interface Calibration {
  /** Variance over the members. */
  readonly variance: ErrorCurve
  /** Entropy of the mean probability. */
  readonly entropy: ErrorCurve
}

const levels = 65536

/** Counts pixels and wrong pixels per level of a measure, so that a test set of any size needs 1 MB. */
interface Tally {
  readonly pixels: Float64Array
  readonly wrong: Float64Array
}

const emptyTally = (): Tally => ({
  pixels: new Float64Array(levels),
  wrong: new Float64Array(levels),
})

/** Collects the pixels of a test set, image after image. */
export interface CalibrationTally {
  add(prediction: Prediction, truth: Mask): void
  result(): Calibration
}

export function tallyCalibration(): CalibrationTally {
  const variance = emptyTally()
  const entropy = emptyTally()
  return {
    add(prediction, truth) {
      const entropyAt = entropyLevels(prediction.probability)
      for (let i = 0; i < truth.data.length; i++) {
        const isWrong = prediction.mask.data[i] === truth.data[i] ? 0 : 1
        count(variance, prediction.variance[i] ?? 0, isWrong)
        count(entropy, entropyAt(i), isWrong)
      }
    },
    result: () => ({ variance: curveOf(variance), entropy: curveOf(entropy) }),
  }
}

function count(tally: Tally, level: number, isWrong: 0 | 1): void {
  tally.pixels[level] = (tally.pixels[level] ?? 0) + 1
  tally.wrong[level] = (tally.wrong[level] ?? 0) + isWrong
}

let terms: Float64Array | undefined

/** -p ln p for every p that 16 bits can hold: the logarithm is what costs. Made once. */
function entropyTerms(): Float64Array {
  terms ??= Float64Array.from({ length: levels }, (_, value) =>
    value === 0 ? 0 : (-value / 65535) * Math.log(value / 65535),
  )
  return terms
}

/** Entropy of the mean probabilities at a pixel, as a level 0..65535 of the largest possible one, ln(classes). */
function entropyLevels(probability: readonly Uint16Array[]): (pixel: number) => number {
  const one = 65535
  const scale = one / Math.log(probability.length + 1)
  const term = entropyTerms()
  return (pixel) => {
    let rest = one
    let entropy = 0
    for (const map of probability) {
      const value = map[pixel] ?? 0
      rest -= value
      entropy += term[value] ?? 0
    }
    entropy += term[Math.max(0, rest)] ?? 0
    return Math.min(one, Math.round(entropy * scale))
  }
}

/** Pixels of equal uncertainty share their errors evenly where they fall into two tenths. */
function curveOf({ pixels, wrong }: Tally): ErrorCurve {
  const total = pixels.reduce((sum, n) => sum + n, 0)
  const size = total / tenths
  const errors = Array<number>(tenths).fill(0)
  let tenth = 0
  let room = size
  for (let level = 0; level < levels; level++) {
    let left = pixels[level] ?? 0
    const rate = left === 0 ? 0 : (wrong[level] ?? 0) / left
    while (left > 0) {
      const part = tenth === tenths - 1 ? left : Math.min(left, room)
      errors[tenth] = (errors[tenth] ?? 0) + part * rate
      left -= part
      room -= part
      if (room <= 0 && tenth < tenths - 1) {
        tenth++
        room = size
      }
    }
  }
  return {
    errors: errors.map((wrongPixels) => (size === 0 ? 0 : wrongPixels / size)),
    correlation: correlationOf({ pixels, wrong }, total),
  }
}

function correlationOf({ pixels, wrong }: Tally, total: number): number {
  let sum = 0
  let squares = 0
  let wrongs = 0
  let products = 0
  for (let level = 0; level < levels; level++) {
    const n = pixels[level] ?? 0
    const w = wrong[level] ?? 0
    sum += n * level
    squares += n * level * level
    wrongs += w
    products += w * level
  }
  const covariance = total * products - sum * wrongs
  const spread = (total * squares - sum * sum) * (total * wrongs - wrongs * wrongs)
  return spread <= 0 ? 0 : covariance / Math.sqrt(spread)
}

/** The mean of several calibrations, tenth by tenth. */
export function meanCalibration(all: readonly Calibration[]): Calibration {
  const of = (measure: keyof Calibration): ErrorCurve => {
    const curves = all.map((calibration) => calibration[measure])
    return {
      errors: Array.from({ length: tenths }, (_, tenth) =>
        mean(curves.map(({ errors }) => errors[tenth] ?? 0)),
      ),
      correlation: mean(curves.map(({ correlation }) => correlation)),
    }
  }
  return { variance: of('variance'), entropy: of('entropy') }
}
