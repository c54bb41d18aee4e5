/** The numbers of test/golden/selection.json, made by selection.py. */
import { goldenJson } from './golden.ts'

interface Golden {
  readonly disagreement: readonly {
    readonly classes: number
    readonly members: readonly (readonly number[])[]
    readonly mean: readonly number[]
    readonly variance: readonly number[]
    readonly score: number
    readonly entropy: readonly number[]
  }[]
  readonly similarity: {
    /** `[members, images, width]` */
    readonly members: readonly (readonly (readonly number[])[])[]
    readonly similarity: readonly (readonly number[])[]
  }
  readonly suggestion: readonly {
    readonly k: number
    readonly candidates: number
    readonly chosen: readonly number[]
    readonly eligible: readonly number[] | null
    readonly uncertainty: readonly number[]
    readonly descriptors: readonly (readonly number[])[]
    readonly expected: {
      readonly rows: readonly number[]
      readonly gains: readonly number[]
      readonly candidates: readonly number[]
    }
  }[]
  readonly npy: {
    readonly values: readonly number[]
    readonly half: readonly (number | 'inf' | '-inf')[]
    readonly [file: string]: unknown
  }
}

export const golden = goldenJson<Golden>('selection.json')

/** A `.npy` file that numpy wrote. */
export function goldenNpy(name: string): Uint8Array {
  return Buffer.from(String(golden.npy[name]), 'base64')
}
