/** The options that `replay` and `demo` share, from words to numbers. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { Problem } from '@suggestive/shared/problem'
import { type ReplayOptions, usualReplay } from '../app/replay-options.ts'
import { type NetworkName, type ProfileName, profiles } from '../domain/settings.ts'
import { type StrategyName, strategyNames } from '../domain/strategies.ts'

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

export type EngineChoice = 'auto' | 'onnx' | 'tensorflow'

export type Flags = Readonly<Partial<Record<string, string | boolean>>>

/** The values of strict options. @throws Problem 'wrong-use' for an unknown or incomplete option. */
export function flagsOf(
  command: string,
  args: readonly string[],
  options: NonNullable<ParseArgsConfig['options']>,
): Flags {
  try {
    const { values } = parseArgs({
      args: [...args],
      options,
      strict: true,
      allowPositionals: false,
    })
    const flags: Record<string, string | boolean> = {}
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'string' || typeof value === 'boolean') flags[name] = value
    }
    return flags
  } catch (cause) {
    const [reason] = cause instanceof Error ? cause.message.split('. ') : [String(cause)]
    throw new Problem('wrong-use', `${reason}: see suggest ${command} --help.`, { cause })
  }
}

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

export function engineOf(flags: Flags): EngineChoice {
  return oneOf<EngineChoice>(flags, 'engine', ['auto', 'onnx', 'tensorflow'], 'auto')
}

/** A text option. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  if (value === '') throw new Problem('wrong-use', `--${name} is empty; give it a value.`)
  return typeof value === 'string' ? value : undefined
}

/** A numeric option. @throws Problem 'wrong-use' for other words. */
export function numberOf(flags: Flags, name: string): number | undefined {
  const text = textOf(flags, name)
  return text === undefined ? undefined : parsedNumber(name, text)
}

function parsedNumber(name: string, word: string): number {
  const value = Number(word)
  if (word.trim() !== '' && Number.isFinite(value)) return value
  throw new Problem('wrong-use', `--${name} holds "${word}", which is not a number; give a number.`)
}

function listOf(flags: Flags, name: string): string[] | undefined {
  return textOf(flags, name)
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function strategyNamed(word: string): StrategyName {
  const found = strategyNames.find((name) => name === word)
  if (found !== undefined) return found
  throw new Problem(
    'wrong-use',
    `There is no strategy "${word}" in --strategies; choose among ${strategyNames.join(', ')}.`,
  )
}

function scaleOf(flags: Flags): number | undefined {
  const scale = numberOf(flags, 'scale')
  if (scale === undefined || [1, 0.5, 0.25, 0.125].includes(scale)) return scale
  throw new Problem('wrong-use', `--scale is ${scale}; choose 1, 0.5, 0.25 or 0.125.`)
}

function oneOf<T extends string>(flags: Flags, name: string, choices: readonly T[], usual: T): T {
  const word = textOf(flags, name)
  if (word === undefined) return usual
  const found = choices.find((choice) => choice === word)
  if (found !== undefined) return found
  throw new Problem(
    'wrong-use',
    `--${name} is "${word}"; choose ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`,
  )
}
