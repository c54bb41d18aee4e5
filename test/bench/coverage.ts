/** How many kinds of generated images the suggestion covers at a budget, against the uncertainty query, over seeds. */
import { existsSync, readFileSync } from 'node:fs'
import { Problem } from '@suggestive/shared/problem'
import { countKinds } from '@suggestive/sidecar/app/replay/kinds'
import { scorePool } from '@suggestive/sidecar/app/replay/measure'
import { phantomSets } from '@suggestive/sidecar/app/replay/phantoms'
import {
  costsOf,
  cutBatch,
  initialRows,
  isReached,
  pixelsOf,
} from '@suggestive/sidecar/app/replay/protocol'
import { type ReplaySource, sortedSets } from '@suggestive/sidecar/app/replay/source'
import { tableOfRows } from '@suggestive/sidecar/domain/descriptor-table'
import { pairedInterval } from '@suggestive/sidecar/domain/interval'
import { mean } from '@suggestive/sidecar/domain/metrics'
import { draws } from '@suggestive/sidecar/domain/random'
import { profiles, type Settings } from '@suggestive/sidecar/domain/settings'
import { chooseBatch, type PoolScores } from '@suggestive/sidecar/domain/strategies'
import { RemoteEngine } from '@suggestive/sidecar/engine/remote'
import type { Engine } from '@suggestive/sidecar/ports'
import { writeAtomically } from '@suggestive/sidecar/store/files'
import { parseOptions, wholeNumber } from './options.ts'

const usage = `Usage: npm run bench -- coverage [options]

Trains the first ensemble of the demo's replay for each seed (8 random images of 160, profile quick) and lets the
strategies choose the images up to the 10 % budget: how many of the ten kinds are among the annotated images?
Finished seeds are kept in --out, so an interrupted run goes on.

  --seeds N         default 10
  --images N        default 160
  --k N             default 8
  --candidates N    default 16
  --initial N       default 8
  --budget F        default 0.1
  --engine NAME     onnx or tensorflow, default onnx
  --threads N       default 2
  --out FILE        default coverage.json
`

/** How often descriptors are dealt out anew: one dealing may be lucky. */
const dealings = 20

const say = (sentence: string) => process.stderr.write(`${sentence}\n`)

export interface CoverageSettings {
  readonly images: number
  readonly k: number
  readonly candidates: number
  readonly initial: number
  readonly budget: number
}

/** Kinds among the annotated images per way to choose them. */
export interface Kinds {
  readonly suggestive: number
  readonly uncertainty: number
  readonly random: number
  /** Suggestive with every image given the descriptor of another one; mean over `dealings`. */
  readonly shuffled: number
  /** Whether suggestive with K = k chose exactly the images of the uncertainty query. */
  readonly isQueryAtKEqualsK: boolean
}

/** One seed: one training, then only choices. */
export async function kindsOfSeed(
  engine: Engine,
  pool: readonly ReplaySource[],
  classValues: readonly number[],
  training: Settings,
  { k, candidates, initial, budget }: CoverageSettings,
  seed: number,
): Promise<Kinds> {
  const masks = await Promise.all(pool.map((source) => source.readMask()))
  const costs = costsOf(masks.map(({ width, height }) => width * height))
  const revealed = initialRows(pool.length, initial, seed)
  const { signal } = new AbortController()
  const images = revealed.flatMap((row) => pool[row] ?? [])
  const request = { images, settings: training, classValues, seed, round: 0 }
  const model = await engine.train(request, () => undefined, signal)
  const known = new Set(revealed)
  const eligible = [...pool.keys()].filter((row) => !known.has(row))
  const on = () => undefined
  const scores = await scorePool(model, pool, eligible, { engine, on, signal })
  const choose = (name: 'suggestive' | 'uncertainty' | 'random', from: PoolScores, among: number) =>
    chooseBatch(name, { k, candidates: among, eligible, seed, round: 0 }, () => from)
  const kinds = (batch: readonly number[]) => {
    const rows = [...revealed, ...cutBatch(batch, revealed, [budget], costs)]
    if (isReached(budget, pixelsOf(rows, costs), costs)) return countKinds(rows, pool)
    throw new Problem(
      'wrong-use',
      `--initial ${initial} and one batch of --k ${k} do not reach the budget ${budget}; give larger ones.`,
    )
  }
  const uncertainty = await choose('uncertainty', scores, candidates)
  const narrow = await choose('suggestive', scores, k)
  const dealt: number[] = []
  for (let dealing = 0; dealing < dealings; dealing++) {
    const mixed = await shuffled(scores, eligible, seed, dealing)
    dealt.push(kinds(await choose('suggestive', mixed, candidates)))
  }
  const query = new Set(uncertainty)
  return {
    suggestive: kinds(await choose('suggestive', scores, candidates)),
    uncertainty: kinds(uncertainty),
    random: kinds(await choose('random', scores, candidates)),
    shuffled: mean(dealt),
    isQueryAtKEqualsK: narrow.length === query.size && narrow.every((row) => query.has(row)),
  }
}

