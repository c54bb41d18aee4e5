/** What CVAT makes of the answers of functions. */
import { z } from 'zod'
import type { FakeLabel } from './model.ts'

const detections = z.array(
  z.looseObject({
    label: z.string(),
    type: z.string(),
    points: z.array(z.number()).optional(),
    mask: z.array(z.number()).optional(),
    attributes: z.array(z.unknown()).default([]),
  }),
)

/** Name of the function's label to the one in the project. */
export const mappingForm = z.record(z.string(), z.looseObject({ name: z.string() }))

/** A shape as `POST /api/lambda/functions/{name}` tells it: not stored, hence without id. */
export interface DetectedShape {
  readonly type: string
  readonly frame: number
  readonly label_id: number
  readonly points: number[]
}

/** Confidences are thrown away; what has no label is left out. @throws ZodError for a wrong form */
export function shapesOf(
  answer: unknown,
  frame: number,
  labels: readonly FakeLabel[],
  options: {
    readonly model: readonly { readonly name: string; readonly type: string }[]
    readonly mapping: z.infer<typeof mappingForm> | undefined
    readonly toPolygons: boolean
  },
) {
  const { model, mapping, toPolygons } = options
  return detections.parse(answer).flatMap(({ label, type, points, mask }) => {
    const name = mapping === undefined ? label : mapping[label]?.name
    const own = labels.find((one) => one.name === name)
    const declared = model.find((one) => one.name === label)
    if (own === undefined || declared === undefined) return []
    if (mapping === undefined && !isCompatible(declared.type, own.type)) return []
    const shape = { frame, label_id: own.id }
    if (type === 'mask' && mask !== undefined && !(toPolygons && points !== undefined)) {
      return [{ ...shape, type: 'mask', points: runsOf(mask) }]
    }
    return points === undefined
      ? []
      : [{ ...shape, type: type === 'mask' ? 'polygon' : type, points }]
  })
}

/** All fields, as the server tells them. */
export const told = (one: DetectedShape) => ({
  ...one,
  occluded: false,
  outside: false,
  z_order: 0,
  rotation: 0,
  id: null,
  group: 0,
  source: 'auto',
  attributes: [],
  score: 1,
})

function isCompatible(a: string, b: string): boolean {
  const areas = ['mask', 'polygon']
  const open = ['any', 'unknown']
  return a === b || open.includes(a) || open.includes(b) || (areas.includes(a) && areas.includes(b))
}

/** Flat 0/1 crop with its box behind it, to runs that start with one of zeros. */
function runsOf(mask: readonly number[]): number[] {
  const runs: number[] = []
  let value = 0
  let run = 0
  for (const pixel of mask.slice(0, -4)) {
    if (pixel !== value) {
      runs.push(run)
      run = 0
      value = pixel
    }
    run += 1
  }
  return [...runs, run, ...mask.slice(-4)]
}
