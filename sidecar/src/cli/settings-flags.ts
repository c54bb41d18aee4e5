/** The options that say how an ensemble is trained, shared by all commands that train, and which engine computes. */
import type { ParseArgsConfig } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { type NetworkName, type ProfileName, profiles, type Settings } from '../domain/settings.ts'
import { type Flags, oneOf, scaleOf, wholeNumberOf } from './flags.ts'

/** As `parseArgs` wants them. */
export const settingsFlags = {
  profile: { type: 'string' },
  scale: { type: 'string' },
  network: { type: 'string' },
  members: { type: 'string' },
  iterations: { type: 'string' },
  crop: { type: 'string' },
  batch: { type: 'string' },
} as const satisfies ParseArgsConfig['options']

export const engineFlags = {
  engine: { type: 'string' },
  threads: { type: 'string' },
} as const satisfies ParseArgsConfig['options']

/** Help for both. */
export const settingsHelp = `  --profile      quick, balanced or paper (quick; paper with a GPU)
  --scale        working scale 1, 0.5, 0.25 or 0.125 (as the profile says)
  --network      fcn or unet (fcn)
  --engine       auto, onnx or tensorflow (auto)
  --threads      threads that compute (one per core, at most 8)

For people who know what they change; the profile says the usual value:
  --members      networks of an ensemble
  --iterations   training steps of each
  --crop         side of a training crop in pixels, a multiple of 32
  --batch        crops per step
`

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

/** The number of threads that was asked for. */
export function threadsOf(flags: Flags): number | undefined {
  return wholeNumberOf(flags, 'threads', undefined, 1)
}
