/** Annotations and predictions as the tool's API, exports and webhooks send them. */
import { z } from 'zod'

/** Loose: the fields that are used are checked where they are used, so that one odd region is one message. */
export const region = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  type: z.string(),
  from_name: z.string().optional(),
  to_name: z.string().optional(),
  origin: z.string().optional(),
  original_width: z.number().optional(),
  original_height: z.number().optional(),
  image_rotation: z.number().nullish(),
  /** Which image of a list of images. */
  item_index: z.number().nullish(),
  value: z.looseObject({}).optional(),
})

export const annotation = z.looseObject({
  id: z.union([z.int(), z.string().min(1).max(200)]),
  result: z.array(region).max(20_000),
  was_cancelled: z.boolean().default(false),
  ground_truth: z.boolean().default(false),
  /** Seconds. */
  lead_time: z.number().nullish(),
  completed_by: z.union([z.int(), z.looseObject({ id: z.int() })]).nullish(),
  created_at: z.iso.datetime({ offset: true }),
  updated_at: z.iso.datetime({ offset: true }),
  parent_prediction: z.int().nullish(),
  /** A copy of the parent in exports and webhooks, often empty. */
  prediction: z
    .looseObject({ model_version: z.string().nullish(), result: z.array(region).optional() })
    .nullish(),
})

export type Region = z.infer<typeof region>
export type Annotation = z.infer<typeof annotation>
