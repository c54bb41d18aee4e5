/** The reference that engines are held against: the same network on tfjs's plain JavaScript backend, step by step. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import type { BatchShape, TrainState } from '@suggestive/sidecar/engine/backend'
import { sizeOf } from '@suggestive/sidecar/engine/initialise'
import type { Network, ParameterSpec } from '@suggestive/sidecar/engine/network'
import { operations } from '@suggestive/sidecar/engine/operations'

// The gradients read single numbers through an accessor that checks every index, in a language of 2009: three
// quarters of the time. Reading without the checks gives the same numbers.
const checked = tf.TensorBuffer.prototype.get
tf.TensorBuffer.prototype.get = function (a, b, c, d) {
  const [first, second, third] = this.strides
  if (first === undefined || second === undefined || third === undefined || d === undefined)
    return checked.call(this, ...[a, b, c].filter((index) => index !== undefined))
  return this.values[a * first + b * second + c * third + d]
}

export interface EagerStep {
  readonly loss: number
  readonly gradients: Float32Array
  /** Batch means and variances, flat in the order of the network's statistics. */
  readonly batch: Float32Array
}

function split(specs: readonly ParameterSpec[], flat: Float32Array): tf.Tensor[] {
  let at = 0
  return specs.map(({ shape }) => {
    const size = sizeOf(shape)
    const tensor = tf.tensor(flat.slice(at, at + size), [...shape])
    at += size
    return tensor
  })
}

function join(tensors: readonly tf.Tensor[]): Float32Array {
  const parts = tensors.map((t) => t.dataSync())
  const flat = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    flat.set(part, at)
    at += part.length
  }
  return flat
}

/** Loss and gradients of one batch. */
export async function eagerGradients(
  network: Network,
  { batch, height, width }: BatchShape,
  parameters: Float32Array,
  images: Float32Array,
  targets: Float32Array,
): Promise<EagerStep> {
  await tf.setBackend('cpu')
  return tf.tidy(() => {
    const x = tf.tensor4d(images.slice(), [batch, height, width, network.options.channels])
    const y = tf.tensor4d(targets.slice(), [batch, height, width, network.options.classes])
    let statistics: readonly tf.Tensor[] = []
    const { value, grads } = tf.valueAndGrads((...p: tf.Tensor[]) => {
      const { logits, batch } = network.forward(operations, x, p)
      statistics = batch.map((t) => tf.keep(t))
      return operations.crossEntropy(logits, y) as tf.Scalar
    })(split(network.parameters, parameters))
    return {
      loss: value.dataSync()[0] ?? Number.NaN,
      gradients: join(grads),
      batch: join(statistics),
    }
  })
}

/** Softmax and descriptor with recorded statistics. */
export async function eagerPrediction(
  network: Network,
  height: number,
  width: number,
  state: Pick<TrainState, 'parameters' | 'statistics'>,
  images: Float32Array,
) {
  await tf.setBackend('cpu')
  return tf.tidy(() => {
    const x = tf.tensor4d(images.slice(), [1, height, width, network.options.channels])
    const { logits, features } = network.forward(
      operations,
      x,
      split(network.parameters, state.parameters),
      split(network.statistics, state.statistics) as tf.Tensor1D[],
    )
    return {
      probabilities: join([tf.softmax(logits)]),
      descriptor: join([tf.mean(features, [1, 2])]),
    }
  })
}

/** Adam in double precision (Kingma and Ba 2015, algorithm 1), written out. */
export function adam(state: TrainState, gradients: Float32Array, learningRate: number): TrainState {
  const t = state.iteration + 1
  const moment = state.moment.map((m, i) => 0.9 * m + 0.1 * (gradients[i] ?? 0))
  const velocity = state.velocity.map((v, i) => 0.999 * v + 0.001 * (gradients[i] ?? 0) ** 2)
  const parameters = state.parameters.map((p, i) => {
    const mHat = (moment[i] ?? 0) / (1 - 0.9 ** t)
    const vHat = (velocity[i] ?? 0) / (1 - 0.999 ** t)
    return p - (learningRate * mHat) / (Math.sqrt(vHat) + 1e-8)
  })
  return { ...state, parameters, moment, velocity, iteration: t }
}
