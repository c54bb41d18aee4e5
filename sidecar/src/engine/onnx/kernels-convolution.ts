/** Recorded convolutions, their gradients and pooling, all channel-first. */
import type { TensorInfo } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Graph } from './graph.ts'
import { kernel } from './kernel.ts'
import { elementCode } from './proto.ts'

type Shape4 = [number, number, number, number]
type Pad = Parameters<typeof tf.backend_util.computeConv2DInfo>[4]

const MICROSOFT = 'com.microsoft'

interface Geometry {
  readonly kernel: readonly [number, number]
  readonly stride: number
  /** top, left, bottom, right */
  readonly pads: readonly [number, number, number, number]
  readonly outShape: Shape4
}

function geometry(inputShape: Shape4, filterShape: Shape4, stride: number, pad: Pad): Geometry {
  const info = tf.backend_util.computeConv2DInfo(inputShape, filterShape, stride, 1, pad)
  const { top, left, bottom, right } = info.padInfo
  return {
    kernel: [info.filterHeight, info.filterWidth],
    stride: info.strideHeight,
    pads: [top, left, bottom, right],
    outShape: info.outShape,
  }
}

const strideOf = (strides: number | [number, number]): number =>
  typeof strides === 'number' ? strides : strides[0]

/** [N,C,P] of a channel-first map [N,C,H,W]. */
const flatMap = (graph: Graph, name: string, n: number, c: number) =>
  graph.operation('Reshape', [name, graph.integers([n, c, -1])])

/** Shifted windows side by side: [N,C,H+,W+] to [N,C*kh*kw,h*w] (im2col), channel-major as OIHW filters are. */
function windows(
  graph: Graph,
  padded: string,
  [n, c]: readonly [number, number],
  [kh, kw]: readonly [number, number],
  [h, w]: readonly [number, number],
): string {
  const parts: string[] = []
  for (let i = 0; i < kh; i++) {
    for (let j = 0; j < kw; j++) {
      const part = graph.operation('Slice', [
        padded,
        graph.integers([i, j]),
        graph.integers([i + h, j + w]),
        graph.integers([2, 3]),
      ])
      parts.push(graph.operation('Reshape', [part, graph.integers([n, c, 1, h * w])]))
    }
  }
  const stacked = graph.operation('Concat', parts, { axis: 2 }) // [N,C,kh*kw,P]
  return graph.operation('Reshape', [stacked, graph.integers([n, c * kh * kw, h * w])])
}

/** A filter [O,I,kh,kw] turned by 180 degrees. */
const turned = (graph: Graph, filter: string) =>
  graph.operation('Slice', [
    filter,
    graph.integers([-1, -1]),
    graph.integers([-9999, -9999]),
    graph.integers([2, 3]),
    graph.integers([-1, -1]),
  ])

function padMap(graph: Graph, name: string, pads: Geometry['pads']): string {
  const [top, left, bottom, right] = pads
  if (top + left + bottom + right === 0) return name
  return graph.operation('Pad', [name, graph.integers([0, 0, top, left, 0, 0, bottom, right])])
}

