/** Replies of Label Studio: strict on what is used, loose on the rest. */
import { z } from 'zod'

export const version = z.looseObject({ release: z.string() })

export const refreshed = z.looseObject({ access: z.string() })

export const tokenSettings = z.looseObject({
  api_tokens_enabled: z.boolean(),
  legacy_api_tokens_enabled: z.boolean(),
})

export const project = z.looseObject({
  id: z.int(),
  title: z.string(),
  sampling: z.string().nullable(),
  /** Empty or null: none. */
  model_version: z.string().nullable(),
  show_collab_predictions: z.boolean(),
  maximum_annotations: z.int(),
  /** What becomes of skipped tasks. */
  skip_queue: z.string().nullish(),
  task_number: z.int().nullish(),
  parsed_label_config: z.unknown(),
})

export const projectList = z.looseObject({ count: z.int(), results: z.array(project) })

export const task = z.looseObject({
  id: z.int(),
  data: z.record(z.string(), z.unknown()),
  updated_at: z.iso.datetime({ offset: true }),
  is_labeled: z.boolean(),
  total_annotations: z.int().default(0),
  cancelled_annotations: z.int().default(0),
})

export const taskList = z.looseObject({ total: z.int(), tasks: z.array(task) })

/** Only what tells one annotation from another; the rest is for the codec. */
const annotation = z.looseObject({ id: z.int(), updated_at: z.string() })

export const prediction = z.looseObject({
  id: z.int(),
  model_version: z.string().nullish(),
  result: z.array(z.looseObject({ id: z.union([z.string(), z.number()]).optional() })),
})

export const answers = z.looseObject({
  tasks: z.array(
    z.looseObject({
      id: z.int(),
      annotations: z.array(annotation),
      predictions: z.array(prediction),
    }),
  ),
})

export const imported = z.looseObject({ created: z.int() })

/** Predictions by model version. */
export const modelVersions = z.record(z.string(), z.int())

export const deletedVersion = z.looseObject({ deleted_predictions: z.int() })

export const view = z.looseObject({
  id: z.int(),
  data: z.looseObject({ title: z.string().nullish() }).nullish(),
})

export const webhook = z.looseObject({
  id: z.int(),
  url: z.string(),
  project: z.int().nullable(),
  is_active: z.boolean(),
  send_payload: z.boolean(),
  send_for_all_actions: z.boolean(),
  headers: z.record(z.string(), z.unknown()),
  actions: z.array(z.string()).default([]),
})

export const backend = z.looseObject({
  id: z.int(),
  url: z.string(),
  title: z.string().nullish(),
  /** `CO` connected, `DI` disconnected, `ER` error. */
  state: z.string(),
  error_message: z.string().nullish(),
})

export type Project = z.infer<typeof project>
export type Answer = z.infer<typeof answers>['tasks'][number]
export type Task = z.infer<typeof task>
export type Webhook = z.infer<typeof webhook>
