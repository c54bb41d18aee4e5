/** What CVAT sends to its AI tools: strict on what is used, loose on the rest (contract section 7). */
import { z } from 'zod'

/** Base64 of the original file. */
const image = z.string().min(1)

/** `x`, `y` in pixels. */
const point = z.tuple([z.number(), z.number()])

export const detectorBody = z.looseObject({
  image,
  /** Absent or null: all. */
  threshold: z.number().nullish(),
})

export const interactorBody = z.looseObject({
  image,
  pos_points: z.array(point).max(200),
  neg_points: z.array(point).max(200).default([]),
  /** Two opposite corners. */
  obj_bbox: z.array(point).length(2).nullish(),
})

export type InteractorBody = z.output<typeof interactorBody>

/** The two functions of a connected project. */
export const kinds = ['detector', 'interactor'] as const
export type Kind = (typeof kinds)[number]
