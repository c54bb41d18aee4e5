/** How well present weights do on the held-out images: decides which weights of a training are kept. */
import {
  type ClassCounts,
  countPixels,
  mean,
  meanForegroundDice,
  poolCounts,
} from '../domain/metrics.ts'
import { type InputFormat, normaliseInto } from '../domain/normalisation.ts'
import { roundUp } from '../domain/raster.ts'
import type { Backend, PredictSession, Weights } from './backend.ts'
import type { Network } from './network.ts'
import type { PieceReader, PreparedImage } from './pieces.ts'

export interface Check {
  /** Mean over the held-out images of the mean Dice of the foreground classes, 0..1. */
  readonly dice: number
  /** Mean cross entropy per pixel, nats: decides between equal Dice. */
  readonly loss: number
}

export const isBetter = (a: Check, b: Check | undefined): boolean =>
  b === undefined || a.dice > b.dice || (a.dice === b.dice && a.loss < b.loss)

/** Keeps one prediction session per shape of a piece over all checks of a training. */
export class HeldOut {
  readonly #backend: Backend
  readonly #network: Network
  readonly #images: readonly PreparedImage[]
  readonly #reader: PieceReader
  readonly #format: InputFormat
  readonly #sessions = new Map<string, PredictSession>()
  #weights: Weights | undefined

  constructor(
    backend: Backend,
    network: Network,
    images: readonly PreparedImage[],
    reader: PieceReader,
    format: InputFormat,
  ) {
    this.#backend = backend
    this.#network = network
    this.#images = images
    this.#reader = reader
    this.#format = format
  }

  async check(weights: Weights): Promise<Check> {
    this.#weights = weights
    for (const session of this.#sessions.values()) await session.reload(weights)
    const dices: number[] = []
    let loss = 0
    let pixels = 0
    for (const image of this.#images) {
      const counts: ClassCounts[][] = []
      for (const piece of image.pieces) {
        const { picture, mask } = await this.#reader.read(piece)
        const { stride, options } = this.#network
        const width = roundUp(picture.width, stride)
        const height = roundUp(picture.height, stride)
        const input = new Float32Array(width * height * options.channels)
        normaliseInto(picture, { x: 0, y: 0, width, height }, this.#format, input)
        const session = await this.#session(height, width)
        const { probabilities } = await session.predict(input)
        const { classes } = options
        const predicted = new Uint8Array(picture.width * picture.height)
        for (let y = 0, p = 0; y < picture.height; y++) {
          for (let x = 0; x < picture.width; x++, p++) {
            const at = (y * width + x) * classes
            predicted[p] = largest(probabilities, at, classes)
            loss -= Math.log(Math.max(1e-12, probabilities[at + (mask.data[p] ?? 0)] ?? 0))
          }
        }
        pixels += predicted.length
        const { width: w, height: h } = picture
        counts.push(countPixels({ width: w, height: h, data: predicted }, mask, classes))
      }
      dices.push(meanForegroundDice(poolCounts(counts)))
    }
    return { dice: mean(dices), loss: loss / pixels }
  }

  async close() {
    for (const session of this.#sessions.values()) await session.close()
    this.#sessions.clear()
  }

  async #session(height: number, width: number): Promise<PredictSession> {
    const key = `${height}x${width}`
    const known = this.#sessions.get(key)
    if (known !== undefined) return known
    if (this.#weights === undefined) throw new Error('no weights to check')
    const made = await this.#backend.predictor(this.#network, height, width, this.#weights)
    this.#sessions.set(key, made)
    return made
  }
}

/** Index of the largest of `classes` values from `at` on; the first of equals. */
function largest(values: Float32Array, at: number, classes: number): number {
  let best = 0
  for (let c = 1; c < classes; c++) {
    if ((values[at + c] ?? 0) > (values[at + best] ?? 0)) best = c
  }
  return best
}
