/** Command-line options of a bench: strict, with one sentence for wrong use. */
import { type ParseArgsConfig, parseArgs } from 'node:util'
import { Problem } from '@suggestive/shared/problem'

/** The values of `options`; an unknown or incomplete option is wrong use. */
export function parseOptions<T extends NonNullable<ParseArgsConfig['options']>>(
  bench: string,
  words: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...words], options, strict: true, allowPositionals: false }).values
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('. ')[0] : String(cause)
    throw new Problem('wrong-use', `${reason}; see npm run bench -- ${bench} --help.`, { cause })
  }
}

/** A whole number >= `least`. */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new Problem('wrong-use', `--${option} must be a whole number >= ${least}, not "${text}".`)
}
