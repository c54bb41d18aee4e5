/** What every peer of the training benchmark works on: the same weights and the same batch, as files in one folder. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { draws } from '@suggestive/sidecar/domain/random'
import { initialParameters, sizeOf } from '@suggestive/sidecar/engine/initialise'
import type { Network, ParameterSpec } from '@suggestive/sidecar/engine/network'

export interface Task {
  readonly threads: number
  readonly batch: number
  /** Pixels. */
  readonly height: number
  readonly width: number
  readonly channels: number
  readonly classes: number
  /** Fraction of the published width of the network. */
  readonly networkWidth: number
  readonly learningRate: number
  /**
   * Of the steps in the parity check. Adam's first steps move every weight by the rate, whatever the size of its
   * gradient; at 1e-3, PyTorch in float32 and in float64 already differ by 2e-3 after three of them.
   */
  readonly parityLearningRate: number
  /** Losses to report in the parity check: before the first Adam step, after it, and so on. */
  readonly parityLosses: number
}

/** Names of the files in the folder; numbers are little-endian float32. */
export const files = {
  task: 'task.json',
  /** In the order of `Network.parameters`. */
  parameters: 'parameters.f32',
  /** [B,H,W,channels] */
  images: 'images.f32',
  /** One-hot [B,H,W,classes] */
  targets: 'targets.f32',
} as const

/** Writes the task into a new temporary folder and returns its path. */
export function writeTask(task: Task, network: Network): string {
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-bench-'))
  const { batch, height, width, channels, classes } = task
  const pixels = batch * height * width
  const noise = draws(1, 'bench', 'images')
  const images = Float32Array.from({ length: pixels * channels }, (_, i) => noise.normal(i))
  const targets = new Float32Array(pixels * classes)
  for (let p = 0; p < pixels; p++) {
    const [x, y] = [p % width, Math.floor(p / width) % height]
    const kind = (Math.floor((8 * x) / width) + Math.floor((8 * y) / height)) % classes // a chequered board
    targets[p * classes + kind] = 1
    for (let c = 0; c < channels; c++)
      images[p * channels + c] = (images[p * channels + c] ?? 0) + kind
  }
  writeNumbers(join(folder, files.images), images)
  writeNumbers(join(folder, files.targets), targets)
  writeNumbers(join(folder, files.parameters), disturbed(network))
  writeFileSync(
    join(folder, files.task),
    JSON.stringify({
      ...task,
      parameters: network.parameters.map(({ name, shape }) => ({ name, shape })),
    }),
  )
  return folder
}

export function writeNumbers(path: string, numbers: Float32Array): void {
  writeFileSync(path, new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength))
}

export function readNumbers(path: string): Float32Array {
  const bytes = readFileSync(path)
  return new Float32Array(new Uint8Array(bytes).buffer)
}

/**
 * Initial weights with everything regular disturbed. As a network starts, its residual branches are closed and its
 * decoder is symmetric: two nets could agree although half of them differed.
 */
function disturbed(network: Network): Float32Array {
  const stream = (name: string) => draws(1, 'bench', 'parameters', name)
  const flat = initialParameters(network, stream)
  let at = 0
  for (const spec of network.parameters) {
    const size = sizeOf(spec.shape)
    const around = disturbance(spec)
    const random = stream(`${spec.name}/disturbance`)
    if (around !== undefined)
      for (let i = 0; i < size; i++)
        flat[at + i] = around.mean(flat[at + i] ?? 0) + around.deviation * random.normal(i)
    at += size
  }
  return flat
}

function disturbance(
  spec: ParameterSpec,
): { deviation: number; mean: (start: number) => number } | undefined {
  if (spec.initialiser === 'he') return undefined
  if (spec.name.endsWith('.gamma')) return { deviation: 0.1, mean: () => 0.5 }
  return { deviation: 0.1, mean: (start) => start }
}
