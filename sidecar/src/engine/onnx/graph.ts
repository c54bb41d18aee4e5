/** A growing ONNX graph: equal operations are recorded once, and what no output needs is left out at the end. */
import {
  type Attribute,
  type ConstantRecord,
  type ElementType,
  encodeModel,
  type NodeRecord,
  type ValueRecord,
} from './proto.ts'

export class Graph {
  readonly #nodes: NodeRecord[] = []
  readonly #constants: ConstantRecord[] = []
  readonly #inputs: ValueRecord[] = []
  readonly #outputs: ValueRecord[] = []
  readonly #seen = new Map<string, readonly string[]>()
  #count = 0

  input(name: string, shape: readonly number[], type: ElementType = 'float32'): string {
    this.#inputs.push({ name, shape, type })
    return name
  }

  /** Gives a value the name under which the caller fetches it. */
  output(name: string, value: string, shape: readonly number[], type: ElementType = 'float32') {
    this.#nodes.push({
      operator: 'Identity',
      domain: '',
      inputs: [value],
      outputs: [name],
      attributes: {},
    })
    this.#outputs.push({ name, shape, type })
  }

  constant(
    shape: readonly number[],
    values: ArrayLike<number>,
    type: ElementType = 'float32',
  ): string {
    // Only short constants repeat (axes, shapes, scalars); comparing long ones would cost more than it saves.
    const key = values.length <= 16 ? `c|${type}|${shape}|${Array.from(values)}` : undefined
    const known = key === undefined ? undefined : this.#seen.get(key)?.[0]
    if (known !== undefined) return known
    const name = `c${this.#count++}`
    this.#constants.push({ name, type, shape, values })
    if (key !== undefined) this.#seen.set(key, [name])
    return name
  }

  scalar(value: number): string {
    return this.constant([], [value])
  }

  /** A one-dimensional int64 constant, as axes and shapes are given to operators. */
  integers(values: readonly number[]): string {
    return this.constant([values.length], values, 'int64')
  }

  /** Records an operation with several outputs. */
  operations(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>>,
    outputCount: number,
    domain = '',
  ): readonly string[] {
    const key = `${domain}|${operator}|${inputs}|${JSON.stringify(attributes)}|${outputCount}`
    const known = this.#seen.get(key)
    if (known !== undefined) return known
    const outputs = Array.from({ length: outputCount }, () => `v${this.#count++}`)
    this.#nodes.push({ operator, domain, inputs, outputs, attributes })
    this.#seen.set(key, outputs)
    return outputs
  }

  /** Records an operation with one output. */
  operation(
    operator: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
    domain = '',
  ): string {
    const [output] = this.operations(operator, inputs, attributes, 1, domain)
    if (output === undefined) throw new Error(`${operator} has no output`)
    return output
  }

  /** The model file, with only the nodes and constants that lead to an output. */
  encode(): Uint8Array {
    const needed = new Set(this.#outputs.map((output) => output.name))
    const nodes: NodeRecord[] = []
    for (const node of this.#nodes.toReversed()) {
      if (!node.outputs.some((output) => needed.has(output))) continue
      for (const input of node.inputs) needed.add(input)
      nodes.push(node)
    }
    return encodeModel({
      nodes: nodes.reverse(),
      constants: this.#constants.filter((constant) => needed.has(constant.name)),
      inputs: this.#inputs,
      outputs: this.#outputs,
    })
  }
}
