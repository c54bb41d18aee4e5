/** Small starts and batches for engines, and how far two results are apart. */
import { draws } from '@suggestive/sidecar/domain/random'
import type { TrainState } from '@suggestive/sidecar/engine/backend'
import { initialParameters, initialStatistics, sizeOf } from '@suggestive/sidecar/engine/initialise'
import type { Network } from '@suggestive/sidecar/engine/network'

/** At 32 x 32 the last maps of the FCN are 1 x 1: fewer images would leave batch norm nothing to average. */
export const toyShape = { batch: 8, height: 32, width: 32 } as const

/** The start of a training, as it is. */
export function initialState(network: Network, seed = 5): TrainState {
  const parameters = initialParameters(network, (name) => draws(seed, name))
  const zeros = () => new Float32Array(parameters.length)
  const statistics = initialStatistics(network)
  return { parameters, moment: zeros(), velocity: zeros(), statistics, iteration: 0 }
}

/** A start with noise on everything: no gamma is 0, so every path carries something. */
export function disturbedState(network: Network): TrainState {
  const noise = draws(2, 'noise')
  const state = initialState(network, 1)
  return { ...state, parameters: state.parameters.map((p, i) => p + 0.1 * noise.normal(i)) }
}

export interface ToyBatch {
  /** [B,H,W,channels] */
  readonly images: Float32Array
  /** [B,H,W,classes], one-hot. */
  readonly targets: Float32Array
}

/** Bright discs on dark noise. */
export function discs({ channels, classes }: Network['options'], seed: number): ToyBatch {
  const { batch, height, width } = toyShape
  const images = new Float32Array(batch * height * width * channels)
  const targets = new Float32Array(batch * height * width * classes)
  const noise = draws(seed, 'discs')
  for (let b = 0; b < batch; b++) {
    const centre = 8 + 16 * noise.uniform(1_000_000 + b)
    const foreground = 1 + (b % (classes - 1))
    for (let i = 0; i < height * width; i++) {
      const [x, y] = [i % width, (i - (i % width)) / width]
      const label = (x - centre) ** 2 + (y - centre) ** 2 < 64 ? foreground : 0
      const p = b * height * width + i
      targets[p * classes + label] = 1
      const level = label === 0 ? -1 : 1 + label
      for (let c = p * channels; c < (p + 1) * channels; c++)
        images[c] = level + noise.uniform(c) - 0.5
    }
  }
  return { images, targets }
}

/** The first image of a batch. */
export function firstImage({ images }: ToyBatch): Float32Array {
  return images.slice(0, images.length / toyShape.batch)
}

/** Largest |a - b|; infinite when the lengths differ. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY
  let largest = 0
  for (const [i, value] of a.entries()) {
    const difference = Math.abs(value - (b[i] ?? Number.NaN))
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference
  }
  return largest
}

/** Length of the difference of two vectors relative to the length of the second. */
export function relativeDistance(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY
  const square = (sum: number, value: number) => sum + value * value
  const difference = actual.map((value, i) => value - (expected[i] ?? Number.NaN))
  return Math.sqrt(difference.reduce(square, 0) / expected.reduce(square, 0))
}

/** Distance of the directions of two vectors, whatever their units. */
export function directionDistance(actual: Float32Array, expected: Float32Array): number {
  const unit = (vector: Float32Array) => {
    const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0))
    return vector.map((value) => value / length)
  }
  return relativeDistance(unit(actual), unit(expected))
}

/**
 * Largest difference in any parameter tensor relative to the largest magnitude in that tensor, but at least a
 * thousandth of the largest of all: what should be 0 is rounding noise there.
 */
export function gradientError(
  network: Network,
  actual: Float32Array,
  expected: Float32Array,
): { readonly error: number; readonly at: string } {
  const zeros = new Float32Array(expected.length)
  const floor = 1e-3 * largestDifference(expected, zeros)
  let worst = { error: actual.length === expected.length ? 0 : Infinity, at: 'length' }
  let begin = 0
  for (const { name, shape } of network.parameters) {
    const end = begin + sizeOf(shape)
    const tensor = expected.subarray(begin, end)
    const magnitude = Math.max(largestDifference(tensor, zeros.subarray(begin, end)), floor)
    const error = largestDifference(actual.subarray(begin, end), tensor) / magnitude
    if (error > worst.error) worst = { error, at: name }
    begin = end
  }
  return worst
}
