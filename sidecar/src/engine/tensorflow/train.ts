/** A training step recorded once as one graph: forward, backward, Adam and the running statistics. */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { BatchShape, TrainSession, TrainState } from '../backend.ts'
import type { Network } from '../network.ts'
import { type Binding, deviceOf } from './binding.ts'
import type { Device } from './convolution.ts'
import { cut, fedFlat, feedOf, join, lengthOf, one } from './flat.ts'
import { Graph } from './graph.ts'
import { trainingOperations } from './operations.ts'
import { record, recorder } from './recorder.ts'
import { Session } from './session.ts'
import { assign, variable } from './variables.ts'

/** Adam (Kingma and Ba 2015, section 2). */
const BETA1 = 0.9
const BETA2 = 0.999
const ADAM_EPSILON = 1e-8

/** What the session feeds and fetches, by node name. */
const node = {
  images: 'images',
  targets: 'targets',
  rate: 'rate',
  epsilon: 'epsilon',
  loss: 'loss',
  train: 'train',
  gradients: 'gradients',
  parameters: 'parameters',
  moment: 'moment',
  velocity: 'velocity',
  statistics: 'statistics',
  initial: (what: string) => `initial/${what}`,
  initialise: 'initialise',
} as const

export function recordTraining(
  network: Network,
  shape: BatchShape,
  bnMomentum: number,
  device: Device,
): Graph {
  const graph = new Graph()
  const { batch, height, width } = shape
  const images = graph.placeholder(node.images, [batch, height, width, network.options.channels])
  const targets = graph.placeholder(node.targets, [batch, height, width, network.options.classes])

  const stored = (what: string) =>
    network.parameters.map((spec) => variable(graph, `${what}/${spec.name}`, spec.shape))
  const parameters = stored(node.parameters)
  const moment = stored(node.moment)
  const velocity = stored(node.velocity)
  const statistics = variable(graph, 'running', [lengthOf(network.statistics)])

  const step = record(graph, () => {
    const tensor = (output: string, shape: readonly number[]) => recorder.tensor(output, shape)
    const x = tensor(images, [batch, height, width, network.options.channels]) as Tensor4D
    const y = tensor(targets, [batch, height, width, network.options.classes]) as Tensor4D
    const operations = trainingOperations(graph, device)
    let statistics: readonly string[] = []
    const loss = (...weights: Tensor[]) => {
      const forward = network.forward(operations, x, weights)
      statistics = forward.batch.map((one) => recorder.output(one))
      return operations.crossEntropy(forward.logits, y)
    }
    const weights = parameters.map(({ value }, i) =>
      tensor(value, network.parameters[i]?.shape ?? []),
    )
    const { value, grads } = tf.valueAndGrads(loss)(weights)
    return {
      loss: recorder.output(value),
      gradients: grads.map((gradient) => recorder.output(gradient)),
      statistics,
    }
  })

  const rate = graph.placeholder(node.rate, [])
  const epsilon = graph.placeholder(node.epsilon, [])
  // Bias correction is part of the rate and epsilon that are fed (`adamScalars`), so its powers are 0 here.
  const scalars = [graph.scalar(0), graph.scalar(0), rate, graph.scalar(BETA1), graph.scalar(BETA2)]
  const updates = step.gradients.map((gradient, i) =>
    graph.node('ResourceApplyAdam', [
      ...[parameters, moment, velocity].map((stored) => stored[i]?.handle ?? ''),
      ...scalars,
      epsilon,
      gradient,
    ]),
  )
  if (step.statistics.length > 0) {
    const old = graph.node('Mul', [statistics.value, graph.scalar(bnMomentum)])
    const fresh = graph.node('Mul', [join(graph, step.statistics), graph.scalar(1 - bnMomentum)])
    updates.push(assign(graph, statistics, graph.node('AddV2', [old, fresh])))
  }
  graph.node('Identity', [step.loss], undefined, { name: node.loss })
  graph.node('Identity', [step.loss], undefined, { name: node.train, after: updates })
  graph.node('Identity', [join(graph, step.gradients)], undefined, { name: node.gradients })

  const state = { parameters, moment, velocity }
  const assignments: string[] = []
  const count = lengthOf(network.parameters)
  const [initialStatistics = '', ...initial] = fedFlat(graph, {
    [node.initial(node.statistics)]: lengthOf(network.statistics),
    ...Object.fromEntries(Object.keys(state).map((what) => [node.initial(what), count])),
  })
  for (const [w, [what, stored]] of Object.entries(state).entries()) {
    const values = stored.map(({ value }) => value)
    graph.node('Identity', [join(graph, values)], undefined, { name: what })
    for (const [i, part] of cut(graph, initial[w] ?? '', network.parameters).entries()) {
      const target = stored[i]
      if (target !== undefined) assignments.push(assign(graph, target, part))
    }
  }
  graph.node('Identity', [statistics.value], undefined, { name: node.statistics })
  assignments.push(assign(graph, statistics, initialStatistics))
  graph.node('Identity', [graph.scalar(0)], undefined, {
    name: node.initialise,
    after: assignments,
  })
  return graph
}

