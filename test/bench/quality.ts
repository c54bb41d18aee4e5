/** `npm run bench -- quality`: Dice of an ensemble on images that it never saw, by kind, beside a threshold. */
import { readFileSync } from 'node:fs'
import { Problem } from '@suggestive/shared/problem'
import { countPixels, mean, meanForegroundDice } from '@suggestive/sidecar/domain/metrics'
import { otsuScore } from '@suggestive/sidecar/domain/otsu'
import { phantom } from '@suggestive/sidecar/domain/phantom'
import { profiles, type Settings } from '@suggestive/sidecar/domain/settings'
import { RemoteEngine } from '@suggestive/sidecar/engine/remote'
import { labelledSources } from '@suggestive/sidecar/folder'
import type { LabelledSource } from '@suggestive/sidecar/ports'
import { parseOptions, wholeNumber } from './options.ts'

const usage = `Usage: npm run bench -- quality --images DIR --masks DIR [options]
       npm run bench -- quality --set tissue|sparse [options]

Trains an ensemble and prints one JSON line: mean Dice over the test images, by kind, and the Dice of a per-image Otsu
threshold of the better polarity. Test images of a folder: every fifth in name order (1st, 6th, ...).

  --images DIR, --masks DIR   annotated images
  --kinds FILE.csv            with the columns name and kind
  --set NAME                  generated images instead: 160 to train on, 40 others to test on
  --profile NAME              quick, balanced or paper; default quick
  --settings JSON             single settings in its place, e.g. '{"members":1}'
  --seed N                    default 1
  --engine NAME               onnx or tensorflow; default onnx
  --threads N                 default 2
`

interface Sample {
  readonly source: LabelledSource
  readonly kind: string
}

interface Sets {
  readonly training: readonly LabelledSource[]
  readonly test: readonly Sample[]
  readonly classValues: readonly number[]
}

export async function benchQuality(words: string[]): Promise<number> {
  const flags = parseOptions('quality', words, {
    images: { type: 'string' },
    masks: { type: 'string' },
    kinds: { type: 'string' },
    set: { type: 'string' },
    profile: { type: 'string', default: 'quick' },
    settings: { type: 'string', default: '{}' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'onnx' },
    threads: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  })
  if (flags.help) {
    process.stdout.write(usage)
    return 0
  }
  const sets =
    flags.images !== undefined && flags.masks !== undefined
      ? await folderSets(flags.images, flags.masks, flags.kinds)
      : generatedSets(flags.set)
  const settings = settingsOf(flags.profile, flags.settings)
  const engine = new RemoteEngine({
    engine: flags.engine === 'tensorflow' ? 'tensorflow' : 'onnx',
    threads: wholeNumber('threads', flags.threads, 1),
  })
  try {
    const seed = wholeNumber('seed', flags.seed, 0)
    const figures = await measure(engine, sets, settings, seed)
    const info = await engine.info()
    process.stdout.write(`${JSON.stringify({ seed, ...figures, engine: info })}\n`)
  } finally {
    await engine.close()
  }
  return 0
}

async function measure(engine: RemoteEngine, sets: Sets, settings: Settings, seed: number) {
  const { training, test, classValues } = sets
  const never = new AbortController().signal
  const start = performance.now()
  const request = { images: training, settings, classValues, seed, round: 1 }
  const model = await engine.train(
    request,
    (event) => {
      if (event.kind !== 'iteration' || event.iteration % 50 === 0)
        process.stderr.write(`${JSON.stringify(event)}\n`)
    },
    never,
  )
  const trained = performance.now()
  const scores: { kind: string; dice: number; otsu: number }[] = []
  for (const { source, kind } of test) {
    const [picture, truth] = [await source.readPicture(), await source.readMask()]
    const { mask } = await engine.predict(model, picture, never)
    const dice = meanForegroundDice(countPixels(mask, truth, classValues.length))
    scores.push({ kind, dice, otsu: otsuScore(picture, truth).dice })
  }
  const { scale, members } = model.header
  const kinds = [...new Set(scores.map((score) => score.kind))].sort()
  const rounded = (value: number) => Math.round(value * 1e4) / 1e4
  const average = (of: readonly (typeof scores)[number][]) => ({
    images: of.length,
    dice: rounded(mean(of.map((score) => score.dice))),
    otsu: rounded(mean(of.map((score) => score.otsu))),
  })
  return {
    ...average(scores),
    kinds: Object.fromEntries(
      kinds.map((kind) => [kind, average(scores.filter((score) => score.kind === kind))]),
    ),
    settings,
    scale,
    heldOut: members.map((member) => [member.bestIteration, rounded(member.heldOutDice ?? 0)]),
    trainSeconds: Math.round((trained - start) / 1000),
    predictSeconds: Math.round((performance.now() - trained) / 1000),
  }
}

async function folderSets(images: string, masks: string, kindsFile?: string): Promise<Sets> {
  const { sources, classValues } = await labelledSources(images, masks)
  const kinds = kindsFile === undefined ? new Map<string, string>() : readKinds(kindsFile)
  const isTest = (_: LabelledSource, index: number) => index % 5 === 0
  return {
    training: sources.filter((source, i) => !isTest(source, i)),
    test: sources.filter(isTest).map((source) => ({ source, kind: kinds.get(source.name) ?? '' })),
    classValues,
  }
}

function readKinds(path: string): Map<string, string> {
  const [head = '', ...rows] = readFileSync(path, 'utf8').trim().split('\n')
  const columns = head.split(',')
  const [name, kind] = [columns.indexOf('name'), columns.indexOf('kind')]
  if (name < 0 || kind < 0)
    throw new Problem('wrong-use', `${path} needs the columns name and kind in its first line.`)
  return new Map(
    rows.map((row) => [row.split(',')[name] ?? '', row.split(',')[kind] ?? ''] as const),
  )
}

function generatedSets(set: string | undefined): Sets {
  if (set !== 'tissue' && set !== 'sparse')
    throw new Problem('wrong-use', 'Give --images and --masks, or --set tissue or --set sparse.')
  const sample = (index: number): Sample => {
    const { picture, mask, kind, name } = phantom({ seed: 1, index, set })
    return {
      kind: String(kind),
      source: {
        digest: index.toString(16).padStart(64, '0'),
        name,
        readPicture: async () => picture,
        readMask: async () => mask,
      },
    }
  }
  return {
    training: Array.from({ length: 160 }, (_, i) => sample(i).source),
    test: Array.from({ length: 40 }, (_, i) => sample(2000 + i)),
    classValues: [0, 255],
  }
}

function settingsOf(profile: string, json: string): Settings {
  if (profile !== 'quick' && profile !== 'balanced' && profile !== 'paper')
    throw new Problem('wrong-use', `There is no profile "${profile}": quick, balanced or paper.`)
  return { ...profiles[profile], ...JSON.parse(json) }
}
