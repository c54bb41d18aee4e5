/** Resource variables of a graph: values that stay in TensorFlow between runs. */
import { FLOAT, type Graph } from './graph.ts'

const dtype = { dtype: { type: FLOAT } } as const

export interface Variable {
  /** The resource handle, for operations that update in place. */
  readonly handle: string
  /** The present value. */
  readonly value: string
}

export function variable(graph: Graph, name: string, shape: readonly number[]): Variable {
  const attributes = {
    ...dtype,
    shape: { shape },
    shared_name: { text: name },
    container: { text: '' },
  }
  const handle = graph.node('VarHandleOp', [], attributes, { name })
  return { handle, value: graph.node('ReadVariableOp', [handle], dtype) }
}

/** Returns the node to wait for. */
export function assign(graph: Graph, { handle }: Variable, value: string): string {
  return graph.node('AssignVariableOp', [handle, value], dtype)
}
