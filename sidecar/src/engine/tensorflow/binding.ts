/** The native binding of TensorFlow.js for Node as far as recorded graphs need it. */
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { Problem } from '@suggestive/shared/problem'
import type { Device } from './convolution.ts'

/** A tensor that a run returned; it lives until it is deleted. */
export interface TensorHandle {
  readonly id: number
  readonly shape: readonly number[]
  readonly dtype: number
}

export interface Binding {
  readonly TF_Version: string
  readonly TF_FLOAT: number
  isUsingGpuDevice(): boolean
  /** Keeps the array in use, not a copy of it, until the tensor is deleted. */
  createTensor(shape: readonly number[], dtype: number, values: Float32Array): number
  deleteTensor(id: number): void
  tensorDataSync(id: number): unknown
  loadSavedModel(folder: string, tags: string): number
  deleteSavedModel(id: number): void
  runSavedModel(
    model: number,
    inputs: readonly number[],
    inputNames: string,
    outputNames: string,
  ): readonly TensorHandle[]
}

/** Where the library computes. */
export const deviceOf = (binding: Binding): Device => (binding.isUsingGpuDevice() ? 'GPU' : 'CPU')

/** The N-API module inside an engine folder. */
export const bindingFile = (folder: string) => join(folder, 'lib', 'tfjs_binding.node')

/** Loads the native library into this process; once loaded it stays. */
export function loadBinding(folder: string): Binding {
  const file = bindingFile(folder)
  try {
    return createRequire(import.meta.url)(file) as Binding
  } catch (cause) {
    throw new Problem(
      'engine-unavailable',
      `TensorFlow in ${folder} cannot be loaded (${reason(cause)}); delete the folder and run: npm run engine:tensorflow`,
      { cause },
    )
  }
}

const reason = (cause: unknown) => (cause instanceof Error ? cause.message.split('\n')[0] : cause)

/**
 * Environment that a process must have before it loads the library: thread pools of this size, no chatter on the
 * terminal, and on a GPU only the memory that is needed.
 */
export function tensorflowEnvironment(threads: number): Record<string, string> {
  return {
    TF_NUM_INTRAOP_THREADS: String(threads),
    TF_NUM_INTEROP_THREADS: String(threads),
    TF_CPP_MIN_LOG_LEVEL: '2',
    TF_FORCE_GPU_ALLOW_GROWTH: 'true',
  }
}