export function registerConvolution() {
  kernel('Conv2D', ({ recorder, input, attribute }) => {
    const [x, filter] = [input('x'), input('filter')]
    const g = geometry(
      x.shape as Shape4,
      filter.shape as Shape4,
      strideOf(attribute('strides')),
      attribute('pad'),
    )
    return recorder.tensor(
      recorder.graph.operation(
        'Conv',
        [recorder.name(x, 'channels-first'), recorder.name(filter, 'filter')],
        { kernel_shape: g.kernel, strides: [g.stride, g.stride], pads: g.pads },
      ),
      g.outShape,
      'channels-first',
    )
  })

  // Transposed convolution: the gradient of a convolution, and the decoder's up-convolution.
  kernel('Conv2DBackpropInput', ({ recorder, input, attribute }) => {
    const [dy, filter] = [input('dy'), input('filter')]
    const shape = attribute<Shape4>('inputShape')
    const g = geometry(
      shape,
      filter.shape as Shape4,
      strideOf(attribute('strides')),
      attribute('pad'),
    )
    const { graph } = recorder
    const d = recorder.name(dy, 'channels-first')
    const f = recorder.name(filter, 'filter') // [O,I,kh,kw]
    const [kh, kw] = g.kernel
    const [top, left, bottom, right] = g.pads
    const [n, h, w, c] = shape
    let name: string
    if (kh === 1 && kw === 1 && g.stride === 1) {
      // W^T dy: [O,I]^T x [N,O,P]
      const out = dy.shape[3] ?? 1
      const matrix = graph.operation('Reshape', [f, graph.integers([out, c])])
      const product = graph.operation(
        'FusedMatMul',
        [matrix, flatMap(graph, d, n, out)],
        { transA: 1 },
        MICROSOFT,
      )
      name = graph.operation('Reshape', [product, graph.integers([n, c, h, w])])
    } else if (g.stride === 1) {
      // A convolution with the filter turned by 180 degrees and in and out exchanged.
      name = graph.operation(
        'Conv',
        [d, graph.operation('Transpose', [turned(graph, f)], { perm: [1, 0, 2, 3] })],
        {
          kernel_shape: g.kernel,
          pads: [kh - 1 - top, kw - 1 - left, kh - 1 - bottom, kw - 1 - right],
        },
      )
    } else {
      const [, oh = 1, ow = 1] = dy.shape
      name = graph.operation('ConvTranspose', [d, f], {
        kernel_shape: g.kernel,
        strides: [g.stride, g.stride],
        pads: g.pads,
        output_padding: [
          h - ((oh - 1) * g.stride + kh - top - bottom),
          w - ((ow - 1) * g.stride + kw - left - right),
        ],
      })
    }
    return recorder.tensor(name, shape, 'channels-first')
  })

  kernel('Conv2DBackpropFilter', ({ recorder, input, attribute }) => {
    const [x, dy] = [input('x'), input('dy')]
    const filterShape = attribute<Shape4>('filterShape')
    const g = geometry(
      x.shape as Shape4,
      filterShape,
      strideOf(attribute('strides')),
      attribute('pad'),
    )
    const { graph } = recorder
    const [kh, kw] = g.kernel
    const [, , cin, cout] = filterShape
    const [n, oh, ow] = g.outShape
    const d = flatMap(graph, recorder.name(dy, 'channels-first'), n, cout) // [N,O,P]
    const xName = recorder.name(x, 'channels-first')
    let columns: string
    let restore = (gradient: string) => gradient
    if (kh === 1 && kw === 1 && g.stride === 1) {
      columns = flatMap(graph, xName, n, cin) // [N,I,P]
    } else if (g.stride === 1 && cout < cin) {
      // The narrower side is unfolded: here the gradient, whose windows run backwards over the kernel.
      const padded = padMap(graph, recorder.name(dy, 'channels-first'), g.pads)
      const unfolded = windows(graph, padded, [n, cout], g.kernel, [oh, ow]) // [N,O*kh*kw,P]
      const products = graph.operation(
        'FusedMatMul',
        [unfolded, flatMap(graph, xName, n, cin)],
        { transB: 1 },
        MICROSOFT,
      )
      const sum = graph.operation('ReduceSum', [products, graph.integers([0])], { keepdims: 0 })
      const backwards = graph.operation(
        'Transpose',
        [graph.operation('Reshape', [sum, graph.integers([cout, kh, kw, cin])])],
        { perm: [0, 3, 1, 2] },
      )
      return recorder.tensor(turned(graph, backwards), filterShape, 'filter')
    } else if (g.stride === 1) {
      columns = windows(graph, padMap(graph, xName, g.pads), [n, cin], g.kernel, [oh, ow])
    } else {
      // Stride s: every s x s cell becomes channels, so that the windows are shifts of whole maps again.
      const s = g.stride
      const cells = graph.operation('SpaceToDepth', [padMap(graph, xName, g.pads)], {
        blocksize: s,
      })
      columns = windows(graph, cells, [n, s * s * cin], [kh / s, kw / s], [oh, ow])
      // [O, s, s, I, kh/s, kw/s] to [O, I, kh/s, s, kw/s, s] = [O,I,kh,kw]
      restore = (gradient) =>
        graph.operation(
          'Transpose',
          [
            graph.operation('Reshape', [
              gradient,
              graph.integers([cout, s, s, cin, kh / s, kw / s]),
            ]),
          ],
          { perm: [0, 3, 4, 1, 5, 2] },
        )
    }
    const products = graph.operation('FusedMatMul', [d, columns], { transB: 1 }, MICROSOFT) // [N,O,I*kh*kw]
    const sum = graph.operation('ReduceSum', [products, graph.integers([0])], { keepdims: 0 })
    const name = graph.operation('Reshape', [restore(sum), graph.integers([cout, cin, kh, kw])])
    return recorder.tensor(name, filterShape, 'filter')
  })

  kernel('MaxPool', ({ recorder, input }) => {
    const x = input('x')
    const [n = 1, h = 1, w = 1, c = 1] = x.shape
    const attributes = { kernel_shape: [2, 2], strides: [2, 2] }
    const name = recorder.graph.operation(
      'MaxPool',
      [recorder.name(x, 'channels-first')],
      attributes,
    )
    return recorder.tensor(name, [n, h / 2, w / 2, c], 'channels-first')
  })

  // The gradient goes to every value that equals its window's maximum. Asking MaxPool for the position of the maximum
  // is many times slower. Ties are zeros from ReLU, whose own gradient is 0; equal positive floats do not occur in
  // practice.
  kernel('MaxPoolGrad', ({ recorder, input }) => {
    const { graph } = recorder
    const [dy, x, y] = [input('dy'), input('input'), input('output')]
    const scales = graph.constant([4], [1, 1, 2, 2])
    const enlarged = (map: TensorInfo) =>
      graph.operation('Resize', [recorder.name(map, 'channels-first'), '', scales], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      })
    const isLargest = graph.operation('Equal', [recorder.name(x, 'channels-first'), enlarged(y)])
    const mask = graph.operation('Cast', [isLargest], { to: elementCode('float32') })
    const name = graph.operation('Mul', [enlarged(dy), mask])
    return recorder.tensor(name, x.shape, 'channels-first')
  })
}
