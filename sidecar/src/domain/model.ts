/** A trained ensemble as data: what a `.safetensors` file of ours holds. */
import type { Settings } from './settings.ts'

/** value -> (root((value - low) / (high - low)) - mean[c]) / deviation[c], root(x) = sign(x) sqrt(|x|) */
export interface Normalisation {
  readonly low: number
  readonly high: number
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

export interface MemberRecord {
  /** Digests of the bootstrap sample, with repetitions. */
  readonly sample: readonly string[]
  /** Iteration whose weights were kept. */
  readonly bestIteration: number
  /** Mean Dice on the held-out images at that iteration; absent below 5 labelled images. */
  readonly heldOutDice?: number
  readonly finalLoss: number
}

export interface ModelHeader {
  readonly format: 1
  readonly settings: Settings
  /** Mask value of every class, background first. */
  readonly classValues: readonly number[]
  readonly channels: 1 | 3
  /** The scale that was used: 1, 1/2, 1/4 or 1/8. */
  readonly scale: number
  readonly normalisation: Normalisation
  readonly seed: number
  readonly round: number
  readonly heldOut: readonly string[]
  readonly members: readonly MemberRecord[]
  readonly warnings: readonly string[]
  readonly engine: string
}

/** A named array; filters are HWIO. */
export interface NamedTensor {
  readonly name: string
  readonly shape: readonly number[]
  readonly data: Float32Array
}

export interface Model {
  readonly header: ModelHeader
  /** `member0.stem.0.filter`, ... in file order. */
  readonly tensors: readonly NamedTensor[]
  /** SHA-256 over the tensors' bytes in file order, lower-case hex. */
  readonly digest: string
}
