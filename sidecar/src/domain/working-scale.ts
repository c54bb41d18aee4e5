/** Chooses the size at which the network sees the images from the size of the labelled objects. DESIGN section 2, Profiles. */
import type { Mask } from '@suggestive/shared/mask'
import { labelComponents } from './components.ts'
import type { ShrinkFactor } from './shrink.ts'

/** Largest median diameter of an object at working scale, pixels. */
const largestMedian = 40

const factors: readonly ShrinkFactor[] = [1, 2, 4, 8]

/** Equivalent diameters, sqrt(4 area / pi) in pixels, of a mask's objects (8-connected components per class). */
export function objectDiameters(mask: Mask): number[] {
  const { areas, count } = labelComponents(mask)
  return [...areas.subarray(1, count + 1)].map((area) => Math.sqrt((4 * area) / Math.PI))
}

export interface WorkingScale {
  /** 1, 1/2, 1/4 or 1/8. */
  readonly scale: number
  /** Median diameter at original size, pixels; absent without objects. */
  readonly medianDiameter?: number
}

/**
 * The largest scale at which the median object is at most 40 px across, but never below 1/8 and never
 * an enlargement; without objects 1.
 *
 * @param diameters of all labelled objects, pixels at original size, any order
 */
export function chooseWorkingScale(diameters: readonly number[]): WorkingScale {
  if (diameters.length === 0) return { scale: 1 }
  const sorted = [...diameters].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const upper = sorted[middle] ?? 0
  const medianDiameter = sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2
  const factor = factors.find((f) => medianDiameter / f <= largestMedian) ?? 8
  return { scale: 1 / factor, medianDiameter }
}

/** The shrink factor of a recorded working scale: 1/4 -> 4; `undefined` for a scale that is not supported. */
export function shrinkFactorOf(scale: number): ShrinkFactor | undefined {
  return factors.find((factor) => 1 / factor === scale)
}
