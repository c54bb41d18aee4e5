/** A complete small engine without a network: members know the mean colour of each class in their bootstrap sample. */
import { Problem } from '@suggestive/shared/problem'
import { ensembleDescriptor } from '@suggestive/sidecar/domain/descriptor'
import { joinMembers } from '@suggestive/sidecar/domain/join-members'
import { countPixels, meanForegroundDice } from '@suggestive/sidecar/domain/metrics'
import type { Model } from '@suggestive/sidecar/domain/model'
import { toModel } from '@suggestive/sidecar/domain/model-file'
import type { Picture } from '@suggestive/sidecar/domain/raster'
import { bootstrap, divide } from '@suggestive/sidecar/domain/sampling'
import { disagreement } from '@suggestive/sidecar/domain/uncertainty'
import type {
  Engine,
  LabelledSource,
  Prediction,
  TrainEvent,
  TrainRequest,
} from '@suggestive/sidecar/ports'

const iterations = 20

/** Red, green, blue of every pixel, 0..1, `[pixels, 3]`. */
function colours({ width, height, channels, data }: Picture): Float32Array {
  const one = data.BYTES_PER_ELEMENT === 2 ? 65535 : 255
  const out = new Float32Array(width * height * 3)
  for (let i = 0; i < out.length; i++) {
    out[i] = (data[channels === 3 ? i : Math.floor(i / 3)] ?? 0) / one
  }
  return out
}

/** Mean colour per class `[classes, 3]`; a class without pixels lies far away from every colour. */
async function learn(sample: readonly LabelledSource[], classes: number): Promise<Float32Array> {
  const sums = new Float64Array(classes * 3)
  const pixels = new Float64Array(classes)
  for (const source of sample) {
    const rgb = colours(await source.readPicture())
    const { data } = await source.readMask()
    for (let i = 0; i < rgb.length; i++) {
      const c = data[Math.floor(i / 3)] ?? 0
      pixels[c] = (pixels[c] ?? 0) + 1 / 3
      sums[c * 3 + (i % 3)] = (sums[c * 3 + (i % 3)] ?? 0) + (rgb[i] ?? 0)
    }
  }
  return Float32Array.from(sums, (sum, i) => {
    const n = pixels[Math.floor(i / 3)] ?? 0
    return n < 0.5 ? 9 : sum / n
  })
}

/** Softmax of the negative squared distances to the class means, `[pixels, classes]`. */
function probabilities(rgb: Float32Array, means: Float32Array): Float32Array {
  const classes = means.length / 3
  const out = new Float32Array((rgb.length / 3) * classes)
  for (let pixel = 0; 3 * pixel < rgb.length; pixel++) {
    let total = 1e-30
    for (let c = 0; c < classes; c++) {
      let distance = 0
      for (let k = 0; k < 3; k++) {
        distance += ((rgb[3 * pixel + k] ?? 0) - (means[3 * c + k] ?? 0)) ** 2
      }
      const score = Math.exp(-40 * distance)
      out[pixel * classes + c] = score
      total += score
    }
    for (let c = 0; c < classes; c++) {
      out[pixel * classes + c] = (out[pixel * classes + c] ?? 0) / total
    }
  }
  return out
}

/** Mean and spread of each channel, seen from the member's class means. */
function describe(rgb: Float32Array, means: Float32Array): Float32Array {
  const pixels = rgb.length / 3
  const sums = [0, 0, 0]
  const squares = [0, 0, 0]
  for (let i = 0; i < rgb.length; i++) {
    const value = rgb[i] ?? 0
    sums[i % 3] = (sums[i % 3] ?? 0) + value
    squares[i % 3] = (squares[i % 3] ?? 0) + value * value
  }
  const centre = sums.map((sum) => sum / pixels)
  const spread = squares.map((sum, k) => sum / pixels - (centre[k] ?? 0) ** 2)
  const distances = centre.map((value, k) => Math.abs(value - (means[k] ?? 0)))
  return Float32Array.from([...centre, ...spread, ...distances])
}

function requireRunning(signal: AbortSignal): void {
  if (signal.aborted) throw new Problem('cancelled', 'The training was cancelled; start it again.')
}

async function heldOutDice(held: readonly LabelledSource[], means: Float32Array): Promise<number> {
  const classes = means.length / 3
  let sum = 0
  for (const source of held) {
    const picture = await source.readPicture()
    const p = probabilities(colours(picture), means)
    const data = Uint8Array.from({ length: p.length / classes }, (_, i) => {
      const pixel = p.subarray(i * classes, (i + 1) * classes)
      return pixel.indexOf(Math.max(...pixel))
    })
    const predicted = { width: picture.width, height: picture.height, data }
    sum += meanForegroundDice(countPixels(predicted, await source.readMask(), classes))
  }
  return sum / held.length
}

async function trainMember(
  { images, settings, classValues, seed, round }: TrainRequest,
  member: number,
  on: (event: TrainEvent) => void,
  signal: AbortSignal,
): Promise<Model> {
  requireRunning(signal)
  const { training, heldOut } = divide(images.map((image) => image.digest))
  const inOrder = (digests: readonly string[]) =>
    digests.flatMap((digest) => images.find((image) => image.digest === digest) ?? [])
  const [trained, held] = [inOrder(training), inOrder(heldOut)]
  const warnings =
    held.length > 0 ? [] : [`Only ${trained.length} labelled images: none is held out.`]
  for (const sentence of warnings) on({ kind: 'warning', sentence })
  const sample = bootstrap(seed, round, member, trained.length).flatMap((i) => trained[i] ?? [])
  const data = await learn(sample, classValues.length)
  const score = held.length === 0 ? {} : { heldOutDice: await heldOutDice(held, data) }
  for (let iteration = 1; iteration <= iterations; iteration++) {
    on({
      kind: 'iteration',
      member,
      members: settings.members,
      iteration,
      iterations,
      loss: 1 / (member + iteration),
      secondsLeft: settings.members - member - 1,
    })
    requireRunning(signal)
  }
  return toModel(
    {
      format: 1,
      settings,
      classValues,
      channels: 3,
      scale: 1,
      normalisation: { low: 0, high: 1, mean: [0, 0, 0], deviation: [1, 1, 1] },
      seed,
      round,
      heldOut,
      members: [
        {
          ...score,
          sample: sample.map((source) => source.digest),
          bestIteration: iterations,
          finalLoss: 0,
        },
      ],
      warnings,
      engine: 'pixel 1',
    },
    [{ name: `member${member}.means`, shape: [classValues.length, 3], data }],
  )
}

async function train(
  request: TrainRequest,
  on: (event: TrainEvent) => void,
  signal: AbortSignal,
): Promise<Model> {
  const models: Model[] = []
  for (let member = 0; member < request.settings.members; member++) {
    models.push(await trainMember(request, member, on, signal))
  }
  return joinMembers(models)
}

function predict(model: Model, picture: Picture): Prediction {
  const { width, height } = picture
  const classes = model.header.classValues.length
  const rgb = colours(picture)
  const means = model.tensors.map((tensor) => tensor.data)
  const { mean, variance, score } = disagreement(
    means.map((member) => probabilities(rgb, member)),
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
    descriptor: ensembleDescriptor(means.map((member) => describe(rgb, member))),
  }
}

/** Deterministic, keeps no files and nothing between calls. */
export function createPixelEngine(): Engine {
  return {
    info: async () => ({ engine: 'onnx', version: 'pixel 1', device: 'cpu', threads: 1 }),
    train,
    trainMember,
    async predict(model, picture, signal) {
      requireRunning(signal)
      return predict(model, picture)
    },
    close: async () => undefined,
  }
}
