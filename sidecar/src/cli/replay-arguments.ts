/** The options that `replay` and `demo` share, from words to numbers. */
import type { ParseArgsConfig } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { type ReplayOptions, usualReplay } from '../app/replay/options.ts'
import type { ProfileName } from '../domain/settings.ts'
import { type StrategyName, strategyNames } from '../domain/strategies.ts'
import { type Flags, listOf, numberOf, parsedNumber } from './flags.ts'
import { engineFlags, settingsFlags, settingsHelp, settingsOf } from './settings-flags.ts'

/** As `parseArgs` wants them. */
export const replayFlags = {
  ...settingsFlags,
  ...engineFlags,
  strategies: { type: 'string' },
  seeds: { type: 'string' },
  initial: { type: 'string' },
  k: { type: 'string' },
  candidates: { type: 'string' },
  budgets: { type: 'string' },
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
  --budgets      fractions of the pool's pixels at which strategies are compared (0.1,0.3,0.5)
  --no-reference leave out the ensemble trained on the whole pool
  --out          folder for curve.csv, result.json and report.html; an interrupted run goes on there
${settingsHelp}`

/** Defaults where a flag is absent; what makes sense together is checked by the use case. */
export function replayOptionsOf(
  flags: Flags,
  usual: Omit<ReplayOptions, 'settings'>,
  usualProfile: ProfileName,
): ReplayOptions {
  return {
    strategies: listOf(flags, 'strategies')?.map(strategyNamed) ?? usual.strategies,
    seeds: numberOf(flags, 'seeds') ?? usual.seeds,
    initial: numberOf(flags, 'initial') ?? usual.initial,
    k: numberOf(flags, 'k') ?? usual.k,
    candidates: numberOf(flags, 'candidates') ?? usual.candidates,
    budgets:
      listOf(flags, 'budgets')?.map((word) => parsedNumber('budgets', word)) ?? usual.budgets,
    settings: settingsOf(flags, usualProfile),
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
