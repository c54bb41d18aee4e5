/**
 * What the plain JavaScript backend of tfjs computes for every network case. It runs as a process of its own, since inside
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
import { type NetworkCase, networkCases } from './golden-network.ts'
import { initialState } from './toy.ts'

export const BATCH_NORM_MOMENTUM = 0.9
export const LEARNING_RATE = 1e-3
const STEPS = 3

export interface Reference {
  /** Loss and gradients before each update, always on the case's batch. */
  readonly steps: readonly EagerStep[]
  /** After the steps. */
  readonly state: TrainState
  /** Of the first image with that state. */
  readonly prediction: RawPrediction
}

/** References by name of the case; takes seconds. */
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

/** The weights of a case as the start of a training. */
export function startOf({ network, parameters }: NetworkCase): TrainState {
  return { ...initialState(network), parameters }
}

/** The first image of a case's batch. */
export function firstImageOf({ images, shape }: NetworkCase): Float32Array {
  return images.slice(0, images.length / shape.batch)
}

async function compute(one: NetworkCase): Promise<Reference> {
  const { network, shape, images, targets } = one
  const steps: EagerStep[] = []
  let state = startOf(one)
  for (let i = 0; i < STEPS; i++) {
    const step = await eagerGradients(network, shape, state.parameters, images, targets)
    steps.push(step)
    const statistics = state.statistics.map(
      (s, j) => BATCH_NORM_MOMENTUM * s + (1 - BATCH_NORM_MOMENTUM) * (step.batch[j] ?? Number.NaN),
    )
    state = { ...adam(state, step.gradients, LEARNING_RATE), statistics }
  }
  const { height, width } = shape
  const prediction = await eagerPrediction(network, height, width, state, firstImageOf(one))
  return { steps, state, prediction }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const results: Record<string, Reference> = {}
  for (const one of networkCases()) results[one.name] = await compute(one)
  writeFileSync(process.argv[2] ?? 'reference.out', serialize(results))
}
