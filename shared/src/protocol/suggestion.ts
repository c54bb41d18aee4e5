/** Suggestions: what the model in use sees in one task. */
import { z } from 'zod'
import { runMask } from './label.ts'

/** Seconds that a request waits for the engine when no map is stored; 0: answered at once. */
export const suggestionQuery = z.strictObject({
  wait: z.coerce.number().min(0).max(60).default(0),
})

export const mapQuery = z.strictObject({
  ...suggestionQuery.shape,
  /** Id of the class; needed with several classes only. */
  class: z.coerce.number().int().min(1).max(255).optional(),
})

export const suggestion = z.strictObject({
  taskKey: z.string(),
  modelDigest: z.string(),
  round: z.int(),
  uncertainty: z.number(),
  foreground: z.number(),
  mask: runMask,
  /** Mean probability inside of the pixels of each class that has any, 0..1. */
  scores: z.array(z.strictObject({ classId: z.int(), score: z.number() })),
  /** Addresses of the maps as PNG: 16-bit grey, 65535 = 1 (uncertainty: a variance of 0.25). */
  maps: z.strictObject({
    mask: z.string(),
    probability: z.array(z.strictObject({ classId: z.int(), address: z.string() })),
    uncertainty: z.string(),
  }),
})
