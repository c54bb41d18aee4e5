/** The options of `train` beside its settings. */
import type { ParseArgsConfig } from 'node:util'
import { type EngineChoice, engineOf, type Flags, requiredText, wholeNumberOf } from './flags.ts'
import { engineFlags, settingsFlags, threadsOf } from './settings-flags.ts'

/** As `parseArgs` wants them. */
export const trainFlags = {
  ...settingsFlags,
  ...engineFlags,
  images: { type: 'string' },
  masks: { type: 'string' },
  out: { type: 'string' },
  seed: { type: 'string' },
  explain: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const satisfies ParseArgsConfig['options']

export interface TrainOptions {
  readonly images: string
  readonly masks: string
  readonly seed: number
  readonly engine: EngineChoice
  /** Absent: as the machine suggests. */
  readonly threads?: number
  readonly explain: boolean
}

/** @throws Problem 'wrong-use' for the first option that makes no sense. */
export function trainOptionsOf(flags: Flags): TrainOptions {
  const threads = threadsOf(flags)
  return {
    images: requiredText(flags, 'images', 'the folder of the annotated images'),
    masks: requiredText(flags, 'masks', 'the folder of their masks'),
    seed: wholeNumberOf(flags, 'seed', 1, 0),
    engine: engineOf(flags),
    ...(threads === undefined ? {} : { threads }),
    explain: flags['explain'] === true,
  }
}
