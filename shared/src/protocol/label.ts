/** Labels: what people said about a task, with canonical masks. */
import { z } from 'zod'
import { bulkLimit, digest, moment, taskKey, text } from '../protocol.ts'

/**
 * Row-major run lengths over the whole image, alternating, background first (0 if the first pixel is set), summing to
 * width x height.
 */
const runs = z.array(z.int().min(0)).min(1).max(20_000_000)

/** Layers are disjoint; what no layer sets is background. */
export const runMask = z.strictObject({
  width: z.int().min(1).max(1_000_000),
  height: z.int().min(1).max(1_000_000),
  layers: z.array(z.strictObject({ classId: z.int().min(1).max(255), runs })).max(255),
})

/**
 * One version of one annotation. Its identity is the digest of tool, project, externalId and content: sending it again
 * changes nothing.
 */
export const label = z
  .strictObject({
    taskKey,
    /** The tool's id of the annotation; several people's annotations of one task have different ones. */
    externalId: text(200),
    /** Larger is newer; of equal ones the one that came last counts. */
    version: z.int().min(0),
    annotator: text(200),
    /** Active time spent on this annotation so far, all its versions together; null when the tool does not know. */
    seconds: z.number().min(0).max(1e9).nullable(),
    /** When a person finished it; absent when the tool does not say. */
    finishedAt: moment.optional(),
    outcome: z.enum(['labelled', 'empty', 'skipped', 'deleted']),
    groundTruth: z.boolean().default(false),
    prelabel: z
      .strictObject({ modelDigest: digest, use: z.enum(['accepted', 'edited', 'ignored']) })
      .optional(),
    /** Exactly when the outcome is `labelled`. */
    mask: runMask.optional(),
  })
  .refine(({ outcome, mask }) => (outcome === 'labelled') === (mask !== undefined), {
    path: ['mask'],
    message: 'must be there exactly when the outcome is labelled',
  })

export const labelsBody = z.strictObject({
  labels: z.array(label).min(1).max(bulkLimit),
  /** Made before the project was connected: taken in, cost unknown and not counted. */
  beforeConnection: z.boolean().default(false),
})

export const labelsReply = z.strictObject({
  /** New versions. */
  accepted: z.int(),
  /** Known already; nothing changed. */
  repeated: z.int(),
})

/** A stored version, without its mask. */
export const labelRecord = z.strictObject({
  /** Position in the project's history. */
  id: z.int(),
  identity: z.string(),
  taskKey: z.string(),
  externalId: z.string(),
  version: z.int(),
  /** The largest version that repeated this content: what comes next has to be newer than this. */
  seenVersion: z.int(),
  annotator: z.string(),
  seconds: z.number().nullable(),
  finishedAt: moment.nullable(),
  receivedAt: moment,
  outcome: z.enum(['labelled', 'empty', 'skipped', 'deleted']),
  groundTruth: z.boolean(),
  beforeConnection: z.boolean(),
  prelabel: z
    .strictObject({ modelDigest: z.string(), use: z.enum(['accepted', 'edited', 'ignored']) })
    .nullable(),
})

export type RunMask = z.infer<typeof runMask>
export type Label = z.infer<typeof label>
export type LabelsReply = z.infer<typeof labelsReply>
export type LabelRecord = z.infer<typeof labelRecord>
