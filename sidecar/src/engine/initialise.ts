/** The first weights of a member: a pure function of the stream of random numbers. */
import type { Draws } from '../domain/random.ts'
import type { Network, ParameterSpec } from './network.ts'

export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1)

/** Bilinear interpolation as a transposed 4x4 convolution of stride 2, in one dimension. */
const bilinear = [0.25, 0.75, 0.75, 0.25]

/** All parameters, flat. `stream` is asked once per number, so widths and classes do not disturb each other's order. */
export function initialParameters(network: Network, stream: (name: string) => Draws): Float32Array {
  const parts = network.parameters.map((spec) => initial(spec, stream(spec.name)))
  const flat = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
  let at = 0
  for (const part of parts) {
    flat.set(part, at)
    at += part.length
  }
  return flat
}

/** Running means start at 0, variances at 1. */
export function initialStatistics(network: Network): Float32Array {
  const flat = new Float32Array(network.statistics.reduce((n, spec) => n + sizeOf(spec.shape), 0))
  let at = 0
  for (const spec of network.statistics) {
    const size = sizeOf(spec.shape)
    if (spec.initialiser === 'ones') flat.fill(1, at, at + size)
    at += size
  }
  return flat
}

function initial(spec: ParameterSpec, stream: Draws): Float32Array {
  const { shape, initialiser } = spec
  const values = new Float32Array(sizeOf(shape))
  switch (initialiser) {
    case 'zeros':
      return values
    case 'ones':
      return values.fill(1)
    case 'he': {
      const [kh = 1, kw = 1, from = 1] = shape
      const deviation = Math.sqrt(2 / (kh * kw * from))
      return values.map((_, i) => deviation * stream.normal(i))
    }
    case 'identity': {
      const [, , from = 1, to = 1] = shape
      for (let c = 0; c < Math.min(from, to); c++) values[c * to + c] = 1
      return values
    }
    case 'bilinear': {
      const [kh = 4, kw = 4, to = 1, from = 1] = shape
      for (let i = 0; i < kh; i++) {
        for (let j = 0; j < kw; j++) {
          const weight = (bilinear[i] ?? 0) * (bilinear[j] ?? 0)
          for (let c = 0; c < Math.min(from, to); c++)
            values[((i * kw + j) * to + c) * from + c] = weight
        }
      }
      return values
    }
  }
}
