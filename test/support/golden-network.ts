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

interface Case {
  readonly kind: 'fcn' | 'unet'
  readonly channels: number
  readonly classes: number
  readonly width: number
  readonly weights: readonly number[]
  readonly seed: number
  readonly loss: number
  readonly shapes: readonly (readonly number[])[]
}

type Stored = Record<'gradients' | 'statistics' | 'probabilities' | 'descriptor', Range>

/** A network with weights and a batch, of which no ReLU and no pooling is within rounding of a tie. */
export interface NetworkCase {
  readonly name: string
  readonly network: Network
  readonly shape: BatchShape
  readonly parameters: Float32Array
  /** [B,H,W,channels] */
  readonly images: Float32Array
  /** [B,H,W,classes], one-hot times class weight. */
  readonly targets: Float32Array
  /** Of the parameters, as the other side has them. */
  readonly shapes: readonly (readonly number[])[]
  readonly loss: number
}

export interface GoldenNetwork extends NetworkCase {
  readonly gradients: Float32Array
  /** Means and variances of the batch. */
  readonly statistics: Float32Array
  /** Of the first image, with `statistics` as the recorded ones. */
  readonly probabilities: Float32Array
  readonly descriptor: Float32Array
}

type Entry = Case & Partial<Stored>

const golden = goldenJson<{ batch: number; size: number; cases: Entry[] }>('fcn.json')

/** All cases; reference results are stored for some. */
export function networkCases(): readonly NetworkCase[] {
  return golden.cases.map(caseOf)
}

/** The cases with results. */
export function goldenNetworks(): readonly GoldenNetwork[] {
  const numbers = new Float32Array(new Uint8Array(goldenBytes('fcn.bin')).buffer)
  const read = ({ at, length }: Range) => numbers.slice(at, at + length)
  return golden.cases.flatMap((entry) => {
    const { gradients, statistics, probabilities, descriptor } = entry
    if (!gradients || !statistics || !probabilities || !descriptor) return []
    const stored = {
      gradients: read(gradients),
      statistics: read(statistics),
      probabilities: read(probabilities),
      descriptor: read(descriptor),
    }
    return [{ ...caseOf(entry), ...stored }]
  })
}

function caseOf(entry: Entry): NetworkCase {
  const { kind, width, channels, classes, seed, loss, shapes } = entry
  const { batch, size } = golden
  const network = (kind === 'fcn' ? fcn : unet)({ width, channels, classes })
  return {
    name: `${kind}, ${channels} channels, ${classes} classes`,
    network,
    shape: { batch, height: size, width: size },
    parameters: parametersOf(network, seed),
    ...batchOf(entry, batch * size * size),
    shapes,
    loss,
  }
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

function batchOf({ seed, channels, classes, weights }: Case, pixels: number) {
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
