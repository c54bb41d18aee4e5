/** Tasks: one image each in the labelling tool. */
import { z } from 'zod'
import { bulkLimit, digest, moment, taskKey, text, webAddress } from '../protocol.ts'

/** `in-progress`: somebody works on it, never suggested and never overwritten; `gone`: deleted in the tool. */
export const taskState = z.enum(['open', 'in-progress', 'gone'])

export const taskInput = z.strictObject({
  taskKey,
  /** Absent until the image's bytes have been seen. */
  imageDigest: digest.optional(),
  width: z.int().min(1).max(1_000_000).optional(),
  height: z.int().min(1).max(1_000_000).optional(),
  name: text(500),
  /** Where a person opens the task. */
  url: webAddress.optional(),
  state: taskState.default('open'),
})

export const tasksBody = z.strictObject({ tasks: z.array(taskInput).min(1).max(bulkLimit) })

export const tasksReply = z.strictObject({
  added: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  /** Image digests of the request whose bytes are not here: send them when asked, or now. */
  missingImages: z.array(z.string()),
})

export const task = z.strictObject({
  taskKey: z.string(),
  imageDigest: z.string().nullable(),
  width: z.int().nullable(),
  height: z.int().nullable(),
  name: z.string(),
  url: z.string().nullable(),
  state: taskState,
  /** What people have said about it so far. */
  label: z.enum(['none', 'labelled', 'empty', 'skipped']),
  /** Why the image cannot be used, for people. */
  broken: z.string().nullable(),
  /** Mean variance of the members, 0..0.25, by the model in use. */
  uncertainty: z.number().nullable(),
  /** Predicted share of foreground, 0..1. */
  foreground: z.number().nullable(),
  /** In the current queue, from 1. */
  rank: z.int().nullable(),
  updatedAt: moment,
})

export type TaskInput = z.infer<typeof taskInput>
export type TaskView = z.infer<typeof task>
export type TasksReply = z.infer<typeof tasksReply>
