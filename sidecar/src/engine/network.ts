/** What a network is, for every engine: named parameters, named statistics and one pure forward function. */
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'

/** How a parameter starts. `he`: normal, variance 2 / fan-in; `bilinear`: each channel to itself. */
export type Initialiser = 'he' | 'zeros' | 'ones' | 'bilinear' | 'identity'

/** A learned tensor; convolution filters are HWIO (transposed ones HWOI, as tfjs has them). */
export interface ParameterSpec {
  readonly name: string
  readonly shape: readonly number[]
  readonly initialiser: Initialiser
}

/** The only operations that a network uses. Each carries its own gradient (`tf.customGrad`), all but `normalise`;
 * an engine may replace any by a fused one. (tfjs-core registers no gradients by itself in Node.) */
export interface Operations {
  /** Batch normalisation with the statistics of this batch. x [B,H,W,C], gamma, beta [C]. Variance is the population's. */
  batchNorm(x: Tensor4D, gamma: Tensor1D, beta: Tensor1D): BatchNormed
  /** Batch normalisation with recorded statistics (inference). */
  normalise(
    x: Tensor4D,
    gamma: Tensor1D,
    beta: Tensor1D,
    mean: Tensor1D,
    variance: Tensor1D,
  ): Tensor4D
  relu(x: Tensor4D): Tensor4D
  add(a: Tensor4D, b: Tensor4D): Tensor4D
  /** x [B,H,W,C] + bias [C]. */
  addBias(x: Tensor4D, bias: Tensor1D): Tensor4D
  /** Along the channels. */
  concat(maps: readonly Tensor4D[]): Tensor4D
  /** Stride 1, 'same' zero padding. x [B,H,W,Ci], filter [k,k,Ci,Co]. */
  convolve(x: Tensor4D, filter: Tensor4D): Tensor4D
  /** Transposed convolution, stride 2, 'same': doubles H and W. x [B,H,W,Ci], filter [k,k,Co,Ci]. */
  upConvolve(x: Tensor4D, filter: Tensor4D): Tensor4D
  /** 2x2, stride 2. H and W are even. */
  maxPool(x: Tensor4D): Tensor4D
  /**
   * Softmax cross entropy, averaged over pixels: -sum(target * log softmax(logits)) / (B*H*W).
   * logits, target [B,H,W,classes]; target is one-hot times class weight.
   */
  crossEntropy(logits: Tensor4D, target: Tensor4D): Tensor
}

export interface BatchNormed {
  readonly y: Tensor4D
  readonly mean: Tensor1D
  readonly variance: Tensor1D
}

export interface NetworkOptions {
  /** Fraction of the published width, e.g. 1 or 0.25. */
  readonly width: number
  /** Classes with background, >= 2. */
  readonly classes: number
  /** Input channels, 1 or 3. */
  readonly channels: number
}

export interface Forward {
  /** [B,H,W,classes], before softmax. */
  readonly logits: Tensor4D
  /** The encoder's last map [B,H/s,W/s,F]; its channel-wise mean is the image descriptor. */
  readonly features: Tensor4D
  /** Batch mean and variance in the order of `statistics` (training only, else empty). */
  readonly batch: readonly Tensor1D[]
}

export interface Network {
  readonly name: 'fcn' | 'unet'
  readonly options: NetworkOptions
  readonly parameters: readonly ParameterSpec[]
  /** Running means and variances, [C] each, in pairs (mean, variance). */
  readonly statistics: readonly ParameterSpec[]
  /** H and W of the input must be multiples of this. */
  readonly stride: number
  /** Length of the descriptor of one member. */
  readonly features: number
  /**
   * x [B,H,W,channels] (normalised) to logits. `statistics` absent: training, batch statistics are used and returned.
   */
  forward(
    operations: Operations,
    x: Tensor4D,
    parameters: readonly Tensor[],
    statistics?: readonly Tensor1D[],
  ): Forward
}
