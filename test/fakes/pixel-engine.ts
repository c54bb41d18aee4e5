/** A complete small engine without a network: members know the mean colour of each class in their bootstrap sample. */
import { createHash } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import { ensembleDescriptor } from '@suggestive/sidecar/domain/descriptor'
import type { Model, NamedTensor } from '@suggestive/sidecar/domain/model'
import { draws } from '@suggestive/sidecar/domain/random'
import type { Picture } from '@suggestive/sidecar/domain/raster'
import { disagreement } from '@suggestive/sidecar/domain/uncertainty'
import type {
  Engine,
  LabelledSource,
  Prediction,
  TrainEvent,
  TrainRequest,
} from '@suggestive/sidecar/ports'

/** Red, green, blue of a pixel, 0..1. */
type Colour = readonly [number, number, number]

const iterations = 20

function colourAt({ channels, data }: Picture, pixel: number): Colour {
  const one = data.BYTES_PER_ELEMENT === 2 ? 65535 : 255
  const at = (c: number) => (data[pixel * channels + (channels === 3 ? c : 0)] ?? 0) / one
  return [at(0), at(1), at(2)]
}

/** Mean colour per class `[classes, 3]`; a class without pixels lies far away from every colour. */
async function learn(sample: readonly LabelledSource[], classes: number): Promise<Float32Array> {
  const sums = new Float64Array(classes * 3)
  const pixels = new Float64Array(classes)
  for (const source of sample) {
    const picture = await source.readPicture()
    const { data } = await source.readMask()
    for (let i = 0; i < data.length; i++) {
      const c = data[i] ?? 0
      pixels[c] = (pixels[c] ?? 0) + 1
      colourAt(picture, i).forEach((value, k) => {
        sums[c * 3 + k] = (sums[c * 3 + k] ?? 0) + value
      })
    }
  }
  return Float32Array.from(sums, (sum, i) => {
    const n = pixels[Math.floor(i / 3)] ?? 0
    return n === 0 ? 9 : sum / n
  })
}

/** Softmax of the negative squared distances to the class means, `[pixels, classes]`. */
function probabilities(picture: Picture, means: Float32Array): Float32Array {
  const classes = means.length / 3
  const out = new Float32Array(picture.width * picture.height * classes)
  for (let i = 0; i < out.length; i += classes) {
    const colour = colourAt(picture, i / classes)
    const scores = Array.from({ length: classes }, (_, c) =>
      Math.exp(-40 * colour.reduce((sum, v, k) => sum + (v - (means[c * 3 + k] ?? 0)) ** 2, 0)),
    )
    const total = scores.reduce((sum, score) => sum + score, 1e-30)
    scores.forEach((score, c) => {
      out[i + c] = score / total
    })
  }
  return out
}

/** Mean and spread of each channel, seen from the member's class means. */
function describe(picture: Picture, means: Float32Array): Float32Array {
  const pixels = picture.width * picture.height
  const sums = new Float64Array(3)
  const squares = new Float64Array(3)
  for (let i = 0; i < pixels; i++) {
    colourAt(picture, i).forEach((value, k) => {
      sums[k] = (sums[k] ?? 0) + value
      squares[k] = (squares[k] ?? 0) + value * value
    })
  }
  const centre = [...sums].map((sum) => sum / pixels)
  const spread = [...squares].map((sum, k) => sum / pixels - (centre[k] ?? 0) ** 2)
  const distances = centre.map((value, k) => Math.abs(value - (means[k] ?? 0)))
  return Float32Array.from([...centre, ...spread, ...distances])
}

function requireRunning(signal: AbortSignal): void {
  if (signal.aborted) throw new Problem('cancelled', 'The training was cancelled; start it again.')
}

async function train(
  { images, settings, classValues, seed, round }: TrainRequest,
  on: (event: TrainEvent) => void,
  signal: AbortSignal,
): Promise<Model> {
  const sorted = [...images].sort((a, b) => (a.digest < b.digest ? -1 : 1))
  const samples = Array.from({ length: settings.members }, (_, member) => {
    const draw = draws(seed, 'bootstrap', round, member)
    return sorted.flatMap((_, i) => sorted[draw.below(sorted.length, i)] ?? [])
  })
  const tensors: NamedTensor[] = []
  for (const [member, sample] of samples.entries()) {
    requireRunning(signal)
    const data = await learn(sample, classValues.length)
    tensors.push({ name: `member${member}.means`, shape: [classValues.length, 3], data })
    on({
      kind: 'iteration',
      member,
      members: settings.members,
      iteration: iterations,
      iterations,
      loss: 1 / (member + 1),
      secondsLeft: settings.members - member - 1,
    })
  }
  const digest = createHash('sha256')
  for (const { data } of tensors) digest.update(data)
  return {
    header: {
      format: 1,
      settings,
      classValues,
      channels: 3,
      scale: 1,
      normalisation: { low: 0, high: 1, mean: [0, 0, 0], deviation: [1, 1, 1] },
      seed,
      round,
      heldOut: [],
      members: samples.map((sample) => ({
        sample: sample.map((source) => source.digest),
        bestIteration: iterations,
        finalLoss: 0,
      })),
      warnings: [],
      engine: 'pixel 1',
    },
    tensors,
    digest: digest.digest('hex'),
  }
}

function predict(model: Model, picture: Picture): Prediction {
  const { width, height } = picture
  const classes = model.header.classValues.length
  const means = model.tensors.map((tensor) => tensor.data)
  const { mean, variance, score } = disagreement(
    means.map((member) => probabilities(picture, member)),
    classes,
  )
  const at = (pixel: number, c: number) => mean[pixel * classes + c] ?? 0
  const data = new Uint8Array(width * height)
  for (let i = 0; i < data.length; i++) {
    for (let c = 1; c < classes; c++) if (at(i, c) > at(i, data[i] ?? 0)) data[i] = c
  }
  return {
    width,
    height,
    probability: Array.from({ length: classes - 1 }, (_, c) =>
      Uint16Array.from(data, (_value, i) => Math.round(65535 * at(i, c + 1))),
    ),
    variance: Uint16Array.from(variance, (value) => Math.round((65535 * value) / 0.25)),
    mask: { width, height, data },
    uncertainty: score,
    foreground: data.reduce((sum, value) => sum + (value > 0 ? 1 : 0), 0) / data.length,
    descriptor: ensembleDescriptor(means.map((member) => describe(picture, member))),
  }
}

/** Deterministic, keeps no files and nothing between calls. */
export function createPixelEngine(): Engine {
  return {
    info: async () => ({ engine: 'onnx', version: 'pixel 1', device: 'cpu', threads: 1 }),
    train,
    async predict(model, picture, signal) {
      requireRunning(signal)
      return predict(model, picture)
    },
    close: async () => undefined,
  }
}
