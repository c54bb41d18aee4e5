/** A class's mask as one brush region. */
import { encodeGraded, type ProbabilityMap } from './graded.ts'
import type { PrelabelRegion, RegionFrame } from './prelabel-region.ts'
import { encodeBrush } from './rle-encode.ts'
import { scoreOf } from './score.ts'

/**
 * Bytes of a graded mask at most. Each is up to four characters of JSON, in the import, in each opening of the task and
 * in each draft that the editor saves; a busy hard mask of 1024 x 1024 has about 30,000.
 */
const mostGradedBytes = 250_000

/** Bytes of a hard mask at most; only noise has so many (4096 x 4096 with 10,000 objects: 700,000). */
const mostHardBytes = 1_000_000

/** None for a mask that is too heavy; `notes` then says so. */
export function brushRegion(
  runs: readonly number[],
  frame: RegionFrame,
  isGraded: boolean,
  notes: string[],
): readonly PrelabelRegion[] {
  const { mask, label, from, image, id, map } = frame
  const bytes = bytesOf(runs, isGraded ? map : undefined, label, notes)
  if (bytes === undefined) return []
  return [
    {
      id,
      type: 'brushlabels',
      from_name: from,
      to_name: image,
      origin: 'prediction',
      original_width: mask.width,
      original_height: mask.height,
      image_rotation: 0,
      ...scoreOf(frame, setSpans(runs)),
      value: { format: 'rle', rle: [...bytes], brushlabels: [label] },
    },
  ]
}

function bytesOf(
  runs: readonly number[],
  map: ProbabilityMap | undefined,
  label: string,
  notes: string[],
): Uint8Array | undefined {
  if (map !== undefined) {
    const bytes = encodeGraded(map)
    if (bytes.length <= mostGradedBytes) return bytes
    notes.push(
      `The map of "${label}" would have ${bytes.length} bytes (${mostGradedBytes} are shown): its hard mask was sent.`,
    )
  }
  const bytes = encodeBrush(runs)
  if (bytes.length <= mostHardBytes) return bytes
  notes.push(
    `The mask of "${label}" was left out: it would have ${bytes.length} bytes (${mostHardBytes} are shown).`,
  )
  return undefined
}

function setSpans(runs: readonly number[]) {
  const starts: number[] = []
  const ends: number[] = []
  let at = 0
  for (const [index, run] of runs.entries()) {
    if (index % 2 === 1) {
      starts.push(at)
      ends.push(at + run)
    }
    at += run
  }
  return { starts, ends }
}
