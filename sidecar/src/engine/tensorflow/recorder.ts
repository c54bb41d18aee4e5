/**
 * A tfjs backend that computes nothing: its tensors are references to outputs of a graph under construction. tfjs
 * keeps the tape for the backward pass; what the operations append to the graph is run later by TensorFlow.
 */
import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import type { Graph } from './graph.ts'

const NAME = 'tensorflow-recorder'

class Recorder extends tf.KernelBackend {
  readonly #outputs = new WeakMap<object, string | (() => string)>()
  #graph: Graph | undefined

  get graph(): Graph {
    if (this.#graph === undefined) throw new Error('nothing is being recorded')
    return this.#graph
  }

  /** Runs `body` while tensors made by tfjs become nodes of `graph`. */
  record<R>(graph: Graph, body: () => R): R {
    this.#graph = graph
    try {
      return body()
    } finally {
      this.#graph = undefined
    }
  }

  /** A tfjs tensor that stands for an output; a function is called when the output is first needed. */
  tensor(output: string | (() => string), shape: readonly number[]): Tensor {
    const dataId = {}
    this.#outputs.set(dataId, output)
    const info = { dataId, shape: [...shape], dtype: 'float32' as const }
    return tf.engine().makeTensorFromTensorInfo(info, this)
  }

  output({ dataId }: { readonly dataId: object }): string {
    const known = this.#outputs.get(dataId)
    if (known === undefined) throw new Error('a tensor from outside the recording was used in it')
    if (typeof known === 'string') return known
    const made = known()
    this.#outputs.set(dataId, made)
    return made
  }

  override write(values: tf.backend_util.TypedArray, shape: number[]): object {
    const dataId = {}
    this.#outputs.set(dataId, this.graph.constant(shape, Float32Array.from(values)))
    return dataId
  }

  override disposeData(): boolean {
    return true
  }

  override refCount(): number {
    return 1
  }

  override incRef(): void {}

  override numDataIds(): number {
    return 0
  }

  override timerAvailable(): boolean {
    return false
  }

  override floatPrecision(): 32 {
    return 32
  }

  override epsilon(): number {
    return 1e-7
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true }
  }

  override dispose(): void {}
}

export const recorder = new Recorder()
tf.registerBackend(NAME, () => recorder, 0)

/** tfjs adds where a value was used twice. */
tf.registerKernel({
  kernelName: 'Add',
  backendName: NAME,
  kernelFunc: ({ inputs }) => {
    const { a, b } = inputs
    if (a === undefined || b === undefined) throw new Error('an addition needs two tensors')
    const sum = recorder.graph.node('AddV2', [recorder.output(a), recorder.output(b)])
    return recorder.tensor(sum, a.shape)
  },
})

/**
 * Gives an output its gradient: `gradient` appends the backward nodes when tfjs walks its tape back, from the
 * gradient of the output to those of the inputs.
 */
export function differentiable(
  inputs: readonly Tensor[],
  shape: readonly number[],
  output: string,
  gradient: (dy: string) => readonly string[],
): Tensor {
  const shapes = inputs.map((input) => input.shape)
  const recorded = tf.customGrad(() => ({
    value: recorder.tensor(output, shape),
    gradFunc: (dy: Tensor) =>
      gradient(recorder.output(dy)).map((slope, i) => recorder.tensor(slope, shapes[i] ?? [])),
  }))
  return recorded(...inputs)
}

/** Runs `body` on this backend and goes back to the one before; all tensors made by it are released. */
export function record<R>(graph: Graph, body: () => R): R {
  const before = tf.getBackend()
  use(NAME)
  tf.engine().startScope()
  try {
    return recorder.record(graph, body)
  } finally {
    tf.engine().endScope()
    if (before !== '' && before !== null && before !== undefined) use(before)
  }
}

/** tfjs switches at once where a backend needs no asynchronous preparation, though it returns a promise. */
function use(name: string) {
  void tf.setBackend(name)
  if (tf.getBackend() !== name) throw new Error(`tfjs did not switch to the backend ${name}`)
}
