/** The forward pass recorded once per network; every set of weights runs it in a session of its own. */
import type { Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { RawPrediction, Weights } from '../backend.ts'
import type { Network } from '../network.ts'
import type { Binding } from './binding.ts'
import type { Device } from './convolution.ts'
import { cut, fedFlat, feedOf, lengthOf, one } from './flat.ts'
import { FLOAT, Graph } from './graph.ts'
import { inferenceOperations } from './inference.ts'
import { record, recorder } from './recorder.ts'
import { type Feeds, Session } from './session.ts'

const node = {
  images: 'images',
  parameters: 'parameters',
  statistics: 'statistics',
  assign: 'assign',
  probabilities: 'probabilities',
  descriptor: 'descriptor',
} as const

export function recordPrediction(network: Network, device: Device): Graph {
  const graph = new Graph()
  const { channels } = network.options
  const images = graph.placeholder(node.images, [1, -1, -1, channels])
  const [values = '', statistics = ''] = fedFlat(graph, {
    [node.parameters]: lengthOf(network.parameters),
    [node.statistics]: lengthOf(network.statistics),
  })
  const assignments: string[] = []

  record(graph, () => {
    const tensors = (flat: string, specs: Network['parameters']) =>
      cut(graph, flat, specs).map((part, i) => recorder.tensor(part, specs[i]?.shape ?? []))
    // Any size that the network takes would do: the graph does not depend on it.
    const shape = [1, network.stride, network.stride, channels]
    const forward = network.forward(
      inferenceOperations(graph, device, assignments),
      recorder.tensor(images, shape) as Tensor4D,
      tensors(values, network.parameters),
      tensors(statistics, network.statistics) as Tensor1D[],
    )
    const logits = recorder.output(forward.logits)
    graph.node('Softmax', [logits], { T: { type: FLOAT } }, { name: node.probabilities })
    const mean = graph.reduce('Mean', recorder.output(forward.features), [0, 1, 2])
    graph.node('Identity', [mean], undefined, { name: node.descriptor })
  })
  graph.node('Identity', [graph.scalar(0)], undefined, { name: node.assign, after: assignments })
  return graph
}

/** A session with weights in it. */
export class Predictor {
  readonly #session: Session
  readonly #network: Network
  /** The weights that are in the session. */
  weights: Weights

  constructor(binding: Binding, graph: Graph, network: Network, weights: Weights) {
    this.#network = network
    this.weights = weights
    this.#session = Session.start(binding, graph, this.#feeds(weights), node.assign)
  }

  assign(weights: Weights) {
    this.#session.run(this.#feeds(weights), [node.assign])
    this.weights = weights
  }

  #feeds({ parameters, statistics }: Weights): Feeds {
    return {
      ...one,
      [node.parameters]: feedOf(this.#network.parameters, parameters),
      [node.statistics]: feedOf(this.#network.statistics, statistics),
    }
  }

  predict(images: Float32Array, height: number, width: number): RawPrediction {
    const { channels } = this.#network.options
    const [probabilities, descriptor] = this.#session.run(
      { [node.images]: { shape: [1, height, width, channels], values: images } },
      [node.probabilities, node.descriptor],
    )
    if (!probabilities || !descriptor) throw new Error('a fetch is missing')
    return { probabilities, descriptor }
  }

  close() {
    this.#session.close()
  }
}
