/** One finished round of a replay as it is kept on disk, so that an interrupted replay goes on from there. */
import { Problem } from '@suggestive/shared/problem'
import type { StrategyName } from '../../domain/strategies.ts'
import type { Calibration } from './calibration.ts'
import type { TestFigures } from './figures.ts'
import type { Neighbours } from './neighbours.ts'

/** `initial`: the random set that all strategies share; `reference`: the whole pool. */
export type StageName = 'initial' | 'reference' | StrategyName

export interface RoundRecord {
  readonly stage: StageName
  readonly seed: number
  /** 0 for the initial set and the reference, then 1, 2, ... */
  readonly round: number
  /** Rows of the pool that this round revealed, in the order chosen. */
  readonly added: readonly number[]
  /** Annotated images so far. */
  readonly images: number
  /** Annotated pixels so far, and their share of the pool's. */
  readonly pixels: number
  readonly fraction: number
  /** Training, measuring and scoring; of an interrupted training only the part after it went on. */
  readonly seconds: number
  /** Digest of the model that was measured. */
  readonly model: string
  readonly figures: TestFigures
  readonly calibration: Calibration
  /** Nearest images within the test set. */
  readonly neighbours: readonly Neighbours[]
  /** The batch that each strategy chose after this round; not yet cut at a budget. */
  readonly next: Readonly<Partial<Record<StrategyName, readonly number[]>>>
}

/** Texts by name, below the output folder; writing is atomic. */
export interface Archive {
  /** Undefined when there is none. */
  read(name: string): Promise<string | undefined>
  write(name: string, text: string): Promise<void>
}

const argumentsName = 'state/arguments.json'

function recordName({ stage, seed, round }: Pick<RoundRecord, 'stage' | 'seed' | 'round'>) {
  return `state/seed-${seed}/${stage}-${String(round).padStart(4, '0')}.json`
}

/**
 * Makes sure that kept rounds belong to these arguments: rounds of different runs must not be mixed.
 * @throws Problem 'wrong-use' that names the first difference.
 */
export async function claimArchive(archive: Archive, given: unknown): Promise<void> {
  const text = await archive.read(argumentsName)
  if (text === undefined) {
    await archive.write(argumentsName, `${JSON.stringify(given, null, 1)}\n`)
    return
  }
  const difference = firstDifference(parsed(text, argumentsName), JSON.parse(JSON.stringify(given)))
  if (difference === undefined) return
  throw new Problem(
    'wrong-use',
    `The output folder holds a replay with other arguments (${difference}): give the same ones to go on with it, or name another folder with --out.`,
  )
}

export async function keptRecord(
  archive: Archive,
  of: Pick<RoundRecord, 'stage' | 'seed' | 'round'>,
): Promise<RoundRecord | undefined> {
  const name = recordName(of)
  const text = await archive.read(name)
  if (text === undefined) return undefined
  const value = parsed(text, name)
  if (isRecord(value)) return value
  throw damaged(name)
}

export async function keepRecord(archive: Archive, record: RoundRecord): Promise<void> {
  await archive.write(recordName(record), `${JSON.stringify(record)}\n`)
}

function parsed(text: string, name: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw damaged(name, cause)
  }
}

function damaged(name: string, cause?: unknown): Problem {
  return new Problem(
    'unreadable-input',
    `The kept round ${name} in the output folder is damaged; delete this file and start again with the same arguments.`,
    { cause },
  )
}

/** Whole files are written at once, so a file with these fields has the others too. */
function isRecord(value: unknown): value is RoundRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    ['stage', 'added', 'pixels', 'figures', 'calibration', 'neighbours', 'next'].every(
      (field) => field in value,
    )
  )
}

/** Path and both values of the first place where two JSON values differ, e.g. `k: 8 there, 4 here`. */
function firstDifference(there: unknown, here: unknown, path = ''): string | undefined {
  if (isTree(there) && isTree(here) && Array.isArray(there) === Array.isArray(here)) {
    for (const key of new Set([...Object.keys(there), ...Object.keys(here)])) {
      const below = firstDifference(there[key], here[key], path === '' ? key : `${path}.${key}`)
      if (below !== undefined) return below
    }
    return undefined
  }
  if (there === here) return undefined
  return `${path}: ${shown(there)} there, ${shown(here)} here`
}

function isTree(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
