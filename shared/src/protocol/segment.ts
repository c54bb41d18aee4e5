/** Segments: the one object that an annotator points at, cut from the map of the model in use. */
import { z } from 'zod'
import { runMask } from './label.ts'

/** Pixels of the image from its top left corner; fractions lie inside of a pixel. */
const pixel = z.number().min(-1_000_000).max(2_000_000)

const segmentPoint = z.strictObject({
  x: pixel,
  y: pixel,
  /** False: this does not belong to the object. */
  positive: z.boolean(),
})

const segmentBox = z.strictObject({
  x: pixel,
  y: pixel,
  width: z.number().min(0).max(1_000_000),
  height: z.number().min(0).max(1_000_000),
})

/** Seconds that a request waits for the engine when no map is stored. */
export const segmentQuery = z.strictObject({
  wait: z.coerce.number().min(0).max(60).default(10),
})

/** Of points and box at least one; a box counts where there are no positive points. */
export const segmentBody = z
  .strictObject({
    /** Absent: the class that is most probable there. */
    classId: z.int().min(1).max(255).optional(),
    points: z.array(segmentPoint).max(200).default([]),
    box: segmentBox.optional(),
  })
  .refine(({ points, box }) => box !== undefined || points.some(({ positive }) => positive), {
    path: ['points'],
    message: 'must have a positive point where there is no box',
  })

export const segmentReply = z.strictObject({
  taskKey: z.string(),
  modelDigest: z.string(),
  classId: z.int(),
  /** One layer of that class; none when there is nothing. */
  mask: runMask,
  /** Mean probability inside, 0..1; null when there is nothing. */
  score: z.number().nullable(),
})

export type SegmentBody = z.infer<typeof segmentBody>
