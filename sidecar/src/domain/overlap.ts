/** Which object overlaps which, and by how many pixels. */
import type { ObjectMap } from './components.ts'

/** For each object of one side (index = id) the object of the other side that it overlaps most; 0 = none. */
export interface Partners {
  readonly partner: Int32Array
  readonly overlap: Float64Array
}

/** Keeps the larger overlap, and of equal overlaps the lower id. */
function offer({ partner, overlap }: Partners, id: number, other: number, pixels: number): void {
  const best = overlap[id] ?? 0
  if (pixels < best || (pixels === best && other > (partner[id] ?? 0))) return
  partner[id] = other
  overlap[id] = pixels
}

/** Counts the overlaps of two equally large images and pairs every object with its best. */
export function findPartners(
  predicted: ObjectMap,
  truth: ObjectMap,
): { mine: Partners; theirs: Partners } {
  const overlaps = new Map<number, number>()
  const base = truth.count + 1
  let run = 0
  let length = 0
  const flush = () => {
    if (run >= base && run % base !== 0) overlaps.set(run, (overlaps.get(run) ?? 0) + length)
  }
  for (let i = 0; i < truth.ids.length; i++) {
    const pair = (predicted.ids[i] ?? 0) * base + (truth.ids[i] ?? 0)
    if (pair !== run) {
      flush()
      run = pair
      length = 0
    }
    length++
  }
  flush()
  const empty = (count: number): Partners => ({
    partner: new Int32Array(count + 1),
    overlap: new Float64Array(count + 1),
  })
  const mine = empty(predicted.count)
  const theirs = empty(truth.count)
  for (const [pair, pixels] of overlaps) {
    offer(mine, Math.floor(pair / base), pair % base, pixels)
    offer(theirs, pair % base, Math.floor(pair / base), pixels)
  }
  return { mine, theirs }
}
