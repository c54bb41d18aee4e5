/** Batch normalisation as ONNX Runtime does it fastest: few passes over the maps, the same closed-form gradient. */

import type { Tensor, Tensor1D, Tensor4D, TensorInfo } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Operations } from '../network.ts'
import { EPSILON, operations } from '../operations.ts'
import type { Recorder } from './recorder.ts'

/** Maps with at least this many samples per channel take the short way to their variance. */
const MANY_SAMPLES = 1024

/**
 * Variance of large maps by the mean square minus the squared mean: one pass less. Means and deviations of
 * convolution outputs are of one size, so float32 is enough, and rounding cannot make it negative: it is cut at 0.
 * Small maps, where few samples can be nearly equal, are centred first.
 */
export function onnxOperations(recorder: Recorder): Operations {
  const vector = (name: string, like: TensorInfo): Tensor1D =>
    tf.engine().makeTensorFromTensorInfo(recorder.tensor(name, [channelsOf(like)])) as Tensor1D
  const map = (name: string, like: TensorInfo): Tensor4D =>
    tf
      .engine()
      .makeTensorFromTensorInfo(recorder.tensor(name, like.shape, 'channels-first')) as Tensor4D
  const first = (x: TensorInfo) => recorder.name(x, 'channels-first')

  /** Per channel the sum of the products of two maps. A product of vectors needs no map of products in memory. */
  const dot = (a: Tensor4D, b: Tensor4D): Tensor1D => {
    const { graph } = recorder
    const [n, h, w, c] = a.shape
    const rows = graph.integers([n * c, 1, h * w])
    const flat = [a, b].map((x) => graph.operation('Reshape', [first(x), rows]))
    const products = graph.operation('FusedMatMul', flat, { transB: 1 }, 'com.microsoft')
    const perImage = graph.operation('Reshape', [products, graph.integers([n, c])])
    const sum = graph.operation('ReduceSum', [perImage, graph.integers([0])], { keepdims: 0 })
    return vector(sum, a)
  }

  /** x * scale + offset per channel, in one pass: the inference form of the operator. */
  const affine = (x: Tensor4D, scale: Tensor1D, offset: Tensor1D): Tensor4D => {
    const { graph } = recorder
    const c = channelsOf(x)
    const [zero, one] = [0, 1].map((v) => graph.constant([c], new Float32Array(c).fill(v)))
    const inputs = [first(x), recorder.name(scale), recorder.name(offset), zero ?? '', one ?? '']
    return map(graph.operation('BatchNormalization', inputs, { epsilon: { float: 0 } }), x)
  }

  const sum = (x: Tensor4D): Tensor1D => tf.sum(x, [0, 1, 2])

  return {
    ...operations,
    batchNorm(x, gamma, beta) {
      const n = x.size / x.shape[3]
      let mean: Tensor1D | undefined
      let variance: Tensor1D | undefined
      const normed = tf.customGrad((...inputs) => {
        const [x, gamma, beta, save] = inputs as unknown as [
          Tensor4D,
          Tensor1D,
          Tensor1D,
          (t: Tensor[]) => void,
        ]
        const m: Tensor1D = tf.div(sum(x), n)
        const v: Tensor1D =
          n >= MANY_SAMPLES
            ? tf.relu(tf.sub(tf.div(dot(x, x), n), tf.square(m)))
            : tf.div(sum(tf.square(tf.sub(x, m))), n)
        const inverse: Tensor1D = tf.rsqrt(tf.add(v, EPSILON))
        const scale: Tensor1D = tf.mul(gamma, inverse)
        mean = tf.keep(m)
        variance = tf.keep(v)
        save([x, m, inverse, scale])
        return {
          value: affine(x, scale, tf.sub(beta, tf.mul(m, scale))),
          gradFunc: (dy: Tensor, tensors: Tensor[]) => {
            const [x, m, inverse, scale] = tensors as [Tensor4D, Tensor1D, Tensor1D, Tensor1D]
            const dyMap = dy as Tensor4D
            const dBeta = sum(dyMap)
            const dGamma: Tensor1D = tf.mul(tf.sub(dot(dyMap, x), tf.mul(m, dBeta)), inverse)
            // dx = dy * scale + x * slope + shift; see the reference operations for the formula
            const slope: Tensor1D = tf.div(tf.mul(tf.mul(scale, dGamma), inverse), -n)
            const shift: Tensor1D = tf.sub(tf.div(tf.mul(scale, dBeta), -n), tf.mul(slope, m))
            const dx = tf.add(tf.mul(dyMap, scale), affine(x, slope, shift))
            return [dx, dGamma, dBeta]
          },
        }
      })
      const y = normed(x, gamma, beta) as Tensor4D
      if (mean === undefined || variance === undefined) throw new Error('batch norm did not run')
      return { y, mean, variance }
    },
  }
}

const channelsOf = (x: TensorInfo): number => x.shape[x.shape.length - 1] ?? 1
