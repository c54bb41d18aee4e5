/** How sure the model is of a region. */
import { certainty, type ProbabilityMap } from './graded.ts'
import type { RegionFrame } from './prelabel-region.ts'

interface Spans {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** Mean probability over the pixels of the spans (not empty), else the class's; to four digits; nothing if unknown. */
export function scoreOf({ map, score }: RegionFrame, spans: Spans): { readonly score?: number } {
  const mean = map === undefined ? score : meanProbability(map, spans)
  return mean === undefined ? {} : { score: Math.round(1e4 * mean) / 1e4 }
}

function meanProbability(map: ProbabilityMap, { starts, ends }: Spans): number {
  let sum = 0
  let pixels = 0
  for (let i = 0; i < starts.length; i++) {
    const end = ends[i] ?? 0
    for (let at = starts[i] ?? 0; at < end; at++) sum += map.data[at] ?? 0
    pixels += end - (starts[i] ?? 0)
  }
  return sum / (certainty(map) * pixels)
}
