/**
 * The network's operations for prediction. Batch normalisation with recorded statistics is folded into the
 * convolution before it. Weights are computed once, when they are assigned, and kept in variables; nothing depends on
 * the height and width of the image, so one graph serves all sizes.
 */
import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import type { Operations } from '../network.ts'
import { EPSILON } from '../operations.ts'
import type { Device } from './convolution.ts'
import { type Graph, INT32, T } from './graph.ts'
import { layout, pooling, sliding } from './kernels.ts'
import { isNarrow, narrowFilter, narrowForward } from './narrow.ts'
import { recorder } from './recorder.ts'
import { assign, variable } from './variables.ts'

/** A convolution that is not yet in the graph, because a normalisation may follow. */
interface Pending {
  readonly filter: Tensor4D
  /** The shape in which one number per output channel scales the filter. */
  readonly perOutput: readonly number[]
  /** Appends the convolution with another filter of the same shape, computed from the weights alone. */
  append(filter: string): string
}

const of = (tensor: Tensor) => recorder.output(tensor)

/** `assignments` receives the nodes that fill the variables. */
export function inferenceOperations(
  graph: Graph,
  device: Device,
  assignments: string[],
): Operations {
  const pending = new WeakMap<object, Pending>()

  /** Keeps a value that is computed from the weights alone. */
  const hold = (value: string, shape: readonly number[]): string => {
    const held = variable(graph, `held${assignments.length}`, shape)
    assignments.push(assign(graph, held, value))
    return held.value
  }

  const convolution = (shape: readonly number[], convolution: Pending): Tensor4D => {
    const { filter, append } = convolution
    const plain = () => append(of(filter))
    const y = recorder.tensor(plain, shape) as Tensor4D
    pending.set(y.dataId, convolution)
    return y
  }

  return {
    batchNorm() {
      throw new Error('prediction uses recorded statistics')
    },

    normalise(x, gamma, beta, mean, variance) {
      const [channels] = gamma.shape
      const deviation = graph.node('Sqrt', [
        graph.node('AddV2', [of(variance), graph.scalar(EPSILON)]),
      ])
      const scale = graph.node('RealDiv', [of(gamma), deviation])
      const shift = graph.node('Sub', [of(beta), graph.node('Mul', [of(mean), scale])])
      const before = pending.get(x.dataId)
      let scaled: string
      if (before === undefined) {
        scaled = graph.node('Mul', [of(x), hold(scale, [channels])])
      } else {
        const { filter, perOutput, append } = before
        const folded = graph.node('Mul', [of(filter), graph.reshape(scale, perOutput)])
        scaled = append(folded)
      }
      const y = graph.node('BiasAdd', [scaled, hold(shift, [channels])], layout)
      return recorder.tensor(y, x.shape) as Tensor4D
    },

    relu: (x) => recorder.tensor(graph.node('Relu', [of(x)]), x.shape) as Tensor4D,

    add: (a, b) => recorder.tensor(graph.node('AddV2', [of(a), of(b)]), a.shape) as Tensor4D,

    addBias(x, bias) {
      const y = graph.node('BiasAdd', [of(x), hold(of(bias), bias.shape)], layout)
      return recorder.tensor(y, x.shape) as Tensor4D
    },

    concat(maps) {
      const channels = maps.reduce((sum, map) => sum + map.shape[3], 0)
      const shape = [...(maps[0]?.shape.slice(0, 3) ?? []), channels]
      return recorder.tensor(graph.concat(maps.map(of), 3), shape) as Tensor4D
    },

    convolve(x, filter) {
      const [k, , from, to] = filter.shape
      const shape = { k, from, to }
      return convolution([...x.shape.slice(0, 3), to], {
        filter,
        perOutput: [to],
        append(weights) {
          if (device === 'CPU' && isNarrow(shape)) {
            const wide = hold(narrowFilter(graph, weights, shape), [1, 1, from, k * k * to])
            return narrowForward(graph, of(x), wide, shape)
          }
          return graph.node('Conv2D', [of(x), hold(weights, filter.shape)], sliding(1, 'SAME'))
        },
      })
    },

    upConvolve(x, filter) {
      const [batch, height, width] = x.shape
      const channels = filter.shape[2]
      return convolution([batch, 2 * height, 2 * width, channels], {
        filter,
        perOutput: [channels, 1],
        append(weights) {
          const held = hold(weights, filter.shape)
          const inputs = [doubled(graph, of(x), channels), held, of(x)]
          return graph.node('Conv2DBackpropInput', inputs, sliding(2, 'SAME'))
        },
      })
    },

    maxPool(x) {
      const [batch, height, width, channels] = x.shape
      const y = graph.node('MaxPool', [of(x)], pooling)
      return recorder.tensor(y, [batch, height / 2, width / 2, channels]) as Tensor4D
    },

    crossEntropy() {
      throw new Error('prediction has no targets')
    },
  }
}

/** The shape of `x` at run time with twice the height and width and `channels` channels. */
function doubled(graph: Graph, x: string, channels: number): string {
  const shape = graph.node('Shape', [x], { ...T, out_type: { type: INT32 } })
  const factors = graph.integers(1, 2, 2, 0)
  const integers = { T: { type: INT32 } }
  const sides = graph.node('Mul', [shape, factors], integers)
  return graph.node('AddV2', [sides, graph.integers(0, 0, 0, channels)], integers)
}
