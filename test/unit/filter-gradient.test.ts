/** The gradient of a filter by each of its ways against a plain sum over pixels. */
import { describe, expect, it } from '@jest/globals'
import { draws } from '@suggestive/sidecar/domain/random'
import { filterGradient } from '../../.cache/faster/filter-gradient.ts'
import { Graph } from '../../.cache/faster/graph.ts'
import * as ort from 'onnxruntime-node'

interface Case {
  readonly inputs: number
  readonly outputs: number
  /** Side of the filter. */
  readonly k: number
  readonly stride: number
  /** Height and width of the output. */
  readonly size: readonly [number, number]
}

const batch = 2

function numbers(name: string, count: number): Float32Array {
  const { normal } = draws(1, name)
  return Float32Array.from({ length: count }, (_, i) => normal(i))
}

/** d(sum of dy * conv(x, f)) / df [O,I,k,k] by its definition, in double precision. */
function reference(c: Case, pad: number, x: Float32Array, dy: Float32Array): number[] {
  const [h, w] = c.size
  const [H, W] = [h * c.stride, w * c.stride]
  const gradient: number[] = []
  for (let o = 0; o < c.outputs; o++)
    for (let i = 0; i < c.inputs; i++)
      for (let k = 0; k < c.k * c.k; k++) {
        let sum = 0
        for (let n = 0; n < batch; n++)
          for (let p = 0; p < h * w; p++) {
            const row = Math.floor(p / w) * c.stride + Math.floor(k / c.k) - pad
            const column = (p % w) * c.stride + (k % c.k) - pad
            if (row < 0 || row >= H || column < 0 || column >= W) continue
            const input = x[((n * c.inputs + i) * H + row) * W + column] ?? Number.NaN
            sum += input * (dy[(n * c.outputs + o) * h * w + p] ?? Number.NaN)
          }
        gradient.push(sum)
      }
  return gradient
}

async function recorded(c: Case, pad: number, x: Float32Array, dy: Float32Array) {
  const [h, w] = c.size
  const xShape = [batch, c.inputs, h * c.stride, w * c.stride]
  const dyShape = [batch, c.outputs, h, w]
  const graph = new Graph()
  const gradient = filterGradient(graph, {
    x: graph.input('x', xShape),
    dy: graph.input('dy', dyShape),
    batch,
    inputs: c.inputs,
    outputs: c.outputs,
    kernel: [c.k, c.k],
    stride: c.stride,
    pads: [pad, pad, pad, pad],
    size: c.size,
  })
  graph.output('gradient', gradient, [c.outputs, c.inputs, c.k, c.k])
  const session = await ort.InferenceSession.create(graph.encode(), { intraOpNumThreads: 1 })
  const results = await session.run({
    x: new ort.Tensor('float32', x, xShape),
    dy: new ort.Tensor('float32', dy, dyShape),
  })
  return Array.from(results['gradient']?.data ?? [], Number)
}

describe('filterGradient', () => {
  it.each<[string, Case]>([
    ['1x1', { inputs: 3, outputs: 2, k: 1, stride: 1, size: [5, 7] }],
    ['windows of a small map', { inputs: 3, outputs: 4, k: 3, stride: 1, size: [6, 5] }],
    ['windows of few inputs', { inputs: 1, outputs: 4, k: 3, stride: 1, size: [41, 43] }],
    ['windows of few outputs', { inputs: 8, outputs: 2, k: 3, stride: 1, size: [7, 9] }],
    ['stacks of a large map', { inputs: 3, outputs: 4, k: 3, stride: 1, size: [40, 43] }],
    ['stacks of a large map, 5x5', { inputs: 2, outputs: 2, k: 5, stride: 1, size: [42, 40] }],
    ['cells of a strided convolution', { inputs: 2, outputs: 3, k: 4, stride: 2, size: [5, 6] }],
  ])('%s', async (_, c) => {
    const pad = c.stride === 1 ? (c.k - 1) / 2 : 1
    const [h, w] = c.size
    const x = numbers('x', batch * c.inputs * h * w * c.stride * c.stride)
    const dy = numbers('dy', batch * c.outputs * h * w)
    const expected = reference(c, pad, x, dy)
    const found = await recorded(c, pad, x, dy)
    expect(found).toHaveLength(expected.length)
    const largest = Math.max(...expected.map(Math.abs))
    const difference = Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? NaN))))
    expect(difference / largest).toBeLessThan(1e-5)
  })
})
