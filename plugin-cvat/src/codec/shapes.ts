/** Suggested masks as shapes of one frame. */
import { Problem } from '@suggestive/shared/problem'
import type { RunMask } from '@suggestive/shared/protocol/label'
import type { NewShape } from '../client/wire.ts'
import type { Classes, ClassLabel } from './classes.ts'
import type { ImageSize } from './mask-decode.ts'
import { encodeRuns } from './mask-encode.ts'
import { polygonsFor } from './polygon-points.ts'

export interface Suggestion {
  readonly mask: RunMask
  /** Mean probability inside, 0..1, by class id; a class without one gets 1, as CVAT itself does. */
  readonly scores: ReadonlyMap<number, number>
}

export interface ShapeOptions extends Pick<Classes, 'labels'> {
  /** The task's number of it. */
  readonly frame: number
  /** Of the frame as CVAT says. */
  readonly size: ImageSize
  /** For labels of type `any`; those of type `mask` and `polygon` have only one form. */
  readonly shape: 'mask' | 'polygon'
}

export interface Shapes {
  /** In the order of the mask's layers: one mask, or one polygon for each connected part. None is empty. */
  readonly shapes: readonly NewShape[]
  /** What was left out or coarsened; for the log and the page. */
  readonly notes: readonly string[]
}

/** @throws Problem `wrong-use` when mask and frame have different sizes: everything would be in the wrong place */
export function shapesFor({ mask, scores }: Suggestion, options: ShapeOptions): Shapes {
  const { labels, frame, size, shape } = options
  if (mask.width !== size.width || mask.height !== size.height) {
    throw new Problem(
      'wrong-use',
      `The mask for frame ${frame} has ${mask.width} x ${mask.height} pixels, but the frame has ${size.width} x ${size.height} in CVAT: read the image from CVAT anew and suggest again.`,
    )
  }
  const notes: string[] = []
  const shapes: NewShape[] = []
  for (const { classId, runs } of mask.layers) {
    const label = labels.find((one) => one.classId === classId)
    const type = label === undefined ? undefined : typeFor(label, shape)
    if (label === undefined || type === undefined) {
      notes.push(
        label === undefined
          ? `The class ${classId} has no label in CVAT any more: left out.`
          : `The label "${label.name}" draws with the type "${label.type}", which suggestions cannot have: left out. Change its type to "mask", "polygon" or "any".`,
      )
      continue
    }
    const score = Math.round(1e4 * (scores.get(classId) ?? 1)) / 1e4
    for (const points of pointsFor(type, runs, label, size, notes)) {
      shapes.push({ type, label_id: label.labelId, frame, points, score, ...plain })
    }
  }
  return { shapes, notes }
}

const plain = {
  source: 'auto',
  z_order: 0,
  group: 0,
  occluded: false,
  outside: false,
  rotation: 0,
  attributes: [],
} as const

function typeFor(
  { type }: ClassLabel,
  wanted: ShapeOptions['shape'],
): NewShape['type'] | undefined {
  if (type === 'any') return wanted
  return type === 'mask' || type === 'polygon' ? type : undefined
}

function pointsFor(
  type: NewShape['type'],
  runs: readonly number[],
  { name }: ClassLabel,
  size: ImageSize,
  notes: string[],
): readonly (readonly number[])[] {
  if (type === 'polygon') return polygonsFor(runs, name, size, notes)
  const points = encodeRuns(runs, size.width)
  return points === null ? [] : [points]
}
