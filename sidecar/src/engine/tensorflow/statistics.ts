/** The forward pass of training recorded once: the means and variances of a batch at fixed weights. */
import type { Tensor4D } from '@tensorflow/tfjs-core'
import type { BatchShape, StatisticsSession } from '../backend.ts'
import type { Network } from '../network.ts'
import { type Binding, deviceOf } from './binding.ts'
import type { Device } from './convolution.ts'
import { cut, fedFlat, feedOf, join, lengthOf, one } from './flat.ts'
import { Graph } from './graph.ts'
import { trainingOperations } from './operations.ts'
import { record, recorder } from './recorder.ts'
import { Session } from './session.ts'
import { assign, variable } from './variables.ts'

const node = {
  images: 'images',
  parameters: 'parameters',
  assign: 'assign',
  statistics: 'statistics',
} as const

function recordStatistics(network: Network, shape: BatchShape, device: Device): Graph {
  const graph = new Graph()
  const { batch, height, width } = shape
  const size = [batch, height, width, network.options.channels]
  const images = graph.placeholder(node.images, size)
  const [flat = ''] = fedFlat(graph, { [node.parameters]: lengthOf(network.parameters) })
  const parameters = cut(graph, flat, network.parameters).map((value, i) => {
    const stored = variable(graph, `stored${i}`, network.parameters[i]?.shape ?? [])
    return { ...stored, assignment: assign(graph, stored, value) }
  })
  record(graph, () => {
    const forward = network.forward(
      trainingOperations(graph, device),
      recorder.tensor(images, size) as Tensor4D,
      parameters.map(({ value }, i) => recorder.tensor(value, network.parameters[i]?.shape ?? [])),
    )
    const statistics = join(
      graph,
      forward.batch.map((one) => recorder.output(one)),
    )
    graph.node('Identity', [statistics], undefined, { name: node.statistics })
  })
  const after = parameters.map(({ assignment }) => assignment)
  graph.node('Identity', [graph.scalar(0)], undefined, { name: node.assign, after })
  return graph
}

export function statisticsSession(
  binding: Binding,
  network: Network,
  shape: BatchShape,
  parameters: Float32Array,
): StatisticsSession {
  const session = Session.start(
    binding,
    recordStatistics(network, shape, deviceOf(binding)),
    { ...one, [node.parameters]: feedOf(network.parameters, parameters) },
    node.assign,
  )
  const { batch, height, width } = shape
  const size = [batch, height, width, network.options.channels]
  return {
    async batch(images) {
      const feeds = { [node.images]: { shape: size, values: images } }
      const [statistics] = session.run(feeds, [node.statistics])
      if (statistics === undefined) throw new Error('a fetch is missing')
      return statistics
    },
    async close() {
      session.close()
    },
  }
}
