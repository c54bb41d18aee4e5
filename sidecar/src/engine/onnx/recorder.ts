/**
 * A tfjs backend that computes nothing: every kernel appends ONNX nodes to a graph. Whatever tfjs code runs on it
 * once, gradients included, can afterwards be replayed as one graph.
 */

import type { TensorInfo } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { Graph } from './graph.ts'

export const BACKEND = 'onnx-recorder'

/**
 * How a 4-D value lies in the graph. tfjs thinks in NHWC and HWIO; ONNX convolutions want NCHW and OIHW.
 * `row`: as tfjs has it; `channels-first`: NCHW; `filter`: OIHW.
 */
export type Layout = 'row' | 'channels-first' | 'filter'

/** ONNX `perm` from the tfjs order to the layout, and back. */
const fromRow = { row: [0, 1, 2, 3], 'channels-first': [0, 3, 1, 2], filter: [3, 2, 0, 1] } as const
const toRow = { row: [0, 1, 2, 3], 'channels-first': [0, 2, 3, 1], filter: [2, 3, 1, 0] } as const

type Value =
  | { readonly kind: 'constant'; readonly values: ArrayLike<number> }
  | { readonly kind: 'node'; readonly name: string; readonly layout: Layout }

/** Position of a tfjs axis in a layout. */
export function axisIn(layout: Layout, axis: number): number {
  const order: readonly number[] = fromRow[layout]
  return order.indexOf(axis)
}

export class Recorder extends tf.KernelBackend {
  graph = new Graph()
  readonly #values = new WeakMap<object, Value>()

  /** Starts a new graph; tensors of the old one must not be used any more. */
  restart(): Graph {
    this.graph = new Graph()
    return this.graph
  }

  override write(values: tf.BackendValues): object {
    const id = {}
    this.#values.set(id, { kind: 'constant', values: numbers(values) })
    return id
  }

  override move(id: object, values: tf.BackendValues) {
    this.#values.set(id, { kind: 'constant', values: numbers(values) })
  }

  override readSync(id: object): tf.BackendValues {
    const value = this.#values.get(id)
    if (value?.kind === 'constant') return Float32Array.from(value.values)
    throw new Error('a recorded value cannot be read: it exists only when the graph runs')
  }

  override async read(id: object): Promise<tf.BackendValues> {
    return this.readSync(id)
  }

  override disposeData(): boolean {
    return true
  }
  override refCount(): number {
    return 1
  }
  override incRef() {}
  decRef() {}
  override numDataIds(): number {
    return 0
  }
  override memory(): { unreliable: boolean } {
    return { unreliable: true }
  }
  override epsilon(): number {
    return 1e-7
  }
  override floatPrecision(): 32 {
    return 32
  }
  override dispose() {}

  /** A tensor that stands for a value of the graph. */
  tensor(name: string, shape: readonly number[], layout: Layout = 'row'): TensorInfo {
    const dataId = {}
    this.#values.set(dataId, { kind: 'node', name, layout })
    return { dataId, shape: [...shape], dtype: 'float32' }
  }

  constant(values: ArrayLike<number>, shape: readonly number[]): TensorInfo {
    const dataId = {}
    this.#values.set(dataId, { kind: 'constant', values })
    return { dataId, shape: [...shape], dtype: 'float32' }
  }

  /** Same value under another tensor. */
  alias(x: TensorInfo, shape: readonly number[] = x.shape): TensorInfo {
    const dataId = {}
    this.#values.set(dataId, this.#value(x))
    return { dataId, shape: [...shape], dtype: x.dtype }
  }

  constantValues(x: TensorInfo): ArrayLike<number> | undefined {
    const value = this.#value(x)
    return value.kind === 'constant' ? value.values : undefined
  }

  /** The layout in which a value already lies; constants lie anywhere. */
  layoutOf(x: TensorInfo): Layout {
    const value = this.#value(x)
    return value.kind === 'node' && x.shape.length === 4 ? value.layout : 'row'
  }

  /** Name of the value in the wanted layout; transposes it if need be (once, equal nodes are shared). */
  name(x: TensorInfo, layout: Layout = 'row'): string {
    const value = this.#value(x)
    const isMap = x.shape.length === 4
    if (value.kind === 'constant') {
      const constant = this.graph.constant(x.shape, value.values)
      return isMap ? this.#transpose(constant, fromRow[layout]) : constant
    }
    if (!isMap || value.layout === layout) return value.name
    return this.#transpose(this.#transpose(value.name, toRow[value.layout]), fromRow[layout])
  }

  #transpose(name: string, perm: readonly number[]): string {
    return perm.every((axis, i) => axis === i)
      ? name
      : this.graph.operation('Transpose', [name], { perm })
  }

  #value(x: TensorInfo): Value {
    const value = this.#values.get(x.dataId)
    if (value === undefined) throw new Error('tensor of another backend in a recording')
    return value
  }
}

function numbers(values: tf.BackendValues): ArrayLike<number> {
  if (values instanceof Uint8ClampedArray || ArrayBuffer.isView(values)) return values
  throw new Error('only numbers can be recorded')
}
