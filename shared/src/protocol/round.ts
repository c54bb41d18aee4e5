/** Rounds: train on a snapshot of the labels, score the pool, choose, publish. */
import { z } from 'zod'
import { moment } from '../protocol.ts'

export const roundState = z.enum([
  'training',
  'scoring',
  'selecting',
  'publishing',
  'finished',
  'failed',
  'cancelled',
])

/** Settings of the project that a round runs with, whatever the owner changes meanwhile. */
const roundSettings = z.strictObject({
  k: z.int(),
  candidates: z.int(),
  depth: z.int(),
  scoreMinutes: z.number(),
  /** Working scale of the networks; null until the first one is trained. */
  scale: z.number().nullable(),
})

export const round = z.strictObject({
  number: z.int(),
  state: roundState,
  /** Why it began. */
  reason: z.enum(['first', 'labels', 'idle', 'request']),
  startedAt: moment,
  finishedAt: moment.nullable(),
  /** Labelled images of the snapshot. */
  images: z.int(),
  members: z.int(),
  membersTrained: z.int(),
  /** Images of the pool, and how many of them this round has scored. */
  pool: z.int(),
  scored: z.int(),
  modelDigest: z.string().nullable(),
  queueRevision: z.int().nullable(),
  /** Mean Dice of the members on held-out images, 0..1; null below 5 labelled images. */
  heldOutDice: z.number().nullable(),
  computeSeconds: z.number(),
  profile: z.string().nullable(),
  engine: z.string().nullable(),
  seed: z.int(),
  settings: roundSettings,
  warnings: z.array(z.string()),
  /** Why it failed, for people. */
  failure: z.string().nullable(),
})

export const startRoundReply = z.strictObject({ number: z.int() })

export type RoundView = z.infer<typeof round>
export type RoundState = z.infer<typeof roundState>
