/** What a replay can be asked for, and the questions that it refuses. */
import { Problem } from '@suggestive/shared/problem'
import type { Settings } from '../../domain/settings.ts'
import { type StrategyName, strategyNames } from '../../domain/strategies.ts'

export interface ReplayOptions {
  readonly strategies: readonly StrategyName[]
  /** Seeds 1..seeds; a seed decides the initial set and all draws of its trainings. */
  readonly seeds: number
  /** Images of the random initial set. */
  readonly initial: number
  /** Images of a batch. */
  readonly k: number
  /** Most uncertain images among which a suggested batch is chosen (the paper's K). */
  readonly candidates: number
  /** Fractions of the pool's pixels, 0..1, at which the strategies are compared. */
  readonly budgets: readonly number[]
  readonly settings: Settings
  /** Whether one ensemble per seed is trained on the whole pool. */
  readonly reference: boolean
}

export type ReplayChoices = Omit<ReplayOptions, 'settings'>

/** The paper's protocol with the product's batch size. */
export const usualReplay: ReplayChoices = {
  strategies: strategyNames,
  seeds: 1,
  initial: 8,
  k: 8,
  candidates: 16,
  budgets: [0.1, 0.3, 0.5],
  reference: true,
}

/**
 * The options with the budgets in ascending order.
 * @throws Problem 'wrong-use' for the first option that makes no sense with a pool of `pool` images.
 */
export function checkedOptions(options: ReplayOptions, pool: number): ReplayOptions {
  const { strategies, seeds, initial, k, candidates, budgets, settings } = options
  requireWhole('--seeds', seeds, 'the number of repetitions')
  requireWhole('--k', k, 'the number of images in a batch')
  requireWhole('--candidates', candidates, 'the number of uncertain images to choose from')
  requireWhole('--initial', initial, 'the number of images in the initial set')
  requireWhole('--members', settings.members, 'the number of networks in an ensemble')
  if (k > candidates) {
    refuse(
      `--k ${k} is larger than --candidates ${candidates}: a batch is chosen among the candidates, so give at least as many candidates as images in a batch.`,
    )
  }
  checkStrategies(strategies)
  checkBudgets(budgets)
  if (initial >= pool) {
    refuse(
      `--initial ${initial} leaves nothing to suggest: the pool holds only ${pool} images; give a smaller --initial or more images.`,
    )
  }
  return { ...options, budgets: [...budgets].sort((a, b) => a - b) }
}

function checkStrategies(strategies: readonly StrategyName[]): void {
  if (strategies.length === 0) {
    refuse(`--strategies is empty; choose among ${strategyNames.join(', ')}.`)
  }
  const twice = strategies.find((name, index) => strategies.indexOf(name) !== index)
  if (twice !== undefined) {
    refuse(`--strategies names "${twice}" twice; name every strategy once.`)
  }
}

function checkBudgets(budgets: readonly number[]): void {
  if (budgets.length === 0)
    refuse('--budgets is empty; give fractions of the pool such as 0.1,0.3.')
  const wrong = budgets.find((budget) => !(budget > 0 && budget <= 1))
  if (wrong !== undefined) {
    refuse(
      `--budgets holds ${wrong}, but a budget is a fraction of the pool's pixels above 0 and at most 1, for example 0.3.`,
    )
  }
  const twice = budgets.find((budget, index) => budgets.indexOf(budget) !== index)
  if (twice !== undefined) refuse(`--budgets names ${twice} twice; name every budget once.`)
}

function requireWhole(option: string, value: number, meaning: string): void {
  if (Number.isSafeInteger(value) && value >= 1) return
  refuse(`${option} is ${meaning} and must be a whole number of at least 1, not ${value}.`)
}

function refuse(sentence: string): never {
  throw new Problem('wrong-use', sentence)
}
