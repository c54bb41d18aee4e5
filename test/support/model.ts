/** A model small enough to look at. */
import type { Model, ModelHeader, NamedTensor } from '@suggestive/sidecar/domain/model'
import { toModel } from '@suggestive/sidecar/domain/model-file'
import { profiles } from '@suggestive/sidecar/domain/settings'

export const smallHeader: ModelHeader = {
  format: 1,
  settings: profiles.quick,
  classValues: [0, 255],
  channels: 3,
  scale: 0.25,
  normalisation: { low: 0, high: 255, mean: [0.5, 0.4, 0.3], deviation: [0.1, 0.2, 0.3] },
  seed: 1,
  round: 0,
  heldOut: ['aa'],
  members: [{ sample: ['bb', 'bb'], bestIteration: 300, heldOutDice: 0.8, finalLoss: 0.25 }],
  warnings: ['Größe'],
  engine: 'onnx',
}

const tensors: readonly NamedTensor[] = [
  { name: 'member0.stem.0.filter', shape: [1, 1, 3, 2], data: Float32Array.of(1, 2, 3, 4, 5, 6.5) },
  { name: 'member0.head.bias', shape: [2], data: Float32Array.of(-1, 0.25) },
  { name: 'member0.step', shape: [], data: Float32Array.of(7) },
]

export const smallModel: Model = toModel(smallHeader, tensors)
