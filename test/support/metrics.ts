/** The reference numbers of test/golden/metrics.py, typed and unpacked. */
import type { Mask } from '@suggestive/shared/mask'
import type { LabelRaster } from '@suggestive/sidecar/domain/components'
import type { ClassCounts } from '@suggestive/sidecar/domain/metrics'
import { goldenJson } from './golden.ts'

/** Alternating values and lengths. */
type Runs = readonly number[]
/** True positive, false positive, false negative. */
type Triple = readonly [number, number, number]

export interface PixelNumbers {
  readonly counts: readonly Triple[]
  readonly dice: readonly number[]
  readonly iu: readonly number[]
  readonly meanIu: number
  readonly foregroundDice: number
}

export interface ObjectNumbers {
  readonly counts: Triple
  readonly f1: number
  readonly dice: number
  readonly hausdorff: number
}

interface Size {
  readonly width: number
  readonly height: number
}

export interface Pair extends Size {
  readonly name: string
  readonly classes: number
  readonly predicted: Runs
  readonly truth: Runs
  readonly predictedIds?: Runs
  readonly truthIds?: Runs
  readonly pixels: PixelNumbers
  /** Components of class 1, 2, ... */
  readonly objects: readonly ObjectNumbers[]
  readonly idObjects?: ObjectNumbers
}

interface Golden {
  readonly cases: readonly Pair[]
  readonly sets: readonly {
    readonly name: string
    readonly cases: readonly string[]
    readonly pixels: PixelNumbers
    readonly objects: readonly ObjectNumbers[]
  }[]
  readonly otsu: readonly (Size & {
    readonly name: string
    readonly channels: 1 | 3
    readonly bits: 8 | 16
    readonly data: readonly number[]
    readonly truth: Runs
    readonly threshold: number
    readonly bright: number
    readonly dark: number
  })[]
  readonly intervals: readonly {
    readonly values: readonly number[]
    readonly low: number
    readonly high: number
    /** Standard deviation of the mean. */
    readonly deviation: number
  }[]
  readonly curves: readonly {
    readonly x: readonly number[]
    readonly y: readonly number[]
    readonly area: number
  }[]
}

export const golden = goldenJson<Golden>('metrics.json')

function unpack(runs: Runs): number[] {
  return Array.from({ length: runs.length / 2 }, (_, i) => {
    return Array.from({ length: runs[2 * i + 1] ?? 0 }, () => runs[2 * i] ?? 0)
  }).flat()
}

export function maskOf({ width, height }: Size, runs: Runs): Mask {
  return { width, height, data: Uint8Array.from(unpack(runs)) }
}

export function idsOf({ width, height }: Size, runs: Runs): LabelRaster {
  return { width, height, data: Uint16Array.from(unpack(runs)) }
}

export function countsOf(counts: readonly ClassCounts[]): Triple[] {
  return counts.map((each) => [each.truePositive, each.falsePositive, each.falseNegative])
}
