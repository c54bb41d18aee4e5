/** What CVAT answers, as far as the plugin reads it (contract sections 1 to 6, 9). Unknown fields of most things stay. */
import { z } from 'zod'

/** One page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.looseObject({
    count: z.int(),
    next: z.string().nullable(),
    results: z.array(item),
  })

export const about = z.looseObject({ version: z.string() })

export const user = z.looseObject({
  id: z.int(),
  username: z.string(),
  is_staff: z.boolean().optional(),
})

const account = z.looseObject({ id: z.int(), username: z.string() })

export const membership = z.looseObject({
  user: account.nullable(),
  is_active: z.boolean(),
  role: z.string(),
})

export const project = z.looseObject({
  id: z.int(),
  name: z.string(),
  owner: account.nullable(),
  assignee: account.nullable(),
  bug_tracker: z.string(),
  organization: z.int().nullable(),
  tasks: z.looseObject({ count: z.int() }),
})

const labelType = z.string()

export const label = z.looseObject({
  id: z.int(),
  name: z.string(),
  color: z.string(),
  type: labelType,
  parent_id: z.int().nullable(),
})

export const task = z.looseObject({
  id: z.int(),
  name: z.string(),
  project_id: z.int().nullable(),
  bug_tracker: z.string(),
  updated_date: z.string(),
  segment_size: z.int(),
  overlap: z.int().nullable(),
  size: z.int().nullable().optional(),
  subset: z.string().optional(),
  dimension: z.string(),
  mode: z.string(),
  data_original_chunk_type: z.string().nullable().optional(),
  data_cloud_storage_id: z.int().nullable().optional(),
})

/** `chunk_size`: frames per chunk. Frames in the order of the task; job-level answers hold those of the job only. */
export const dataMeta = z.looseObject({
  chunk_size: z.int(),
  size: z.int(),
  start_frame: z.int(),
  stop_frame: z.int(),
  deleted_frames: z.array(z.int()),
  storage: z.string().optional(),
  cloud_storage_id: z.int().nullable().optional(),
  frames: z.array(z.looseObject({ width: z.int(), height: z.int(), name: z.string() })),
})

export const stages = ['annotation', 'validation', 'acceptance'] as const

/** Nothing else of it is kept: there may be 100,000. */
export const job = z.object({
  id: z.int(),
  task_id: z.int(),
  project_id: z.int().nullable(),
  assignee: z.object({ id: z.int(), username: z.string() }).nullable(),
  stage: z.enum(stages),
  state: z.enum(['new', 'in progress', 'completed', 'rejected']),
  type: z.string(),
  /** Task-frame numbers, both inclusive. */
  start_frame: z.int(),
  stop_frame: z.int(),
  dimension: z.string(),
  mode: z.string(),
  parent_job_id: z.int().nullable().optional(),
  updated_date: z.string(),
})

/** `frame` is the task's number. `points` may be floats. Servers before `score` existed leave it out. */
export const shape = z.looseObject({
  id: z.int(),
  type: z.string(),
  label_id: z.int(),
  frame: z.int(),
  points: z.array(z.number()),
  source: z.string(),
  score: z.number().optional(),
  group: z.int().nullable().optional(),
  z_order: z.int(),
  rotation: z.number().optional(),
  outside: z.boolean().optional(),
  occluded: z.boolean().optional(),
})

export const annotations = z.looseObject({
  version: z.int(),
  tags: z.array(z.unknown()),
  shapes: z.array(shape),
  tracks: z.array(z.looseObject({ frame: z.int() })),
})

export const webhook = z.looseObject({
  id: z.int(),
  target_url: z.string(),
  project_id: z.int().nullable(),
  is_active: z.boolean(),
  enable_ssl: z.boolean(),
  events: z.array(z.string()),
})

export const delivery = z.looseObject({
  id: z.int(),
  event: z.string(),
  status_code: z.int().nullable(),
  created_date: z.string(),
})

/** Of one folder; `type` is `REG` for a file, `DIR` for a folder. */
export const shareEntries = z.array(z.looseObject({ name: z.string(), type: z.string() }))

/** That data is being taken in; `rq_id` holds `&` and `=`. */
export const accepted = z.looseObject({ rq_id: z.string().min(1) })

/** Of a long-running request such as the creation of a task. */
export const request = z.looseObject({
  id: z.string(),
  status: z.string(),
  message: z.string().nullable().optional(),
})

export type User = z.output<typeof user>
export type Membership = z.output<typeof membership>
export type Project = z.output<typeof project>
export type LabelDefinition = z.output<typeof label>
export type Task = z.output<typeof task>
export type DataMeta = z.output<typeof dataMeta>
export type Stage = (typeof stages)[number]
export type Job = z.output<typeof job>
export type Shape = z.output<typeof shape>
export type Annotations = z.output<typeof annotations>
export type Webhook = z.output<typeof webhook>
export type Delivery = z.output<typeof delivery>

/** A shape to be created: as read, but without an id. */
export interface NewShape {
  readonly type: 'mask' | 'polygon'
  readonly label_id: number
  readonly frame: number
  readonly points: readonly number[]
  readonly source: 'auto'
  readonly score: number
  readonly z_order: number
  readonly group: number
  readonly occluded: false
  readonly outside: false
  readonly rotation: 0
  readonly attributes: readonly []
}
