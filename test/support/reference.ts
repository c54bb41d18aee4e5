/**
 * What the plain JavaScript backend of tfjs computes for every toy. It runs as a process of its own, since inside
 * Jest's virtual machine it takes a hundred times as long: `reference.ts OUT` writes the results to the file OUT.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import type { RawPrediction, TrainState } from '@suggestive/sidecar/engine/backend'
import { adam, type EagerStep, eagerGradients, eagerPrediction } from './eager.ts'
import { discs, disturbedState, firstImage, type Toy, toyShape, toys } from './toy.ts'

export const BATCH_NORM_MOMENTUM = 0.9
export const LEARNING_RATE = 1e-3
/** Of the batches. */
export const seeds = { steps: [10, 11, 12], prediction: 20 } as const

export interface Reference {
  /** Loss and gradients before each update. */
  readonly steps: readonly EagerStep[]
  /** After the steps. */
  readonly state: TrainState
  /** With that state. */
  readonly prediction: RawPrediction
}

/** References by name of the toy; takes a few seconds. */
export async function references(): Promise<Readonly<Record<string, Reference>>> {
  const folder = mkdtempSync(join(tmpdir(), 'suggestive-reference-'))
  const script = fileURLToPath(import.meta.url)
  const out = join(folder, 'out')
  try {
    await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--conditions', 'source', script, out],
      { cwd: fileURLToPath(new URL('../..', import.meta.url)) },
    )
    return deserialize(readFileSync(out))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function compute({ network, classWeights }: Toy): Promise<Reference> {
  const steps: EagerStep[] = []
  let state = disturbedState(network)
  for (const seed of seeds.steps) {
    const { images, targets } = discs(network.options, seed, classWeights)
    const step = await eagerGradients(network, toyShape, state.parameters, images, targets)
    steps.push(step)
    const statistics = state.statistics.map(
      (s, i) => BATCH_NORM_MOMENTUM * s + (1 - BATCH_NORM_MOMENTUM) * (step.batch[i] ?? Number.NaN),
    )
    state = { ...adam(state, step.gradients, LEARNING_RATE), statistics }
  }
  const { height, width } = toyShape
  const image = firstImage(discs(network.options, seeds.prediction))
  const prediction = await eagerPrediction(network, height, width, state, image)
  return { steps, state, prediction }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results: Record<string, Reference> = {}
  for (const toy of toys) results[toy.name] = await compute(toy)
  writeFileSync(process.argv[2] ?? 'reference.out', serialize(results))
}
