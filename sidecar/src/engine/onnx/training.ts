/** The training step as one ONNX graph: forward, backward, Adam and the running statistics. */

import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { BatchShape } from '../backend.ts'
import { sizeOf } from '../initialise.ts'
import type { Network } from '../network.ts'
import type { Graph } from './graph.ts'
import { graphShape, type Slot, slotsOf } from './layout.ts'
import { onnxOperations } from './operations.ts'
import type { Recorder } from './recorder.ts'

/** Adam (Kingma and Ba 2015). */
const BETA1 = 0.9
const BETA2 = 0.999
const ADAM_EPSILON = 1e-8

export interface TrainingGraph {
  readonly step: Uint8Array
  readonly gradients: Uint8Array
  readonly slots: readonly Slot[]
}

/**
 * Moments are kept divided by (1 - beta), which saves a pass over all parameters each; `rate` holds
 * [learning rate, epsilon] with both bias corrections already in them, see `adamScalars`.
 */
export function recordTraining(
  recorder: Recorder,
  network: Network,
  shape: BatchShape,
  bnMomentum: number,
): TrainingGraph {
  const slots = slotsOf(network)
  const record = (finish: (graph: Graph, recorded: Recorded) => void) => {
    const graph = recorder.restart()
    finish(graph, recordLoss(recorder, graph, network, shape, slots))
    return graph.encode()
  }
  const step = record((graph, { loss, gradients, parameters, batch }) => {
    graph.output('loss', loss, [])
    recordStatistics(graph, batch, network, bnMomentum)
    const rate = graph.input('rate', [2])
    const [learningRate = '', epsilon = ''] = graph.operations(
      'Split',
      [rate, graph.integers([1, 1])],
      { axis: 0 },
      2,
    )
    for (const slot of slots) {
      recordAdam(graph, slot, gradients.get(slot) ?? '', parameters.get(slot) ?? '', {
        learningRate,
        epsilon,
      })
    }
  })
  const gradients = record((graph, recorded) => {
    graph.output('loss', recorded.loss, [])
    for (const slot of slots) {
      graph.output(`${slot.name}.gradient`, recorded.gradients.get(slot) ?? '', [slot.size])
    }
  })
  return { step, gradients, slots }
}

/** The two scalars of a step: Adam's bias corrections and the divided moments folded into rate and epsilon. */
export function adamScalars(learningRate: number, step: number): Float32Array {
  const correction1 = 1 - BETA1 ** step
  const correction2 = Math.sqrt((1 - BETA2) / (1 - BETA2 ** step))
  return Float32Array.of(
    (learningRate * (1 - BETA1)) / (correction1 * correction2),
    ADAM_EPSILON / correction2,
  )
}

interface Recorded {
  readonly loss: string
  readonly gradients: ReadonlyMap<Slot, string>
  readonly parameters: ReadonlyMap<Slot, string>
  /** Batch means and variances. */
  readonly batch: readonly string[]
}

function recordLoss(
  recorder: Recorder,
  graph: Graph,
  network: Network,
  { batch, height, width }: BatchShape,
  slots: readonly Slot[],
): Recorded {
  const { channels, classes } = network.options
  const tensorOf = (name: string, shape: number[], layout: 'row' | 'channels-first' | 'filter') => {
    const info = recorder.tensor(name, shape, layout)
    return tf.engine().makeTensorFromTensorInfo(info)
  }
  const tensors: Tensor[] = []
  const parameters = new Map<Slot, string>()
  for (const slot of slots) {
    const input = graph.input(slot.name, [slot.size])
    parameters.set(slot, input)
    const sizes = slot.parts.map(({ spec }) => sizeOf(spec.shape))
    const names =
      sizes.length === 1
        ? [input]
        : graph.operations('Split', [input, graph.integers(sizes)], { axis: 0 }, sizes.length)
    for (const [i, { index, spec }] of slot.parts.entries()) {
      const shaped = graph.operation('Reshape', [names[i] ?? '', graph.integers(graphShape(spec))])
      tensors[index] = tensorOf(shaped, [...spec.shape], spec.shape.length === 4 ? 'filter' : 'row')
    }
  }
  const x = tensorOf(
    graph.input('images', [batch, height, width, channels]),
    [batch, height, width, channels],
    'row',
  )
  const y = tensorOf(
    graph.input('targets', [batch, height, width, classes]),
    [batch, height, width, classes],
    'row',
  )
  let statistics: readonly Tensor[] = []
  const loss = (...parameters: Tensor[]) => {
    const operations = onnxOperations(recorder)
    const { logits, batch } = network.forward(operations, x as Tensor4D, parameters)
    statistics = batch.map((t) => tf.keep(t))
    return operations.crossEntropy(logits, y as Tensor4D) as tf.Scalar
  }
  const { value, grads } = tf.valueAndGrads(loss)(tensors)
  const gradients = new Map<Slot, string>()
  for (const slot of slots) {
    const flat = slot.parts.map(({ index, spec }) => {
      const gradient = grads[index]
      if (gradient === undefined) throw new Error(`no gradient for ${spec.name}`)
      const name = recorder.name(gradient, spec.shape.length === 4 ? 'filter' : 'row')
      return graph.operation('Reshape', [name, graph.integers([-1])])
    })
    const [first = ''] = flat
    gradients.set(slot, flat.length === 1 ? first : graph.operation('Concat', flat, { axis: 0 }))
  }
  return {
    loss: recorder.name(value),
    gradients,
    parameters,
    batch: statistics.map((t) => recorder.name(t)),
  }
}

function recordStatistics(
  graph: Graph,
  batch: readonly string[],
  network: Network,
  momentum: number,
) {
  const size = network.statistics.reduce((n, spec) => n + sizeOf(spec.shape), 0)
  const old = graph.input('statistics', [size])
  const seen = graph.operation('Concat', batch, { axis: 0 })
  const next = graph.operation('Add', [
    graph.operation('Mul', [old, graph.scalar(momentum)]),
    graph.operation('Mul', [seen, graph.scalar(1 - momentum)]),
  ])
  graph.output('statistics.next', next, [size])
}

function recordAdam(
  graph: Graph,
  slot: Slot,
  gradient: string,
  parameter: string,
  scalars: { readonly learningRate: string; readonly epsilon: string },
) {
  const multiply = (a: string, b: string) => graph.operation('Mul', [a, b])
  const add = (a: string, b: string) => graph.operation('Add', [a, b])
  const shape = [slot.size]
  const moment = add(
    multiply(graph.input(`${slot.name}.moment`, shape), graph.scalar(BETA1)),
    gradient,
  )
  const velocity = add(
    multiply(graph.input(`${slot.name}.velocity`, shape), graph.scalar(BETA2)),
    multiply(gradient, gradient),
  )
  const divisor = add(graph.operation('Sqrt', [velocity]), scalars.epsilon)
  const change = multiply(graph.operation('Div', [moment, divisor]), scalars.learningRate)
  graph.output(`${slot.name}.next`, graph.operation('Sub', [parameter, change]), shape)
  graph.output(`${slot.name}.moment.next`, moment, shape)
  graph.output(`${slot.name}.velocity.next`, velocity, shape)
}
