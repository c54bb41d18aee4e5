/** Events: what changed, in order, over the WebSocket `/v1/events`. */
import { z } from 'zod'
import { moment } from '../protocol.ts'
import { receipt } from './queue.ts'
import { roundState } from './round.ts'

const stored = { id: z.int().min(1), at: moment, project: z.string().nullable() }

const event = <Type extends string, Data extends z.ZodType>(type: Type, data: Data) =>
  z.strictObject({ ...stored, type: z.literal(type), data })

export const storedEvent = z.discriminatedUnion('type', [
  event(
    'round.finished',
    z.strictObject({
      round: z.int(),
      state: roundState,
      modelDigest: z.string().nullable(),
    }),
  ),
  event(
    'queue.published',
    z.strictObject({ revision: z.int(), length: z.int(), published: z.int() }),
  ),
  event('queue.receipt', receipt),
  /** One per stored batch. */
  event(
    'label.ingested',
    z.strictObject({
      labels: z.array(z.strictObject({ taskKey: z.string(), outcome: z.string() })),
      labelled: z.int(),
    }),
  ),
  /** The plugin sends the bytes of these tasks' images. */
  event('image.wanted', z.strictObject({ taskKeys: z.array(z.string()) })),
  event('budget.changed', z.strictObject({ images: z.int(), annotationSeconds: z.number() })),
  event(
    'problem.raised',
    z.strictObject({ key: z.string(), sentence: z.string(), remedy: z.string() }),
  ),
  event('problem.cleared', z.strictObject({ key: z.string() })),
])

/** Never stored, never replayed, at most 4 a second. */
export const progressEvent = z.strictObject({
  at: moment,
  project: z.string(),
  type: z.literal('round.progress'),
  data: z.strictObject({
    round: z.int(),
    state: roundState,
    /** Of the member that trains now. */
    member: z.int().nullable(),
    members: z.int(),
    iteration: z.int().nullable(),
    iterations: z.int().nullable(),
    loss: z.number().nullable(),
    scored: z.int(),
    pool: z.int(),
    secondsLeft: z.number().nullable(),
  }),
})

/** What was asked for is no longer kept: read everything again; events after `id` follow. */
const resetEvent = z.strictObject({ type: z.literal('reset'), id: z.int(), at: moment })

export const anyEvent = z.union([storedEvent, progressEvent, resetEvent])

export const problemView = z.strictObject({
  key: z.string(),
  project: z.string().nullable(),
  sentence: z.string(),
  remedy: z.string(),
  /** Where a person can look at it. */
  url: z.string().nullable(),
  raisedAt: moment,
})

export type StoredEvent = z.infer<typeof storedEvent>
export type ProgressEvent = z.infer<typeof progressEvent>
export type AnyEvent = z.infer<typeof anyEvent>
export type ProblemView = z.infer<typeof problemView>
