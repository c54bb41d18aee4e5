/** The few messages of onnx.proto that a recorded graph needs, written in the protocol buffer wire format. */
import { Message } from '../protobuf.ts'

export type ElementType = 'float32' | 'int32' | 'int64' | 'bool'

/** onnx.TensorProto.DataType */
const elementCodes: Readonly<Record<ElementType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
}

export const elementCode = (type: ElementType): number => elementCodes[type]

export type Attribute = number | string | readonly number[] | { readonly float: number }

export interface NodeRecord {
  readonly operator: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Readonly<Record<string, Attribute>>
}

export interface ConstantRecord {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly values: ArrayLike<number>
}

export interface ValueRecord {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
}

export interface GraphRecord {
  readonly nodes: readonly NodeRecord[]
  readonly constants: readonly ConstantRecord[]
  readonly inputs: readonly ValueRecord[]
  readonly outputs: readonly ValueRecord[]
}

/** ONNX operator set and file format version; both are read by every onnxruntime since 1.12. */
const OPSET = 17
const IR_VERSION = 8

function rawBytes(type: ElementType, values: ArrayLike<number>): Uint8Array {
  const typed =
    type === 'int64'
      ? BigInt64Array.from(Array.from(values), BigInt)
      : type === 'int32'
        ? Int32Array.from(values)
        : type === 'bool'
          ? Uint8Array.from(values)
          : values instanceof Float32Array
            ? values
            : Float32Array.from(values)
  return new Uint8Array(typed.buffer, typed.byteOffset, typed.byteLength)
}

/** onnx.TensorProto */
function tensorMessage({ name, type, shape, values }: ConstantRecord): Message {
  const w = new Message()
  for (const side of shape) w.integer(1, side)
  return w.integer(2, elementCode(type)).text(8, name).bytes(9, rawBytes(type, values))
}

/** onnx.AttributeProto: type 1 float, 2 int, 3 string, 7 ints */
function attributeMessage(name: string, value: Attribute): Message {
  const w = new Message().text(1, name)
  if (typeof value === 'number') return w.integer(3, value).integer(20, 2)
  if (typeof value === 'string') return w.text(4, value).integer(20, 3)
  if ('float' in value) return w.float(2, value.float).integer(20, 1)
  for (const item of value) w.integer(8, item)
  return w.integer(20, 7)
}

/** onnx.NodeProto */
function nodeMessage({ operator, domain, inputs, outputs, attributes }: NodeRecord): Message {
  const w = new Message()
  for (const input of inputs) w.text(1, input)
  for (const output of outputs) w.text(2, output)
  w.text(4, operator)
  for (const [name, value] of Object.entries(attributes))
    w.message(5, attributeMessage(name, value))
  return domain === '' ? w : w.text(7, domain)
}

/** onnx.ValueInfoProto */
function valueMessage({ name, type, shape }: ValueRecord): Message {
  const sides = new Message()
  for (const side of shape) sides.message(1, new Message().integer(1, side))
  const tensor = new Message().integer(1, elementCode(type)).message(2, sides)
  return new Message().text(1, name).message(2, new Message().message(1, tensor))
}

/** onnx.ModelProto, ready for a runtime. */
export function encodeModel(graph: GraphRecord): Uint8Array {
  const g = new Message()
  for (const node of graph.nodes) g.message(1, nodeMessage(node))
  g.text(2, 'recorded')
  for (const constant of graph.constants) g.message(5, tensorMessage(constant))
  for (const input of graph.inputs) g.message(11, valueMessage(input))
  for (const output of graph.outputs) g.message(12, valueMessage(output))
  const model = new Message().integer(1, IR_VERSION).text(2, 'suggestive-annotation').message(7, g)
  model.message(8, new Message().text(1, '').integer(2, OPSET))
  return model.message(8, new Message().text(1, 'com.microsoft').integer(2, 1)).finish()
}