/**
 * The rate and epsilon with which the kernel, without bias correction of its own, makes Adam's step t:
 * rate * mhat / (sqrt(vhat) + e) = rate * c2 / c1 * m / (sqrt(v) + e * c2), c1 = 1 - beta1^t, c2 = sqrt(1 - beta2^t).
 */
export function adamScalars(rate: number, t: number): { rate: number; epsilon: number } {
  const c2 = Math.sqrt(1 - BETA2 ** t)
  return { rate: (rate * c2) / (1 - BETA1 ** t), epsilon: ADAM_EPSILON * c2 }
}

export function trainSession(
  binding: Binding,
  network: Network,
  shape: BatchShape,
  initial: TrainState,
  bnMomentum: number,
): TrainSession {
  const flat = (values: Float32Array) => feedOf(network.parameters, values)
  const session = Session.start(
    binding,
    recordTraining(network, shape, bnMomentum, deviceOf(binding)),
    {
      ...one,
      [node.initial(node.parameters)]: flat(initial.parameters),
      [node.initial(node.moment)]: flat(initial.moment),
      [node.initial(node.velocity)]: flat(initial.velocity),
      [node.initial(node.statistics)]: feedOf(network.statistics, initial.statistics),
    },
    node.initialise,
  )
  const { batch, height, width } = shape
  let iteration = initial.iteration

  const scalar = (value: number) => ({ shape: [], values: Float32Array.of(value) })
  const batchFeeds = (images: Float32Array, targets: Float32Array) => ({
    [node.images]: { shape: [batch, height, width, network.options.channels], values: images },
    [node.targets]: { shape: [batch, height, width, network.options.classes], values: targets },
  })
  const first = (values: Float32Array | undefined) => values?.[0] ?? Number.NaN

  return {
    async step(images, targets, learningRate) {
      const { rate, epsilon } = adamScalars(learningRate, iteration + 1)
      const feeds = {
        ...batchFeeds(images, targets),
        [node.rate]: scalar(rate),
        [node.epsilon]: scalar(epsilon),
      }
      const [loss] = session.run(feeds, [node.train])
      iteration++
      return first(loss)
    },

    async state() {
      const fetches = [node.parameters, node.moment, node.velocity, node.statistics]
      const [parameters, moment, velocity, statistics] = session.run({}, fetches)
      if (!parameters || !moment || !velocity || !statistics) throw new Error('a fetch is missing')
      return { parameters, moment, velocity, statistics, iteration }
    },

    async gradients(images, targets) {
      const [loss, gradients] = session.run(batchFeeds(images, targets), [
        node.loss,
        node.gradients,
      ])
      return { loss: first(loss), gradients: gradients ?? new Float32Array() }
    },

    async close() {
      session.close()
    },
  }
}
