/** Maps in few steps. */
import { type MapRuns, mapSteps } from '@suggestive/shared/protocol/map-runs'

/** @param data row-major `[height, width]`; 65535 is the largest value that there can be */
export function mapLevels(width: number, height: number, data: Uint16Array): MapRuns {
  const scale = mapSteps / 65_535
  const levels: number[] = []
  const lengths: number[] = []
  let start = 0
  let level = -1
  for (let at = 0; at < data.length; at++) {
    const next = Math.floor((data[at] ?? 0) * scale + 0.5)
    if (next === level) continue
    if (at > 0) lengths.push(at - start)
    levels.push(next)
    level = next
    start = at
  }
  lengths.push(data.length - start)
  return { width, height, steps: mapSteps, levels, lengths }
}
