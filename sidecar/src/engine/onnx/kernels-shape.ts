/** Recorded changes of shape and reductions. */
import * as tf from '@tensorflow/tfjs-core'
import { kernel } from './kernel.ts'
import { axisIn } from './recorder.ts'

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const same = (a: readonly number[], b: readonly number[]) => tf.util.arraysEqual([...a], [...b])

export function registerShape() {
  kernel('Identity', ({ recorder, input }) => recorder.alias(input('x')))

  kernel('Cast', ({ recorder, input }) => recorder.alias(input('x')))

  kernel('Reshape', ({ recorder, input, attribute }) => {
    const x = input('x')
    const shape = tf.util.inferFromImplicitShape(attribute<number[]>('shape'), size(x.shape))
    if (same(shape, x.shape) || recorder.constantValues(x) !== undefined) {
      return recorder.alias(x, shape)
    }
    const { graph } = recorder
    return recorder.tensor(
      graph.operation('Reshape', [recorder.name(x), graph.integers(shape)]),
      shape,
    )
  })

  kernel('Fill', ({ recorder, attribute }) => {
    const shape = attribute<number[]>('shape')
    return recorder.constant(new Float32Array(size(shape)).fill(attribute('value')), shape)
  })

  for (const [name, value] of [
    ['ZerosLike', 0],
    ['OnesLike', 1],
  ] as const) {
    kernel(name, ({ recorder, input }) => {
      const { shape } = input('x')
      return recorder.constant(new Float32Array(size(shape)).fill(value), shape)
    })
  }

  kernel('Concat', ({ recorder, inputs, attribute }) => {
    const shapes = inputs.map((t) => t.shape)
    const axis = attribute<number>('axis')
    const isMap = shapes[0]?.length === 4
    const layout = isMap ? 'channels-first' : 'row'
    const names = inputs.map((t) => recorder.name(t, layout))
    const onnxAxis = isMap ? axisIn(layout, axis) : axis
    return recorder.tensor(
      recorder.graph.operation('Concat', names, { axis: onnxAxis }),
      tf.backend_util.computeOutShape(shapes, axis),
      layout,
    )
  })

  kernel('SplitV', ({ recorder, input, attribute }) => {
    const x = input('x')
    const axis = attribute<number>('axis')
    const sizes = tf.backend_util.prepareSplitSize(
      x as tf.Tensor,
      attribute('numOrSizeSplits'),
      axis,
    )
    const layout = recorder.layoutOf(x)
    const { graph } = recorder
    const names = graph.operations(
      'Split',
      [recorder.name(x, layout), graph.integers(sizes)],
      { axis: x.shape.length === 4 ? axisIn(layout, axis) : axis },
      sizes.length,
    )
    return names.map((name, i) => {
      const shape = x.shape.with(axis, sizes[i] ?? 0)
      return recorder.tensor(name, shape, layout)
    })
  })

  const reduction = (kernelName: string, operator: string, axisName: string) => {
    kernel(kernelName, ({ recorder, input, attribute }) => {
      const x = input('x')
      const keep = attribute<boolean>('keepDims')
      const axes = tf.util.parseAxisParam(attribute<number | number[]>(axisName), x.shape)
      const shape = keep
        ? x.shape.map((side, i) => (axes.includes(i) ? 1 : side))
        : x.shape.filter((_, i) => !axes.includes(i))
      // What remains has at most one axis or keeps its rank: then the layout of the input can stay.
      const inPlace = x.shape.length === 4 && (keep || shape.length <= 1)
      const layout = inPlace ? recorder.layoutOf(x) : 'row'
      const onnxAxes = inPlace ? axes.map((axis) => axisIn(layout, axis)).sort() : axes
      const { graph } = recorder
      const name =
        operator === 'ReduceSum'
          ? graph.operation(operator, [recorder.name(x, layout), graph.integers(onnxAxes)], {
              keepdims: keep ? 1 : 0,
            })
          : graph.operation(operator, [recorder.name(x, layout)], {
              axes: onnxAxes,
              keepdims: keep ? 1 : 0,
            })
      return recorder.tensor(name, shape, keep ? layout : 'row')
    })
  }
  reduction('Sum', 'ReduceSum', 'axis')
  reduction('Max', 'ReduceMax', 'reductionIndices')
  reduction('Mean', 'ReduceMean', 'axis')

  kernel('Softmax', ({ recorder, input }) => {
    const logits = input('logits')
    const layout = recorder.layoutOf(logits)
    const axis = logits.shape.length === 4 ? axisIn(layout, 3) : -1
    return recorder.tensor(
      recorder.graph.operation('Softmax', [recorder.name(logits, layout)], { axis }),
      logits.shape,
      layout,
    )
  })

  kernel('FusedBatchNorm', ({ recorder, input, attribute }) => {
    const x = input('x')
    const names = ['scale', 'offset', 'mean', 'variance'].map((name) => recorder.name(input(name)))
    return recorder.tensor(
      recorder.graph.operation(
        'BatchNormalization',
        [recorder.name(x, 'channels-first'), ...names],
        { epsilon: { float: attribute<number>('varianceEpsilon') } },
      ),
      x.shape,
      'channels-first',
    )
  })
}
