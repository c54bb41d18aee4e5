/** One object from the stored maps of an image, as an annotator has pointed at it. */
import { runsOf } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { type ProbabilityField, pixelsOf, segment } from '../domain/segment.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Segment, SegmentWork } from '../ports/workshop.ts'
import { readMap } from './stored-map.ts'

interface ClassField {
  readonly classId: number
  readonly field: ProbabilityField
}

export async function segmentMaps(
  blobs: Blobs,
  { maps, points, box }: SegmentWork,
): Promise<Segment> {
  const fields: ClassField[] = []
  for (const { classId, blob } of maps) fields.push({ classId, field: await readMap(blobs, blob) })
  const best = mostProbable(fields, { points, box })
  if (best === undefined) throw new Problem('not-found', 'The model has no map of that class.')
  const { classId, field } = best
  const { width, height } = field
  checkInside({ points, box }, field)
  const inside = segment(field, points, box ?? undefined)
  let sum = 0
  let pixels = 0
  for (let at = 0; at < inside.length; at++) {
    if (inside[at] !== 1) continue
    sum += field.data[at] ?? 0
    pixels++
    inside[at] = classId
  }
  const mask = runsOf({ width, height, data: inside })
  return { classId, mask, score: pixels === 0 ? null : sum / pixels / 65_535 }
}

type Prompt = Pick<SegmentWork, 'points' | 'box'>

/** By the mean at the positive points, without such ones in the box; of equal classes the first. */
function mostProbable(fields: readonly ClassField[], prompt: Prompt): ClassField | undefined {
  if (fields.length === 1) return fields[0]
  let best: ClassField | undefined
  let highest = -1
  for (const one of fields) {
    const mean = meanAt(one.field, prompt)
    if (mean <= highest) continue
    best = one
    highest = mean
  }
  return best
}

function meanAt(field: ProbabilityField, { points, box }: Prompt): number {
  const positive = points.filter((point) => point.positive)
  const areas =
    positive.length > 0
      ? positive.map(({ x, y }) => pixelsOf({ x, y, width: 0, height: 0 }, field))
      : box === null
        ? []
        : [pixelsOf(box, field)]
  let sum = 0
  let pixels = 0
  for (const { left, top, right, bottom } of areas) {
    for (let y = top; y < bottom; y++) {
      for (let x = left; x < right; x++) sum += field.data[y * field.width + x] ?? 0
    }
    pixels += (right - left) * (bottom - top)
  }
  return pixels === 0 ? 0 : sum / pixels
}

function checkInside({ points, box }: Prompt, { width, height }: ProbabilityField): void {
  const size = `the image has ${width} x ${height} pixels`
  for (const [index, { x, y }] of points.entries()) {
    if (x >= 0 && y >= 0 && x <= width && y <= height) continue
    const detail = `must lie in the image, which has ${width} x ${height} pixels`
    throw new Problem('wrong-use', `The point ${x}, ${y} is outside, ${size}: send pixels.`, {
      errors: [{ pointer: `/points/${index}`, detail }],
    })
  }
  if (box === null) return
  if (box.x < width && box.y < height && box.x + box.width >= 0 && box.y + box.height >= 0) return
  const detail = `must overlap the image, which has ${width} x ${height} pixels`
  throw new Problem('wrong-use', `The box is outside, ${size}: send pixels.`, {
    errors: [{ pointer: '/box', detail }],
  })
}