/** The same scores with the descriptors of the eligible rows dealt out at random. */
async function shuffled(
  scores: PoolScores,
  eligible: readonly number[],
  seed: number,
  dealing: number,
): Promise<PoolScores> {
  const { rows, width } = scores.descriptors
  const own: Float32Array[] = []
  for (let row = 0; row < rows; row++) {
    const read = await scores.descriptors.read(row, 1, new Float32Array(width))
    own.push(read.slice())
  }
  const order = draws(seed, 'coverage', 'shuffle', dealing).permutation(eligible.length)
  const dealt = [...own]
  eligible.forEach((row, i) => {
    dealt[row] = own[eligible[order[i] ?? i] ?? row] ?? new Float32Array(width)
  })
  return { ...scores, descriptors: tableOfRows(dealt) }
}

/** Exit code 0 when suggestive covers more kinds than the uncertainty query, and more than with shuffled descriptors. */
export async function benchCoverage(words: readonly string[]): Promise<number> {
  const options = parseOptions('coverage', words, {
    help: { type: 'boolean', short: 'h', default: false },
    seeds: { type: 'string', default: '10' },
    images: { type: 'string', default: '160' },
    k: { type: 'string', default: '8' },
    candidates: { type: 'string', default: '16' },
    initial: { type: 'string', default: '8' },
    budget: { type: 'string', default: '0.1' },
    engine: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '2' },
    out: { type: 'string', default: 'coverage.json' },
  })
  if (options.help) {
    process.stdout.write(usage)
    return 0
  }
  const settings: CoverageSettings = {
    images: wholeNumber('images', options.images, 2),
    k: wholeNumber('k', options.k, 1),
    candidates: wholeNumber('candidates', options.candidates, 1),
    initial: wholeNumber('initial', options.initial, 1),
    budget: Number(options.budget),
  }
  const seeds = wholeNumber('seeds', options.seeds, 1)
  const training = profiles.quick
  const kept = readKept(options.out, { settings, training })
  const engine = new RemoteEngine({
    engine: options.engine === 'tensorflow' ? 'tensorflow' : 'onnx',
    threads: wholeNumber('threads', options.threads, 1),
  })
  try {
    const sets = phantomSets(1, settings.images, 128)
    const { pool } = sortedSets(sets)
    for (let seed = 1; seed <= seeds; seed++) {
      if (kept[seed] !== undefined) continue
      const start = performance.now()
      kept[seed] = await kindsOfSeed(engine, pool, sets.classValues, training, settings, seed)
      await writeAtomically(
        options.out,
        `${JSON.stringify({ settings, training, kinds: kept }, null, 1)}\n`,
      )
      const seconds = Math.round((performance.now() - start) / 1000)
      say(`seed ${seed}: ${JSON.stringify(kept[seed])} ${seconds} s`)
    }
  } finally {
    await engine.close()
  }
  return conclude(kept, seeds)
}

function readKept(path: string, wanted: object): Record<number, Kinds> {
  if (!existsSync(path)) return {}
  const { kinds, ...given } = JSON.parse(readFileSync(path, 'utf8'))
  if (JSON.stringify(given) === JSON.stringify(wanted)) return kinds
  throw new Problem(
    'wrong-use',
    `${path} holds the seeds of other settings; delete it or name another file with --out.`,
  )
}

function conclude(kept: Readonly<Record<number, Kinds>>, seeds: number): number {
  const of = (name: 'suggestive' | 'uncertainty' | 'random' | 'shuffled') =>
    new Map(Array.from({ length: seeds }, (_, i) => [i + 1, kept[i + 1]?.[name] ?? 0]))
  const difference = (a: ReturnType<typeof of>, b: ReturnType<typeof of>, name: string) => {
    const interval = pairedInterval(a, b, draws(0, 'coverage', name))
    say(
      `${name}: ${interval.mean.toFixed(2)} kinds, 95 % interval ${interval.low.toFixed(2)} to ${interval.high.toFixed(2)} (n = ${seeds})`,
    )
    return interval
  }
  const gain = difference(of('suggestive'), of('uncertainty'), 'suggestive - uncertainty')
  difference(of('suggestive'), of('random'), 'suggestive - random')
  difference(of('shuffled'), of('uncertainty'), 'shuffled - uncertainty')
  const own = difference(of('suggestive'), of('shuffled'), 'suggestive - shuffled')
  const isQuery = Object.values(kept).every(({ isQueryAtKEqualsK }) => isQueryAtKEqualsK)
  say(`K = k equals the uncertainty query image by image: ${isQuery ? 'yes' : 'NO'}`)
  const reached = gain.low > 0 && isQuery && own.low > 0
  say(reached ? 'reached' : 'NOT reached')
  return reached ? 0 : 1
}
