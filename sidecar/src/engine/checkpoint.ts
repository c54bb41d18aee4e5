/** Checkpoints of a member: weights, Adam's moments, statistics, best weights and the iteration, which is the only counter that the random draws need. */
import { readFile } from 'node:fs/promises'
import { readSafetensors, writeSafetensors } from '../domain/safetensors.ts'
import type { EngineName } from '../ports.ts'
import { writeAtomically } from '../store/files.ts'
import type { TrainState, Weights } from './backend.ts'
import type { Check } from './held-out.ts'

export interface Checkpoint {
  /** The engine whose units the moments are in. */
  readonly engine: EngineName
  readonly state: TrainState
  /** Of the last step. */
  readonly loss: number
  readonly best?: Weights & { readonly iteration: number; readonly check: Check }
}

const vector = (name: string, data: Float32Array) => ({ name, shape: [data.length], data })

export async function writeCheckpoint(
  path: string,
  { engine, state, loss, best }: Checkpoint,
): Promise<void> {
  const metadata = new Map([
    ['engine', engine],
    ['iteration', String(state.iteration)],
    ['loss', String(loss)],
  ])
  const tensors = [
    vector('parameters', state.parameters),
    vector('moment', state.moment),
    vector('velocity', state.velocity),
    vector('statistics', state.statistics),
  ]
  if (best !== undefined) {
    metadata.set('best', JSON.stringify({ iteration: best.iteration, check: best.check }))
    tensors.push(
      vector('best.parameters', best.parameters),
      vector('best.statistics', best.statistics),
    )
  }
  await writeAtomically(path, writeSafetensors({ metadata, tensors }))
}

/** The checkpoint, or undefined when there is none. A damaged one throws a `Problem` that names the file. */
export async function readCheckpoint(path: string): Promise<Checkpoint | undefined> {
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const { metadata, tensors } = readSafetensors(bytes, path)
  const named = (name: string): Float32Array => {
    const tensor = tensors.find((t) => t.name === name)
    if (tensor === undefined) throw new Error(`${path} lacks ${name}`)
    return tensor.data
  }
  const state = {
    parameters: named('parameters'),
    moment: named('moment'),
    velocity: named('velocity'),
    statistics: named('statistics'),
    iteration: Number(metadata.get('iteration')),
  }
  const engine = metadata.get('engine') === 'tensorflow' ? 'tensorflow' : 'onnx'
  const loss = Number(metadata.get('loss'))
  const best = metadata.get('best')
  if (best === undefined) return { engine, state, loss }
  const { iteration, check }: { iteration: number; check: Check } = JSON.parse(best)
  const weights = { parameters: named('best.parameters'), statistics: named('best.statistics') }
  return { engine, state, loss, best: { ...weights, iteration, check } }
}
