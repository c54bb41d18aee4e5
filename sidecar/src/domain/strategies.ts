/** Ways to choose the next batch: the suggestion and what it is compared with. DESIGN section 2, baselines. */
import type { DescriptorTable } from './descriptor-table.ts'
import { draws } from './random.ts'
import { distinctRows, highest, lowerRow, type Ties } from './ranking.ts'
import { suggest } from './select.ts'
import type { Measure } from './similarity.ts'

export const strategyNames = ['suggestive', 'uncertainty', 'random', 'random-foreground'] as const
export type StrategyName = (typeof strategyNames)[number]

/** What the ensemble says about every image, `[rows]` each. */
export interface PoolScores {
  readonly uncertainty: Float32Array | Float64Array
  /** Share of pixels predicted as foreground, 0..1. */
  readonly foreground: Float32Array | Float64Array
  readonly descriptors: DescriptorTable
  readonly measure?: Measure
}

export interface BatchRequest {
  readonly k: number
  /** K of the suggestion; the other strategies do not use it. */
  readonly candidates: number
  /** Rows that may be chosen. */
  readonly eligible: Iterable<number>
  /** Order of equals, and the order from which random strategies draw: by digest, never by arrival. */
  readonly ties?: Ties
  readonly seed: number
  readonly round: number
}

type Strategy = (request: BatchRequest, scores: () => PoolScores) => Promise<readonly number[]>

const strategies: Readonly<Record<StrategyName, Strategy>> = {
  suggestive: async (request, scores) => (await suggest({ ...request, ...scores() })).rows,

  uncertainty: async ({ eligible, k, ties }, scores) =>
    highest(scores().uncertainty, distinctRows(eligible, 0), k, ties),

  random: async (request) => shuffled(inOrder(request), request, 'random').slice(0, request.k),

  // What the field asks for today: never the third with the least foreground, as long as the rest lasts.
  'random-foreground': async (request, scores) => {
    const rows = distinctRows(request.eligible, 0)
    const byShare = highest(scores().foreground, rows, rows.length, request.ties)
    const upper = Math.ceil((2 * rows.length) / 3)
    const order = request.ties ?? lowerRow
    return [byShare.slice(0, upper), byShare.slice(upper)]
      .flatMap((part) => shuffled(part.sort(order), request, 'random-foreground'))
      .slice(0, request.k)
  },
}

/** True for strategies that look at the ensemble's predictions; `random` can do without. */
export const needsScores = (name: StrategyName): boolean => name !== 'random'

/**
 * At most k eligible rows in the order chosen. `scores` is asked only by strategies that need them. Random draws
 * come from (seed, 'strategy', name, round).
 */
export function chooseBatch(
  name: StrategyName,
  request: BatchRequest,
  scores: () => PoolScores,
): Promise<readonly number[]> {
  return strategies[name](request, scores)
}

const inOrder = ({ eligible, ties = lowerRow }: BatchRequest) => [...new Set(eligible)].sort(ties)

function shuffled(rows: readonly number[], { seed, round }: BatchRequest, name: string): number[] {
  const order = draws(seed, 'strategy', name, round).permutation(rows.length)
  return Array.from(order, (i) => rows[i] ?? 0)
}
