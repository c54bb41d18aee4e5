/** How a tfjs kernel of the recorder is written down. */

import type { TensorInfo } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { BACKEND, type Recorder } from './recorder.ts'

export interface KernelCall {
  readonly recorder: Recorder
  /** Inputs by tfjs's names. */
  input(name: string): TensorInfo
  /** All inputs, for kernels with a list. */
  readonly inputs: readonly TensorInfo[]
  attribute<T>(name: string): T
}

/** Registers what a tfjs kernel records. */
export function kernel(
  kernelName: string,
  record: (call: KernelCall) => TensorInfo | TensorInfo[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const all = Object.values(inputs).flatMap((given) => given ?? [])
      return record({
        recorder: backend as Recorder,
        inputs: all,
        input(name) {
          const found = inputs[name]
          if (found === undefined) throw new Error(`${kernelName} has no input ${name}`)
          return found
        },
        attribute<T>(name: string) {
          return attrs?.[name] as T
        },
      })
    },
  })
}
