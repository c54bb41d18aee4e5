/** The cases of `test/golden/fcn.py`: its results, and the weights and images that both sides make from a hash. */
import type { BatchShape } from '@suggestive/sidecar/engine/backend'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { sizeOf } from '@suggestive/sidecar/engine/initialise'
import type { Network } from '@suggestive/sidecar/engine/network'
import { unet } from '@suggestive/sidecar/engine/unet'
import { goldenBytes, goldenJson } from './golden.ts'

interface Range {
  readonly at: number
  readonly length: number
}

interface Entry {
  readonly kind: 'fcn' | 'unet'
  readonly channels: number
  readonly classes: number
  readonly width: number
  readonly weights: readonly number[]
  readonly seed: number
  readonly loss: number
  readonly shapes: readonly (readonly number[])[]
  readonly gradients: Range
  readonly statistics: Range
  readonly probabilities: Range
  readonly descriptor: Range
}

export interface GoldenNetwork {
  readonly name: string
  readonly network: Network
  readonly shape: BatchShape
  readonly parameters: Float32Array
  readonly images: Float32Array
  readonly targets: Float32Array
  /** Of the parameters, as the other side has them. */
  readonly shapes: readonly (readonly number[])[]
  readonly loss: number
  readonly gradients: Float32Array
  /** Means and variances of the batch. */
  readonly statistics: Float32Array
  /** Of the first image, with `statistics` as the recorded ones. */
  readonly probabilities: Float32Array
  readonly descriptor: Float32Array
}

export function goldenNetworks(): readonly GoldenNetwork[] {
  const { batch, size, cases } = goldenJson<{ batch: number; size: number; cases: Entry[] }>(
    'fcn.json',
  )
  const numbers = new Float32Array(new Uint8Array(goldenBytes('fcn.bin')).buffer)
  const read = ({ at, length }: Range) => numbers.slice(at, at + length)
  const shape = { batch, height: size, width: size }
  return cases.map((entry) => {
    const { kind, width, channels, classes, seed, loss, shapes } = entry
    const network = (kind === 'fcn' ? fcn : unet)({ width, channels, classes })
    return {
      name: kind,
      network,
      shape,
      parameters: parametersOf(network, seed),
      ...batchOf(entry, batch * size * size),
      shapes,
      loss,
      gradients: read(entry.gradients),
      statistics: read(entry.statistics),
      probabilities: read(entry.probabilities),
      descriptor: read(entry.descriptor),
    }
  })
}

/** Filters uniform with the variance of He, gammas around 1, betas around 1.5, bias around 0. */
function parametersOf(network: Network, seed: number): Float32Array {
  const parts = network.parameters.map(({ name, shape }, i) => {
    const values = noise(seed * 1000 + i, sizeOf(shape))
    const [height = 1, width = 1, third = 1] = shape
    if (shape.length === 4) return values.map((v) => v * Math.sqrt(6 / (third * height * width)))
    const centre = name.endsWith('.gamma') ? 1 : name.endsWith('.beta') ? 1.5 : 0
    return values.map((v) => v / 4 + centre)
  })
  return Float32Array.from(parts.flatMap((part) => [...part]))
}

function batchOf({ seed, channels, classes, weights }: Entry, pixels: number) {
  const images = Float32Array.from(noise(seed * 1000 + 900, pixels * channels))
  const targets = new Float32Array(pixels * classes)
  for (const [pixel, value] of noise(seed * 1000 + 901, pixels).entries()) {
    const label = Math.floor(((value + 1) / 2) * classes)
    targets[pixel * classes + label] = weights[label] ?? 1
  }
  return { images, targets }
}

/** Numbers in [-1, 1), multiples of 2^-15, from a 32-bit integer hash of stream and position. */
function noise(stream: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let x = (i + stream * 1_000_003) >>> 0
    x ^= x >>> 16
    x = Math.imul(x, 0x21f0aaad)
    x ^= x >>> 15
    x = Math.imul(x, 0x735a2d97)
    x ^= x >>> 15
    return (x >>> 16) / 32768 - 1
  })
}
