/** Graded brush masks: probabilities that the editor draws as opacity. */
import type { MapRuns } from '@suggestive/shared/protocol/map-runs'
import { packRuns } from './rle-encode.ts'

/** Probabilities of one class, row-major `[height, width]`; the largest value of the type is 1. */
export interface ProbabilityMap {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array | Uint16Array
}

/** Each level as the opacity that stands for it. */
export function mapOfRuns({ width, height, levels, lengths }: MapRuns): ProbabilityMap {
  const data = new Uint8Array(width * height)
  let at = 0
  for (const [index, length] of lengths.entries()) {
    data.fill(17 * (levels[index] ?? 0), at, at + length)
    at += length
  }
  return { width, height, data }
}

/** The largest value of a map's type, i.e. certainty. */
export function certainty({ data }: ProbabilityMap): number {
  return 256 ** data.BYTES_PER_ELEMENT - 1
}

/**
 * The map in 16 steps of opacity, 0, 17, ... 255: one half and more is above 127, the threshold at which masks are read,
 * so that a submitted map is the mask at one half.
 */
export function encodeGraded(map: ProbabilityMap): Uint8Array {
  const { data } = map
  const scale = 15 / certainty(map)
  const lengths: number[] = []
  const levels: number[] = []
  let start = 0
  let level = -1
  for (let i = 0; i < data.length; i++) {
    const next = Math.floor((data[i] ?? 0) * scale + 0.5)
    if (next === level) continue
    if (i > 0) lengths.push(i - start)
    levels.push(17 * next)
    level = next
    start = i
  }
  lengths.push(data.length - start)
  return packRuns(lengths, (index) => levels[index] ?? 0)
}
