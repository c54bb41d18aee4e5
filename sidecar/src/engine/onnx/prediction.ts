/** The forward pass with fixed weights as one ONNX graph: softmax map and descriptor. */

import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Weights } from '../backend.ts'
import { sizeOf } from '../initialise.ts'
import type { Network, ParameterSpec } from '../network.ts'
import { operations } from '../operations.ts'
import type { Recorder } from './recorder.ts'

/** Graph with input `images` [1,H,W,c] and outputs `probabilities` [1,H,W,classes], `descriptor` [1,F]. */
export function recordPrediction(
  recorder: Recorder,
  network: Network,
  height: number,
  width: number,
  weights: Weights,
): Uint8Array {
  const { channels, classes } = network.options
  const graph = recorder.restart()
  const constants = (specs: readonly ParameterSpec[], flat: Float32Array) => {
    let at = 0
    return specs.map(({ shape }) => {
      const size = sizeOf(shape)
      const values = flat.subarray(at, at + size)
      at += size
      return tf.engine().makeTensorFromTensorInfo(recorder.constant(values, shape))
    })
  }
  const shape = [1, height, width, channels]
  const x = tf
    .engine()
    .makeTensorFromTensorInfo(recorder.tensor(graph.input('images', shape), shape))
  const { logits, features } = network.forward(
    operations,
    x as Tensor4D,
    constants(network.parameters, weights.parameters),
    constants(network.statistics, weights.statistics) as Tensor1D[],
  )
  graph.output('probabilities', recorder.name(tf.softmax(logits)), [1, height, width, classes])
  graph.output('descriptor', recorder.name(tf.mean(features, [1, 2])), [1, network.features])
  return graph.encode()
}
