/**
 * Convolutions with very few output channels, for the CPU. Its kernels compute 16 output channels at a time, so that a
 * 3x3 convolution to 2 channels costs as much as one to 16. Here the k*k taps take the place of the idle channels:
 *   z[p, t, c] = sum over i of x[p, i] * filter[t, i, c]     one product of matrices
 *   y[p, c]    = sum over t of z[p + offset(t), t, c]        a depthwise shift, then a sum
 * with offset(t) the place of tap t; outside the image z counts as 0, as x does. Measured for 48 -> 2 channels of
 * 128 x 128 pixels: a third of the time, forward and backward.
 */
import { type Graph, INT32, T } from './graph.ts'
import { sliding } from './kernels.ts'

/** A convolution [k,k,from,to] of stride 1. */
export interface Shape {
  readonly k: number
  readonly from: number
  readonly to: number
}

/** Taps times channels up to which this is faster: three rows of 16. */
const MOST = 48

/** Whether this is the way to compute it; k must be odd for the taps to lie around a middle. */
export const isNarrow = ({ k, from, to }: Shape) =>
  k > 1 && k % 2 === 1 && from >= 16 && k * k * to <= MOST

/** [k,k,from,to] as the filter [1,1,from,k*k*to] of the product. */
export function narrowFilter(graph: Graph, filter: string, { k, from, to }: Shape): string {
  const turned = transpose(graph, filter, [2, 0, 1, 3])
  return graph.reshape(turned, [1, 1, from, k * k * to])
}

/** x [B,H,W,from] of any size to [B,H,W,to]. */
export function narrowForward(graph: Graph, x: string, filter: string, shape: Shape): string {
  const z = graph.node('Conv2D', [x, filter], sliding(1, 'SAME'))
  return sumOfTaps(graph, shift(graph, z, shape, 1), shape)
}

/** Gradients with respect to x and the filter [k,k,from,to]; x [pixels, from], dy [B,H,W,to]. */
export function narrowBackward(
  graph: Graph,
  x: string,
  filter: string,
  dy: string,
  shape: Shape,
  pixels: number,
): { readonly dx: string; readonly dFilter: string } {
  const { k, from, to } = shape
  const taps = k * k * to
  const spread = graph.reshape(tapsOf(graph, shape), [1, 1, taps, to])
  const repeated = graph.node(
    'Conv2D',
    [dy, transpose(graph, spread, [0, 1, 3, 2])],
    sliding(1, 'SAME'),
  )
  const dz = graph.reshape(shift(graph, repeated, shape, -1), [pixels, taps])
  const dMatrix = product(graph, x, dz, { left: true })
  const dFilter = transpose(graph, graph.reshape(dMatrix, [from, k, k, to]), [1, 2, 0, 3])
  const matrix = graph.reshape(filter, [from, taps])
  return { dx: product(graph, dz, matrix, { right: true }), dFilter }
}

/** Matrix product; the sides named are transposed. */
export function product(
  graph: Graph,
  a: string,
  b: string,
  transposed: { readonly left?: boolean; readonly right?: boolean } = {},
): string {
  const { left = false, right = false } = transposed
  return graph.node('MatMul', [a, b], {
    ...T,
    transpose_a: { flag: left },
    transpose_b: { flag: right },
  })
}

/** Moves the maps of every tap by its offset (1), or back (-1). */
function shift(graph: Graph, z: string, { k, to }: Shape, direction: 1 | -1): string {
  const taps = k * k
  const filter = new Float32Array(taps * taps * to) // [k, k, taps * to, 1]
  for (let t = 0; t < taps; t++) {
    const place = direction === 1 ? t : taps - 1 - t
    for (let c = 0; c < to; c++) filter[(place * taps + t) * to + c] = 1
  }
  const constant = graph.constant([k, k, taps * to, 1], filter)
  return graph.node('DepthwiseConv2dNative', [z, constant], sliding(1, 'SAME'))
}

/** [.., k*k*to] to [.., to]. */
function sumOfTaps(graph: Graph, z: string, shape: Shape): string {
  const filter = graph.reshape(tapsOf(graph, shape), [1, 1, shape.k * shape.k * shape.to, shape.to])
  return graph.node('Conv2D', [z, filter], sliding(1, 'SAME'))
}

/** The matrix [k*k*to, to] that adds the taps of every channel. */
function tapsOf(graph: Graph, { k, to }: Shape): string {
  const sum = new Float32Array(k * k * to * to)
  for (let row = 0; row < k * k * to; row++) sum[row * to + (row % to)] = 1
  return graph.constant([k * k * to, to], sum)
}

function transpose(graph: Graph, x: string, order: readonly number[]): string {
  const attributes = { ...T, Tperm: { type: INT32 } }
  return graph.node('Transpose', [x, graph.integers(...order)], attributes)
}
