/** What a request asks for (contract section 7): strict on what is used, loose on the rest. */
import { z } from 'zod'
import { Unanswerable } from './unanswerable.ts'

export interface Question {
  /** Id in CVAT. */
  readonly task: number
  /** The task's number of it; undefined: all. */
  readonly frame: number | undefined
  /** Labels of the task by labels of the function; others are not wanted. Undefined: those of the same names. */
  readonly names: ReadonlyMap<string, string> | undefined
  /** Least mean probability, 0..1. */
  readonly threshold: number
  /** Polygons instead of masks. */
  readonly toPolygons: boolean
  /** Only this part is wanted, with its corner as origin; undefined: all of it. */
  readonly part: Part | undefined
}

/** Pixels `left <= x < right`, `top <= y < bottom`. */
export interface Part {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

const edge = z.int().min(0)
const common = {
  task: z.int(),
  mapping: z.record(z.string(), z.looseObject({ name: z.string() })).nullish(),
  threshold: z.number().nullish(),
  conv_mask_to_poly: z.boolean().nullish(),
  roi: z.tuple([edge, edge, edge, edge]).nullish(),
}

const asked = z.discriminatedUnion('type', [
  z.looseObject({ ...common, type: z.literal('annotate_task') }),
  z.looseObject({ ...common, type: z.literal('annotate_frame'), frame: z.int().min(0) }),
])

/** @throws Unanswerable for another kind of request, or form */
export function questionOf(parameters: unknown): Question {
  const { data, error } = asked.safeParse(parameters)
  if (data === undefined) {
    const [issue] = error.issues
    const where = issue?.path.join('.') ?? ''
    throw new Unanswerable(
      where === 'type'
        ? 'This function annotates single frames and whole tasks only: choose one of these.'
        : `The request is not understood at "${where}" (${issue?.message}): the versions of CVAT and of the plugin may not fit.`,
    )
  }
  const { task, mapping, threshold, conv_mask_to_poly, roi } = data
  const [left = 0, top = 0, right = 0, bottom = 0] = roi ?? []
  return {
    task,
    frame: data.type === 'annotate_frame' ? data.frame : undefined,
    names:
      mapping == null
        ? undefined
        : new Map(Object.entries(mapping).map(([own, { name }]) => [own, name])),
    threshold: threshold ?? 0,
    toPolygons: conv_mask_to_poly ?? false,
    part: roi == null ? undefined : { left, top, right, bottom },
  }
}
