/**
 * The operations of a network in tfjs-core, each with its closed-form gradient. They serve every backend; engines
 * replace single ones where their library has a fused kernel.
 */

import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Operations } from './network.ts'

/** Added to a variance before the square root; the usual value. */
export const EPSILON = 1e-5

const channelSum = (x: Tensor4D): Tensor1D => tf.sum(x, [0, 1, 2])

/** Gradient with respect to a filter; tfjs-core keeps this kernel behind its registered gradients. */
function filterGradient(
  x: Tensor4D,
  dy: Tensor4D,
  filterShape: [number, number, number, number],
  strides: number,
): Tensor4D {
  const inputs = { x, dy }
  const attrs = { strides, pad: 'same', dataFormat: 'NHWC', dimRoundingMode: null, filterShape }
  return tf.engine().runKernel<Tensor4D>('Conv2DBackpropFilter', inputs, attrs as never)
}

const saved = (tensors: Tensor[], index: number): Tensor4D => {
  const tensor = tensors[index]
  if (tensor === undefined) throw new Error('gradient asked for a tensor that was not saved')
  return tensor as Tensor4D
}

export const operations: Operations = {
  batchNorm(x, gamma, beta) {
    // Mean and variance leave the gradient function by these variables: customGrad returns one tensor only.
    let mean: Tensor1D | undefined
    let variance: Tensor1D | undefined
    const normed = tf.customGrad((...inputs) => {
      const [x, gamma, beta, save] = inputs as unknown as [
        Tensor4D,
        Tensor1D,
        Tensor1D,
        (t: Tensor[]) => void,
      ]
      const n = x.size / x.shape[3]
      const m: Tensor1D = tf.div(channelSum(x), n)
      const centred: Tensor4D = tf.sub(x, m)
      const v: Tensor1D = tf.div(channelSum(tf.square(centred)), n)
      const inverse: Tensor1D = tf.rsqrt(tf.add(v, EPSILON))
      mean = tf.keep(m)
      variance = tf.keep(v)
      save([centred, inverse, gamma])
      return {
        value: tf.add(tf.mul(centred, tf.mul(gamma, inverse)), beta),
        gradFunc: (dy: Tensor, tensors: Tensor[]) => {
          const [centred, inverse, gamma] = tensors as [Tensor4D, Tensor1D, Tensor1D]
          const dyMap = dy as Tensor4D
          const dBeta = channelSum(dyMap)
          const dGamma = tf.mul(channelSum(tf.mul(dyMap, centred)), inverse)
          // dx = g/s * (dy - mean(dy) - xhat * mean(dy * xhat)), s the deviation (Ioffe and Szegedy 2015)
          const scale = tf.mul(gamma, inverse)
          const slope = tf.div(tf.mul(tf.mul(scale, dGamma), inverse), -n)
          const shift = tf.div(tf.mul(scale, dBeta), -n)
          const dx = tf.add(tf.add(tf.mul(dyMap, scale), tf.mul(centred, slope)), shift)
          return [dx, dGamma, dBeta]
        },
      }
    })
    const y = normed(x, gamma, beta) as Tensor4D
    if (mean === undefined || variance === undefined) throw new Error('batch norm did not run')
    return { y, mean, variance }
  },

  normalise: (x, gamma, beta, mean, variance) =>
    tf.batchNorm(x, mean, variance, beta, gamma, EPSILON) as Tensor4D,

  relu: (x) =>
    tf.customGrad((x, save) => {
      const y = tf.relu(x as Tensor)
      ;(save as tf.GradSaveFunc)([y])
      return { value: y, gradFunc: (dy: Tensor, t: Tensor[]) => tf.mul(dy, tf.step(saved(t, 0))) }
    })(x) as Tensor4D,

  add: (a, b) =>
    tf.customGrad((a, b) => ({
      value: tf.add(a as Tensor, b as Tensor),
      gradFunc: (dy: Tensor) => [dy, dy],
    }))(a, b) as Tensor4D,

  addBias: (x, bias) =>
    tf.customGrad((x, bias) => ({
      value: tf.add(x as Tensor, bias as Tensor),
      gradFunc: (dy: Tensor) => [dy, channelSum(dy as Tensor4D)],
    }))(x, bias) as Tensor4D,

  concat: (maps) =>
    tf.customGrad((...inputs) => {
      const list = inputs.slice(0, maps.length) as Tensor4D[]
      const sizes = list.map((map) => map.shape[3])
      return {
        value: tf.concat(list, 3) as Tensor,
        gradFunc: (dy: Tensor) => tf.split(dy, sizes, 3),
      }
    })(...maps) as Tensor4D,

  convolve: (x, filter) =>
    tf.customGrad((x, filter, save) => {
      ;(save as tf.GradSaveFunc)([x as Tensor, filter as Tensor])
      return {
        value: tf.conv2d(x as Tensor4D, filter as Tensor4D, 1, 'same') as Tensor,
        gradFunc: (dy: Tensor, tensors: Tensor[]) => {
          const [x, filter] = [saved(tensors, 0), saved(tensors, 1)]
          return [
            // The gradient of a convolution is the transposed convolution with the same filter.
            tf.conv2dTranspose(dy as Tensor4D, filter, x.shape, 1, 'same') as Tensor,
            filterGradient(x, dy as Tensor4D, filter.shape, 1) as Tensor,
          ]
        },
      }
    })(x, filter) as Tensor4D,

  upConvolve: (x, filter) => {
    const [batch, height, width] = x.shape
    const size: [number, number, number, number] = [batch, 2 * height, 2 * width, filter.shape[2]]
    return tf.customGrad((x, filter, save) => {
      ;(save as tf.GradSaveFunc)([x as Tensor, filter as Tensor])
      return {
        value: tf.conv2dTranspose(x as Tensor4D, filter as Tensor4D, size, 2, 'same') as Tensor,
        gradFunc: (dy: Tensor, tensors: Tensor[]) => {
          const [x, filter] = [saved(tensors, 0), saved(tensors, 1)]
          return [
            tf.conv2d(dy as Tensor4D, filter, 2, 'same') as Tensor,
            filterGradient(dy as Tensor4D, x, filter.shape, 2) as Tensor,
          ]
        },
      }
    })(x, filter) as Tensor4D
  },

  maxPool: (x) =>
    tf.customGrad((x, save) => {
      const output = tf.maxPool(x as Tensor4D, 2, 2, 'valid')
      ;(save as tf.GradSaveFunc)([x as Tensor, output])
      return {
        value: output as Tensor,
        gradFunc: (dy: Tensor, tensors: Tensor[]) => {
          const inputs = { dy, input: saved(tensors, 0), output: saved(tensors, 1) }
          const attrs = { filterSize: 2, strides: 2, pad: 'valid', dimRoundingMode: null }
          return tf.engine().runKernel<Tensor>('MaxPoolGrad', inputs, attrs as never)
        },
      }
    })(x) as Tensor4D,

  crossEntropy: (logits, target) =>
    tf.customGrad((logits, save) => {
      const pixels = logits as Tensor4D
      const n = pixels.size / pixels.shape[3]
      const shifted = tf.sub(pixels, tf.max(pixels, 3, true))
      const exponential = tf.exp(shifted)
      const sum = tf.sum(exponential, 3, true)
      const logSoftmax = tf.sub(shifted, tf.log(sum))
      ;(save as tf.GradSaveFunc)([tf.div(exponential, sum)])
      return {
        value: tf.div(tf.sum(tf.mul(target, logSoftmax)), -n) as Tensor,
        gradFunc: (dy: Tensor, tensors: Tensor[]) => {
          // d/dlogits of -sum(t log p) is p * sum(t) - t; sum(t) is the class weight of the pixel
          const weight = tf.sum(target, 3, true)
          return tf.mul(tf.sub(tf.mul(saved(tensors, 0), weight), target), tf.div(dy, n))
        },
      }
    })(logits),
}
