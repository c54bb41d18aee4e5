/** Small networks, starts and batches on which engines are compared. */
import { draws } from '@suggestive/sidecar/domain/random'
import type { TrainState } from '@suggestive/sidecar/engine/backend'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialParameters, initialStatistics, sizeOf } from '@suggestive/sidecar/engine/initialise'
import type { Network } from '@suggestive/sidecar/engine/network'
import { unet } from '@suggestive/sidecar/engine/unet'

export interface Toy {
  readonly name: string
  readonly network: Network
  readonly classWeights: readonly number[]
}

/** At 32 x 32 the last maps of the FCN are 1 x 1: fewer images would leave batch norm nothing to average. */
export const toyShape = { batch: 8, height: 32, width: 32 } as const

export const toys: readonly Toy[] = [
  {
    name: 'fcn, two classes, RGB',
    network: fcn({ width: 1 / 16, classes: 2, channels: 3 }),
    classWeights: [1, 1],
  },
  {
    name: 'fcn, three weighted classes, grey',
    network: fcn({ width: 1 / 16, classes: 3, channels: 1 }),
    classWeights: [0.5, 1, 2],
  },
  {
    name: 'unet, two classes, grey',
    network: unet({ width: 1 / 8, classes: 2, channels: 1 }),
    classWeights: [1, 1],
  },
]

/** The start of a training, as it is. */
export function initialState(network: Network, seed = 5): TrainState {
  const parameters = initialParameters(network, (name) => draws(seed, name))
  const zeros = () => new Float32Array(parameters.length)
  const statistics = initialStatistics(network)
  return { parameters, moment: zeros(), velocity: zeros(), statistics, iteration: 0 }
}

/**
 * A start with noise on everything: no gamma is 0, so every path of the gradient carries something. Betas around 1.5
 * keep most ReLUs away from 0, where rounding alone decides whether a gradient passes.
 */
export function disturbedState(network: Network): TrainState {
  const state = initialState(network, 1)
  const noise = draws(2, 'noise')
  const isBeta = network.parameters.flatMap(({ name, shape }) =>
    Array<boolean>(sizeOf(shape)).fill(name.endsWith('.beta')),
  )
  const parameters = state.parameters.map(
    (p, i) => p + 0.1 * noise.normal(i) + (isBeta[i] === true ? 1.5 : 0),
  )
  return { ...state, parameters }
}

export interface ToyBatch {
  /** [B,H,W,channels] */
  readonly images: Float32Array
  /** [B,H,W,classes], one-hot times class weight. */
  readonly targets: Float32Array
}

/** Bright discs on dark noise. */
export function discs(
  { channels, classes }: Network['options'],
  seed: number,
  classWeights: readonly number[] = [],
): ToyBatch {
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
      targets[p * classes + label] = classWeights[label] ?? 1
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
