/** Which images a descriptor takes for alike. Paper Fig. 4. */
import { mean } from '../../domain/metrics.ts'

/** The most similar other images of one image, most similar first. */
export interface Neighbours {
  /** Positions in the list of descriptors. */
  readonly rows: readonly number[]
  /** Mean cosine of the members, -1..1. */
  readonly similarities: readonly number[]
}

/** For every descriptor (as `Prediction.descriptor`) its `count` nearest others; equal ones in list order. */
export function nearest(descriptors: readonly Float32Array[], count: number): Neighbours[] {
  return descriptors.map((own, row) => {
    const others = descriptors
      .map((other, at) => ({ at, similarity: dot(own, other) }))
      .filter(({ at }) => at !== row)
      .sort((a, b) => b.similarity - a.similarity || a.at - b.at)
      .slice(0, count)
    return {
      rows: others.map(({ at }) => at),
      similarities: others.map(({ similarity }) => similarity),
    }
  })
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0)
  return sum
}

/** How often the nearest image is of the same kind, 0..1, and how often a random other image would be. */
export interface SameKind {
  readonly nearest: number
  readonly chance: number
}

/** Over the images whose kind is known; null where none is. */
export function sameKindShare(
  neighbours: readonly Neighbours[],
  kinds: readonly (string | undefined)[],
): SameKind | null {
  const known = [...kinds.keys()].filter((row) => kinds[row] !== undefined)
  if (known.length === 0) return null
  const isHit = (row: number) => {
    const first = neighbours[row]?.rows[0]
    return first !== undefined && kinds[first] === kinds[row]
  }
  const others = Math.max(1, kinds.length - 1)
  const alike = (row: number) => kinds.filter((kind) => kind === kinds[row]).length - 1
  return {
    nearest: mean(known.map((row) => (isHit(row) ? 1 : 0))),
    chance: mean(known.map((row) => alike(row) / others)),
  }
}
