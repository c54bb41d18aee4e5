/** Budget: what the labels so far have cost. */
import { z } from 'zod'

export const budget = z.strictObject({
  /** Images with a finished annotation, since the connection; deleted ones stay counted. */
  images: z.int(),
  /** The paper's cost: all pixels of these images. */
  pixels: z.int(),
  /** Active seconds of people, skipped and repeated work included. */
  annotationSeconds: z.number(),
  /** Versions of labels whose time is not known. */
  withoutTime: z.int(),
  computeSeconds: z.number(),
  /** Labelled before the connection; not counted above. */
  beforeConnection: z.int(),
})

export type Budget = z.infer<typeof budget>
