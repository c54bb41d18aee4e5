/** The options that `replay` and `demo` share, from words to numbers. */
import type { ParseArgsConfig } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { type ReplayOptions, usualReplay } from '../app/replay/options.ts'
import { type NetworkName, type ProfileName, profiles } from '../domain/settings.ts'
import { type StrategyName, strategyNames } from '../domain/strategies.ts'
import { type Flags, listOf, numberOf, oneOf, parsedNumber, scaleOf } from './flags.ts'

/** As `parseArgs` wants them. */
export const replayFlags = {
  strategies: { type: 'string' },
  seeds: { type: 'string' },
  initial: { type: 'string' },
  k: { type: 'string' },
  candidates: { type: 'string' },
  members: { type: 'string' },
  budgets: { type: 'string' },
  network: { type: 'string' },
  profile: { type: 'string' },
  scale: { type: 'string' },
  engine: { type: 'string' },
  out: { type: 'string' },
  'no-reference': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options']

/** Help for them; the defaults are those of `replay`. */
export const replayFlagsHelp = `  --strategies   compared strategies (${usualReplay.strategies.join(',')})
  --seeds        repetitions with other initial images and trainings (1); a claim needs at least 5
  --initial      random images annotated at the start, which count as cost (8)
  --k            images of a batch (8)
  --candidates   most uncertain images among which a suggestion is chosen (16)
  --members      networks of an ensemble (4)
  --budgets      fractions of the pool's pixels at which strategies are compared (0.1,0.3,0.5)
  --network      fcn or unet (fcn)
  --profile      quick, balanced or paper (quick; paper with a GPU)
  --scale        working scale 1, 0.5, 0.25 or 0.125 (as the profile says)
  --engine       auto, onnx or tensorflow (auto)
  --no-reference leave out the ensemble trained on the whole pool
  --out          folder for curve.csv, result.json and report.html; an interrupted run goes on there
`

/** Defaults where a flag is absent; what makes sense together is checked by the use case. */
export function replayOptionsOf(
  flags: Flags,
  usual: Omit<ReplayOptions, 'settings'>,
  usualProfile: ProfileName,
): ReplayOptions {
  const profile = oneOf(flags, 'profile', ['quick', 'balanced', 'paper'], usualProfile)
  const settings = profiles[profile]
  const network = oneOf<NetworkName>(flags, 'network', ['fcn', 'unet'], settings.network)
  return {
    strategies: listOf(flags, 'strategies')?.map(strategyNamed) ?? usual.strategies,
    seeds: numberOf(flags, 'seeds') ?? usual.seeds,
    initial: numberOf(flags, 'initial') ?? usual.initial,
    k: numberOf(flags, 'k') ?? usual.k,
    candidates: numberOf(flags, 'candidates') ?? usual.candidates,
    budgets:
      listOf(flags, 'budgets')?.map((word) => parsedNumber('budgets', word)) ?? usual.budgets,
    settings: {
      ...settings,
      network,
      members: numberOf(flags, 'members') ?? settings.members,
      scale: scaleOf(flags) ?? settings.scale,
    },
    reference: flags['no-reference'] === true ? false : usual.reference,
  }
}

function strategyNamed(word: string): StrategyName {
  const found = strategyNames.find((name) => name === word)
  if (found !== undefined) return found
  throw new Problem(
    'wrong-use',
    `There is no strategy "${word}" in --strategies; choose among ${strategyNames.join(', ')}.`,
  )
}
