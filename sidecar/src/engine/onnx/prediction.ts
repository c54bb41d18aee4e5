/** The forward pass with fixed weights as one ONNX graph: for predictions, or for batch statistics. */

import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { BatchShape, Weights } from '../backend.ts'
import { sizeOf } from '../initialise.ts'
import type { Network, ParameterSpec } from '../network.ts'
import { operations } from '../operations.ts'
import { onnxOperations } from './operations.ts'
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
  const { logits, features } = network.forward(
    operations,
    imagesInput(recorder, [1, height, width, channels]),
    constants(recorder, network.parameters, weights.parameters),
    constants(recorder, network.statistics, weights.statistics) as Tensor1D[],
  )
  graph.output('probabilities', recorder.name(tf.softmax(logits)), [1, height, width, classes])
  graph.output('descriptor', recorder.name(tf.mean(features, [1, 2])), [1, network.features])
  return graph.encode()
}

/** Graph with input `images` [B,H,W,c] and output `statistics`, the batch's means and variances. */
export function recordStatistics(
  recorder: Recorder,
  network: Network,
  { batch, height, width }: BatchShape,
  parameters: Float32Array,
): Uint8Array {
  const graph = recorder.restart()
  const { batch: seen } = network.forward(
    onnxOperations(recorder),
    imagesInput(recorder, [batch, height, width, network.options.channels]),
    constants(recorder, network.parameters, parameters),
  )
  const size = network.statistics.reduce((n, spec) => n + sizeOf(spec.shape), 0)
  const names = seen.map((t) => recorder.name(t))
  graph.output('statistics', graph.operation('Concat', names, { axis: 0 }), [size])
  return graph.encode()
}

function imagesInput(recorder: Recorder, shape: readonly number[]): Tensor4D {
  const info = recorder.tensor(recorder.graph.input('images', shape), shape)
  return tf.engine().makeTensorFromTensorInfo(info) as Tensor4D
}

function constants(recorder: Recorder, specs: readonly ParameterSpec[], flat: Float32Array) {
  let at = 0
  return specs.map(({ shape }) => {
    const size = sizeOf(shape)
    const values = flat.subarray(at, at + size)
    at += size
    return tf.engine().makeTensorFromTensorInfo(recorder.constant(values, shape))
  })
}
