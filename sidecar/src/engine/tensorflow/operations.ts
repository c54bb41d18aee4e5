/** The network's operations as TensorFlow nodes with fused kernels and their closed-form gradients, for training. */
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Operations } from '../network.ts'
import { convolution, type Device } from './convolution.ts'
import { type Graph, output } from './graph.ts'
import { layout, normalisation, pooling, sliding } from './kernels.ts'
import { differentiable, recorder } from './recorder.ts'

const of = (tensor: Tensor) => recorder.output(tensor)

export function trainingOperations(graph: Graph, device: Device): Operations {
  const unused = graph.constant([0], new Float32Array())

  return {
    batchNorm(x, gamma, beta) {
      const n = x.size / x.shape[3]
      const scale = of(gamma)
      const map = of(x)
      const normed = graph.node('FusedBatchNormV3', [map, scale, of(beta), unused, unused], {
        ...normalisation,
        exponential_avg_factor: { float: 1 },
      })
      const y = differentiable([x, gamma, beta], x.shape, normed, (dy) => {
        const saved = [3, 4, 5].map((i) => output(normed, i))
        const back = graph.node('FusedBatchNormGradV3', [dy, map, scale, ...saved], normalisation)
        return [0, 1, 2].map((i) => output(back, i))
      }) as Tensor4D
      // The kernel's variance is the sample's (divided by n - 1); ours is the population's.
      const variance =
        n > 1
          ? graph.node('Mul', [output(normed, 2), graph.scalar((n - 1) / n)])
          : output(normed, 2)
      return {
        y,
        mean: recorder.tensor(output(normed, 1), gamma.shape) as Tensor1D,
        variance: recorder.tensor(variance, gamma.shape) as Tensor1D,
      }
    },

    normalise() {
      throw new Error('recorded statistics have no use in training')
    },

    relu(x) {
      const y = graph.node('Relu', [of(x)])
      return differentiable([x], x.shape, y, (dy) => [graph.node('ReluGrad', [dy, y])]) as Tensor4D
    },

    add(a, b) {
      const sum = graph.node('AddV2', [of(a), of(b)])
      return differentiable([a, b], a.shape, sum, (dy) => [dy, dy]) as Tensor4D
    },

    addBias(x, bias) {
      const sum = graph.node('BiasAdd', [of(x), of(bias)], layout)
      return differentiable([x, bias], x.shape, sum, (dy) => [
        dy,
        graph.node('BiasAddGrad', [dy], layout),
      ]) as Tensor4D
    },

    concat(maps) {
      const sizes = maps.map((map) => map.shape[3])
      const shape = [...(maps[0]?.shape.slice(0, 3) ?? []), sizes.reduce((a, b) => a + b, 0)]
      const joined = graph.concat(maps.map(of), 3)
      return differentiable(maps, shape, joined, (dy) => graph.split(dy, sizes, 3)) as Tensor4D
    },

    convolve(x, filter) {
      const { y, gradient } = convolution(graph, device, of(x), of(filter), x.shape, filter.shape)
      const shape = [...x.shape.slice(0, 3), filter.shape[3]]
      return differentiable([x, filter], shape, y, gradient) as Tensor4D
    },

    upConvolve(x, filter) {
      const attributes = sliding(2, 'SAME')
      const [map, weights] = [of(x), of(filter)]
      const [batch, height, width] = x.shape
      const shape = [batch, 2 * height, 2 * width, filter.shape[2]]
      // A transposed convolution is the gradient of a convolution with respect to its input.
      const y = graph.node(
        'Conv2DBackpropInput',
        [graph.integers(...shape), weights, map],
        attributes,
      )
      return differentiable([x, filter], shape, y, (dy) => [
        graph.node('Conv2D', [dy, weights], attributes),
        graph.node('Conv2DBackpropFilter', [dy, graph.integers(...filter.shape), map], attributes),
      ]) as Tensor4D
    },

    maxPool(x) {
      const map = of(x)
      const y = graph.node('MaxPool', [map], pooling)
      const [batch, height, width, channels] = x.shape
      return differentiable([x], [batch, height / 2, width / 2, channels], y, (dy) => [
        graph.node('MaxPoolGrad', [map, y, dy], pooling),
      ]) as Tensor4D
    },

    crossEntropy(logits, target) {
      const classes = logits.shape[3]
      const n = logits.size / classes
      const rows = graph.reshape(of(target), [n, classes])
      const both = graph.node('SoftmaxCrossEntropyWithLogits', [
        graph.reshape(of(logits), [n, classes]),
        rows,
      ])
      const loss = graph.reduce('Mean', both, [0])
      return differentiable([logits], [], loss, (dy) => {
        // The kernel's gradient, softmax - target, holds for targets that sum to 1; with class weights they sum to
        // the weight of the pixel's class, and the gradient is softmax * weight - target.
        const softmax = graph.node('AddV2', [output(both, 1), rows])
        const weight = graph.reduce('Sum', rows, [1], true)
        const slope = graph.node('Sub', [graph.node('Mul', [softmax, weight]), rows])
        const scale = graph.node('Mul', [dy, graph.scalar(1 / n)])
        return [graph.reshape(graph.node('Mul', [slope, scale]), logits.shape)]
      })
    },
  }
}
