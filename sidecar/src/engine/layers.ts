/** Layers that declare their parameters once, when the network is built, and read them by position when it runs. */
import type { Tensor, Tensor1D, Tensor4D } from '@tensorflow/tfjs-core'
import type { Initialiser, Operations, ParameterSpec } from './network.ts'

/** What one forward pass carries along. */
export interface Run {
  readonly operations: Operations
  readonly parameters: readonly Tensor[]
  /** Recorded statistics (inference) or absent (training). */
  readonly statistics?: readonly Tensor1D[] | undefined
  /** Training: batch mean and variance are appended here in the order of the statistics. */
  readonly batch: Tensor1D[]
}

export type Layer = (run: Run, x: Tensor4D) => Tensor4D

/** Collects the parameters of a network in the order in which its layers are declared. */
export class Layers {
  readonly parameters: ParameterSpec[] = []
  readonly statistics: ParameterSpec[] = []

  /** Convolution k x k without bias. */
  convolution(name: string, k: number, from: number, to: number, start: Initialiser = 'he'): Layer {
    const filter = this.#parameter(`${name}.filter`, [k, k, from, to], start)
    return (run, x) => run.operations.convolve(x, four(run, filter))
  }

  /** Adds one number per channel, 0 at the start. */
  bias(name: string, channels: number): Layer {
    const bias = this.#parameter(`${name}.bias`, [channels], 'zeros')
    return (run, x) => run.operations.addBias(x, one(run, bias))
  }

  /** Transposed convolution k x k, stride 2: twice the height and width. */
  upConvolution(name: string, k: number, from: number, to: number, start: Initialiser): Layer {
    const filter = this.#parameter(`${name}.filter`, [k, k, to, from], start)
    return (run, x) => run.operations.upConvolve(x, four(run, filter))
  }

  /** Batch normalisation. */
  norm(name: string, channels: number, gammaStart: 'ones' | 'zeros' = 'ones'): Layer {
    const gamma = this.#parameter(`${name}.gamma`, [channels], gammaStart)
    const beta = this.#parameter(`${name}.beta`, [channels], 'zeros')
    const at = this.statistics.length
    this.statistics.push(
      { name: `${name}.mean`, shape: [channels], initialiser: 'zeros' },
      { name: `${name}.variance`, shape: [channels], initialiser: 'ones' },
    )
    return (run, x) => {
      const { operations, statistics, batch } = run
      if (statistics === undefined) {
        const { y, mean, variance } = operations.batchNorm(x, one(run, gamma), one(run, beta))
        batch[at] = mean
        batch[at + 1] = variance
        return y
      }
      const [mean, variance] = [statistics[at], statistics[at + 1]]
      if (mean === undefined || variance === undefined) throw new Error(`no statistics for ${name}`)
      return operations.normalise(x, one(run, gamma), one(run, beta), mean, variance)
    }
  }

  #parameter(name: string, shape: readonly number[], initialiser: Initialiser): number {
    this.parameters.push({ name, shape, initialiser })
    return this.parameters.length - 1
  }
}

export const relu: Layer = (run, x) => run.operations.relu(x)

export const maxPool: Layer = (run, x) => run.operations.maxPool(x)

/** One layer after the other. */
export function chain(...layers: readonly Layer[]): Layer {
  return (run, x) => layers.reduce((map, layer) => layer(run, map), x)
}

function at(run: Run, index: number): Tensor {
  const tensor = run.parameters[index]
  if (tensor === undefined) throw new Error(`parameter ${index} was not given`)
  return tensor
}

// The declared shapes fix the ranks; tfjs only knows `Tensor`.
const one = (run: Run, index: number) => at(run, index) as Tensor1D
const four = (run: Run, index: number) => at(run, index) as Tensor4D
