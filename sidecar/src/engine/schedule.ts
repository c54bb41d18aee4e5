/** When what happens during a training: learning rate and held-out checks. */
import type { Settings } from '../domain/settings.ts'

/** Checks on the held-out images per training. */
const CHECKS = 20

/**
 * They fall into the last quarter. With the cosine schedule earlier weights are worse nearly always, and a few
 * held-out images would pick them by luck: mixed nuclei, ensemble of four, Dice 0.79 with checks over the whole
 * training.
 */
const FIRST_CHECK = 0.75

/** Checkpoints per training. */
const CHECKPOINTS = 20

/** Learning rate of iteration 0..iterations-1: linear warm-up, then a cosine down to 0. */
export function learningRate(settings: Settings, iteration: number): number {
  const { learningRate, warmUp, iterations } = settings
  if (iteration < warmUp) return (learningRate * (iteration + 1)) / warmUp
  const progress = (iteration - warmUp) / Math.max(1, iterations - warmUp)
  return learningRate * 0.5 * (1 + Math.cos(Math.PI * progress))
}

/** True when a check on the held-out images is due after `done` iterations; always after the last one. */
export function isCheckDue({ iterations }: Settings, done: number): boolean {
  const first = Math.floor(FIRST_CHECK * iterations)
  return isDue(done - first, iterations - first, CHECKS)
}

export function isCheckpointDue({ iterations }: Settings, done: number): boolean {
  return isDue(done, iterations, CHECKPOINTS)
}

/** `times` moments spread evenly over 1..total, the last one at the end; all of them when there are fewer. */
function isDue(done: number, total: number, times: number): boolean {
  if (done <= 0) return false
  const parts = Math.min(times, total)
  return Math.floor((done * parts) / total) > Math.floor(((done - 1) * parts) / total)
}
