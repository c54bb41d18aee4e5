/** A map in few steps: small enough for an editor that shows probabilities as opacity. */
import { z } from 'zod'

/** 15 steps keep one half on the side of the object: 7 is below it, 8 above. */
export const mapSteps = 15

/** Runs of equal level over the whole image, row by row; level `mapSteps` is the largest value that there can be. */
export const mapRuns = z.strictObject({
  width: z.int().min(1),
  height: z.int().min(1),
  steps: z.literal(mapSteps),
  levels: z.array(z.int().min(0).max(mapSteps)).min(1),
  /** Pixels of each run, summing to width x height. */
  lengths: z.array(z.int().min(1)).min(1),
})

export const mapReply = z.strictObject({ ...mapRuns.shape, modelDigest: z.string() })

export type MapRuns = z.infer<typeof mapRuns>
