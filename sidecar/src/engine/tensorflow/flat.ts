/** Several tensors as one flat array and back, inside a graph. */
import { sizeOf } from '../initialise.ts'
import type { ParameterSpec } from '../network.ts'
import type { Graph } from './graph.ts'
import type { Feed } from './session.ts'

/** Number of values of all tensors together. */
export const lengthOf = (specs: readonly ParameterSpec[]) =>
  specs.reduce((n, spec) => n + sizeOf(spec.shape), 0)

/** One flat output from several. */
export function join(graph: Graph, parts: readonly string[]): string {
  return graph.concat(
    parts.map((part) => graph.reshape(part, [-1])),
    0,
  )
}

/** The tensors of a flat output. */
export function cut(
  graph: Graph,
  flat: string,
  specs: readonly ParameterSpec[],
): readonly string[] {
  const sizes = specs.map((spec) => sizeOf(spec.shape))
  return graph.split(flat, sizes, 0).map((part, i) => graph.reshape(part, specs[i]?.shape ?? []))
}

/** A flat array to feed; the binding complains where its length is not that of the tensors. */
export const feedOf = (specs: readonly ParameterSpec[], values: Float32Array): Feed => ({
  shape: [lengthOf(specs)],
  values,
})

/** Must be fed to every run that needs a `fedFlat`. */
export const one: Readonly<Record<string, Feed>> = {
  one: { shape: [], values: Float32Array.of(1) },
}

/**
 * Inputs for flat arrays whose values outlive the run in variables. A fed array is not copied by the binding, and a
 * variable would keep a reference to the caller's memory; a product with a number that is only known at run time is
 * in memory of TensorFlow's own, and no optimiser takes it away.
 */
export function fedFlat(graph: Graph, inputs: Readonly<Record<string, number>>): readonly string[] {
  const factor = graph.placeholder('one', [])
  return Object.entries(inputs).map(([name, length]) =>
    graph.node('Mul', [graph.placeholder(name, [length]), factor]),
  )
}
