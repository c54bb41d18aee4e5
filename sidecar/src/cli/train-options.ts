/** The options of `train`, from words to settings. */
import type { ParseArgsConfig } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { type NetworkName, type ProfileName, profiles, type Settings } from '../domain/settings.ts'
import {
  type EngineChoice,
  engineOf,
  type Flags,
  oneOf,
  requiredText,
  scaleOf,
  wholeNumberOf,
} from './flags.ts'

/** As `parseArgs` wants them. */
export const trainFlags = {
  images: { type: 'string' },
  masks: { type: 'string' },
  out: { type: 'string' },
  profile: { type: 'string' },
  scale: { type: 'string' },
  network: { type: 'string' },
  engine: { type: 'string' },
  threads: { type: 'string' },
  seed: { type: 'string' },
  members: { type: 'string' },
  iterations: { type: 'string' },
  crop: { type: 'string' },
  batch: { type: 'string' },
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

/** The number of threads that was asked for. */
export function threadsOf(flags: Flags): number | undefined {
  return wholeNumberOf(flags, 'threads', undefined, 1)
}

/**
 * The settings of a profile with everything that was asked for otherwise.
 * @throws Problem 'wrong-use' for the first option that makes no sense.
 */
export function settingsOf(flags: Flags, usualProfile: ProfileName): Settings {
  const profile = oneOf(flags, 'profile', ['quick', 'balanced', 'paper'], usualProfile)
  const settings = profiles[profile]
  const crop = wholeNumberOf(flags, 'crop', settings.crop, 32)
  if (crop % 32 !== 0) {
    throw new Problem('wrong-use', `--crop is ${crop}; give a multiple of 32.`)
  }
  return {
    ...settings,
    network: oneOf<NetworkName>(flags, 'network', ['fcn', 'unet'], settings.network),
    scale: scaleOf(flags) ?? settings.scale,
    members: wholeNumberOf(flags, 'members', settings.members, 1),
    iterations: wholeNumberOf(flags, 'iterations', settings.iterations, 1),
    crop,
    batch: wholeNumberOf(flags, 'batch', settings.batch, 1),
  }
}
