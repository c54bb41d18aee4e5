/**
 * A growing TensorFlow graph. Nodes are named by the order in which they are added; an output is `name` (the first)
 * or `name:1`, `name:2`, as in a GraphDef. What no fetch needs is never executed, so nothing is pruned here.
 */
import { Message } from '../protobuf.ts'

/** tensorflow.DataType */
export const FLOAT = 1
export const INT32 = 3

export type Attribute =
  | { readonly type: number }
  | { readonly integer: number }
  | { readonly integers: readonly number[] }
  | { readonly float: number }
  | { readonly flag: boolean }
  | { readonly text: string }
  | { readonly shape: readonly number[] }
  | { readonly tensor: Message }

export type Attributes = Readonly<Record<string, Attribute>>

/** The attribute that nearly every operation on float32 wants. */
export const T: Attributes = { T: { type: FLOAT } }

/**
 * The version of the operations' definitions: that of TensorFlow 2.9, the oldest library we meet. Newer libraries
 * read it and keep its meaning.
 */
const PRODUCER = 1087

function shapeMessage(shape: readonly number[]): Message {
  const w = new Message()
  for (const side of shape) w.message(2, new Message().integer(1, side))
  return w
}

/** tensorflow.AttrValue */
function attributeMessage(value: Attribute): Message {
  const w = new Message()
  if ('type' in value) return w.integer(6, value.type)
  if ('integer' in value) return w.integer(3, value.integer)
  if ('float' in value) return w.float(4, value.float)
  if ('flag' in value) return w.integer(5, value.flag ? 1 : 0)
  if ('text' in value) return w.text(2, value.text)
  if ('shape' in value) return w.message(7, shapeMessage(value.shape))
  if ('tensor' in value) return w.message(8, value.tensor)
  const list = new Message()
  for (const item of value.integers) list.integer(3, item)
  return w.message(1, list)
}

/** tensorflow.TensorProto */
function tensorMessage(type: number, shape: readonly number[], values: ArrayBufferView): Message {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  return new Message().integer(1, type).message(2, shapeMessage(shape)).bytes(4, bytes)
}

export class Graph {
  readonly #nodes: Message[] = []
  readonly #constants = new Map<string, string>()

  /** `after`: nodes that must have run before (control inputs). */
  node(
    operation: string,
    inputs: readonly string[],
    attributes: Attributes = T,
    options: { readonly name?: string; readonly after?: readonly string[] } = {},
  ): string {
    const name = options.name ?? `n${this.#nodes.length}`
    const w = new Message().text(1, name).text(2, operation)
    for (const input of inputs) w.text(3, input)
    for (const before of options.after ?? []) w.text(3, `^${before}`)
    for (const [key, value] of Object.entries(attributes))
      w.message(5, new Message().text(1, key).message(2, attributeMessage(value)))
    this.#nodes.push(w)
    return name
  }

  /** A float32 input; -1 in the shape is a side that may differ from run to run. */
  placeholder(name: string, shape: readonly number[]): string {
    return this.node('Placeholder', [], { dtype: { type: FLOAT }, shape: { shape } }, { name })
  }

  constant(shape: readonly number[], values: Float32Array | Int32Array): string {
    const type = values instanceof Int32Array ? INT32 : FLOAT
    const key = values.length <= 16 ? `${type}|${shape}|${values}` : undefined
    const known = key === undefined ? undefined : this.#constants.get(key)
    if (known !== undefined) return known
    const tensor = tensorMessage(type, shape, values)
    const name = this.node('Const', [], { dtype: { type }, value: { tensor } })
    if (key !== undefined) this.#constants.set(key, name)
    return name
  }

  scalar(value: number): string {
    return this.constant([], Float32Array.of(value))
  }

  integers(...values: readonly number[]): string {
    return this.constant([values.length], Int32Array.from(values))
  }

  integer(value: number): string {
    return this.constant([], Int32Array.of(value))
  }

  reshape(x: string, shape: readonly number[]): string {
    const attributes = { ...T, Tshape: { type: INT32 } }
    return this.node('Reshape', [x, this.integers(...shape)], attributes)
  }

  /** Joins along one axis. */
  concat(parts: readonly string[], axis: number): string {
    const [only, second] = parts
    if (only !== undefined && second === undefined) return this.node('Identity', [only])
    const attributes = { ...T, Tidx: { type: INT32 }, N: { integer: parts.length } }
    return this.node('ConcatV2', [...parts, this.integer(axis)], attributes)
  }

  /** Cuts along one axis into parts of these sizes. */
  split(x: string, sizes: readonly number[], axis: number): readonly string[] {
    const attributes = { ...T, Tlen: { type: INT32 }, num_split: { integer: sizes.length } }
    const inputs = [x, this.integers(...sizes), this.integer(axis)]
    const name = this.node('SplitV', inputs, attributes)
    return sizes.map((_, i) => output(name, i))
  }

  /** Sum or mean over axes. */
  reduce(
    operation: 'Sum' | 'Mean',
    x: string,
    axes: readonly number[],
    keepDimensions = false,
  ): string {
    const attributes = { ...T, Tidx: { type: INT32 }, keep_dims: { flag: keepDimensions } }
    return this.node(operation, [x, this.integers(...axes)], attributes)
  }

  /** The graph as the saved_model.pb that TensorFlow loads, without variables: they are assigned by a run. */
  encode(): Uint8Array {
    const graph = new Message()
    for (const node of this.#nodes) graph.message(1, node)
    graph.message(4, new Message().integer(1, PRODUCER))
    const meta = new Message().message(1, new Message().text(4, 'serve')).message(2, graph)
    return new Message().integer(1, 1).message(2, meta).finish()
  }
}

/** The reference to a node's output by number. */
export function output(node: string, index: number): string {
  return index === 0 ? node : `${node}:${index}`
}
