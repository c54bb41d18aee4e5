/** The queue: in which order annotators should see the tasks. */
import { z } from 'zod'
import { moment } from '../protocol.ts'

export const queueSummary = z.strictObject({
  revision: z.int(),
  publishedAt: moment,
  /**
   * `cold-start`: chosen by appearance, without a model; `rollback`: an earlier round's order again; `addition`: the
   * order before with new tasks at its end.
   */
  origin: z.enum(['cold-start', 'round', 'rollback', 'addition']),
  round: z.int().nullable(),
  modelDigest: z.string().nullable(),
  /** All tasks in it. */
  length: z.int(),
  /** The first so many were chosen by the full rule and have pre-labels. */
  published: z.int(),
})

export const queueRow = z.strictObject({
  /** From 1. */
  rank: z.int(),
  taskKey: z.string(),
  imageDigest: z.string().nullable(),
  /** From 1; null beyond the published part. */
  batch: z.int().nullable(),
  /** Gain in F when it was chosen; null beyond the published part. */
  gain: z.number().nullable(),
  uncertainty: z.number().nullable(),
  /** How many images it represents: those most similar to it among the published ones. */
  represents: z.int().nullable(),
})

export const queuePage = z.strictObject({
  queue: queueSummary,
  items: z.array(queueRow),
  next: z.string().nullable(),
})

/** What the tool really serves, told by its plugin after it applied a revision. */
export const receipt = z.strictObject({
  revision: z.int().min(1),
  outcome: z.enum(['applied', 'drifted', 'failed']),
  /** Tasks whose order was changed. */
  applied: z.int().min(0),
  /** Tasks left alone because somebody works on them or has finished them. */
  untouched: z.int().min(0).default(0),
  /** For people. */
  detail: z.string().max(2000).default(''),
})

export const receiptRecord = z.strictObject({ ...receipt.shape, at: moment })

export type QueueSummary = z.infer<typeof queueSummary>
export type QueueRow = z.infer<typeof queueRow>
export type QueuePage = z.infer<typeof queuePage>
export type Receipt = z.infer<typeof receipt>
export type ReceiptRecord = z.infer<typeof receiptRecord>
