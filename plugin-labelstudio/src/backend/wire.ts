/** What Label Studio sends to an ML backend: strict on what is used, loose on the rest. */
import { z } from 'zod'

/** `<project id>.<moment of creation>`. */
const projectName = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be the id of a project, a dot and a moment')
  .transform((name) => Number(name.split('.')[0]))

export const setupBody = z.looseObject({ project: projectName })

/** A region that prompts the smart tool; percent of the image. */
export const prompt = z.looseObject({
  id: z.union([z.string(), z.number()]).optional(),
  type: z.string(),
  original_width: z.number().positive(),
  original_height: z.number().positive(),
  is_positive: z.boolean().optional(),
  value: z.looseObject({
    x: z.number().optional(),
    y: z.number().optional(),
    width: z.number().optional(),
    height: z.number().optional(),
    labels: z.array(z.string()).optional(),
    keypointlabels: z.array(z.string()).optional(),
    rectanglelabels: z.array(z.string()).optional(),
  }),
})

export const predictBody = z.looseObject({
  tasks: z.array(z.looseObject({ id: z.int() })).max(200_000),
  project: projectName.optional(),
  params: z
    .looseObject({ context: z.looseObject({ result: z.array(z.unknown()).optional() }).nullish() })
    .nullish(),
})

export type Prompt = z.infer<typeof prompt>
export type PredictBody = z.infer<typeof predictBody>

/** One entry of the reply to `/predict`. */
export interface BackendPrediction {
  readonly model_version: string
  readonly score: number
  readonly result: readonly object[]
}
