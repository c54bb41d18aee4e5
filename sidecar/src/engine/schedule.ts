/** When what happens during a training: learning rate and held-out checks. */
import type { Settings } from '../domain/settings.ts'

/** Checks on the held-out images per training. */
const CHECKS = 20

/** Learning rate of iteration 0..iterations-1: linear warm-up, then a cosine down to 0. */
export function learningRate(settings: Settings, iteration: number): number {
  const { learningRate, warmUp, iterations } = settings
  if (iteration < warmUp) return (learningRate * (iteration + 1)) / warmUp
  const progress = (iteration - warmUp) / Math.max(1, iterations - warmUp)
  return learningRate * 0.5 * (1 + Math.cos(Math.PI * progress))
}

/** True when a check (and a checkpoint) is due after `done` iterations; always after the last one. */
export function isCheckDue(settings: Settings, done: number): boolean {
  const { iterations } = settings
  const checks = Math.min(CHECKS, iterations)
  return Math.floor((done * checks) / iterations) > Math.floor(((done - 1) * checks) / iterations)
}
