/** Options of a command, from words to values: strict, with one sentence for wrong use. */
import { readFile } from 'node:fs/promises'
import { type ParseArgsConfig, parseArgs, types } from 'node:util'
import { Problem } from '@suggestive/shared/problem'

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
    const [reason = ''] = types.isNativeError(cause) ? cause.message.split('. ') : [String(cause)]
    const sentence = reason.split('\n')[0]?.replace(/\.$/, '')
    throw new Problem('wrong-use', `${sentence}: see suggest ${command} --help.`, { cause })
  }
}

/**
 * The same for a command with one word of its own, e.g. `backup FOLDER`: it becomes the value `name`.
 *
 * @throws Problem 'wrong-use' for more words
 */
export function splitPositional(
  command: string,
  args: readonly string[],
  name: string,
  options: NonNullable<ParseArgsConfig['options']>,
): Flags {
  const word = oneWord(args)
  const flags = flagsOf(command, word === undefined ? args : args.slice(1), options)
  return word === undefined ? flags : { ...flags, [name]: word }
}

/** The word of its own that a command begins with. */
export function oneWord([word]: readonly string[]): string | undefined {
  return word === undefined || word.startsWith('-') ? undefined : word
}

/** A text option. */
export function textOf(flags: Flags, name: string): string | undefined {
  const value = flags[name]
  if (value === '') throw new Problem('wrong-use', `--${name} is empty; give it a value.`)
  return typeof value === 'string' ? value : undefined
}

/** A text option that must be there. @param meaning e.g. `the folder for the results` */
export function requiredText(flags: Flags, name: string, meaning: string): string {
  const value = textOf(flags, name)
  if (value !== undefined) return value
  throw new Problem('wrong-use', `--${name} is missing: name ${meaning}.`)
}

/** The command's own word, from `splitPositional`. */
export function requiredWord(flags: Flags, name: string, meaning: string): string {
  const value = flags[name]
  if (typeof value === 'string' && value !== '') return value
  throw new Problem('wrong-use', `${name.toUpperCase()} is missing: name ${meaning}.`)
}

/** A numeric option. @throws Problem 'wrong-use' for other words. */
export function numberOf(flags: Flags, name: string): number | undefined {
  const text = textOf(flags, name)
  return text === undefined ? undefined : parsedNumber(name, text)
}

/** A whole number of at least `least`, or the usual one. */
export function wholeNumberOf<Usual extends number | undefined>(
  flags: Flags,
  name: string,
  usual: Usual,
  least: number,
): number | Usual {
  const value = numberOf(flags, name)
  if (value === undefined) return usual
  if (Number.isSafeInteger(value) && value >= least) return value
  throw new Problem('wrong-use', `--${name} is ${value}; give a whole number of at least ${least}.`)
}

export function parsedNumber(name: string, word: string): number {
  const value = Number(word)
  if (word.trim() !== '' && Number.isFinite(value)) return value
  throw new Problem('wrong-use', `--${name} holds "${word}", which is not a number; give a number.`)
}

/** What a file holds, e.g. a secret that must stay out of the list of processes. @param what e.g. `the token` */
export async function textInFile(path: string, what: string): Promise<string> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new Problem('wrong-use', `Cannot read ${path}: name a file with ${what}.`, { cause })
  })
  return text.trim()
}

/** Words between commas. */
export function listOf(flags: Flags, name: string): string[] | undefined {
  return textOf(flags, name)
    ?.split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

/** One of a few words. */
export function oneOf<T extends string>(
  flags: Flags,
  name: string,
  choices: readonly T[],
  usual: T,
): T {
  const word = textOf(flags, name)
  if (word === undefined) return usual
  const found = choices.find((choice) => choice === word)
  if (found !== undefined) return found
  throw new Problem(
    'wrong-use',
    `--${name} is "${word}"; choose ${choices.slice(0, -1).join(', ')} or ${choices.at(-1)}.`,
  )
}

/** A working scale. */
export function scaleOf(flags: Flags): number | undefined {
  const scale = numberOf(flags, 'scale')
  if (scale === undefined || [1, 0.5, 0.25, 0.125].includes(scale)) return scale
  throw new Problem('wrong-use', `--scale is ${scale}; choose 1, 0.5, 0.25 or 0.125.`)
}

export type EngineChoice = 'auto' | 'onnx' | 'tensorflow'

export function engineOf(flags: Flags): EngineChoice {
  return oneOf<EngineChoice>(flags, 'engine', ['auto', 'onnx', 'tensorflow'], 'auto')
}
