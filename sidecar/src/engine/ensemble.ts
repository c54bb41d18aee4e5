/** A loaded model: all members over one tile, with a few recorded sessions kept warm. */
import { Problem } from '@suggestive/shared/problem'
import type { Model } from '../domain/model.ts'
import { normaliseInto } from '../domain/normalisation.ts'
import type { Picture } from '../domain/raster.ts'
import { disagreement } from '../domain/uncertainty.ts'
import type { Backend, PredictSession, Weights } from './backend.ts'
import { buildNetwork } from './build.ts'
import type { TilePrediction } from './messages.ts'
import type { Network, ParameterSpec } from './network.ts'

/** Shapes for which the sessions of all members are kept; each holds its weights and working memory. */
const WARM_SHAPES = 3

export class Ensemble {
  readonly model: Model
  readonly #backend: Backend
  readonly #network: Network
  readonly #weights: readonly Weights[]
  readonly #sessions = new Map<string, readonly PredictSession[]>()

  constructor(backend: Backend, model: Model) {
    const { settings, classValues, channels } = model.header
    this.model = model
    this.#backend = backend
    this.#network = buildNetwork(settings.network, {
      width: settings.width,
      classes: classValues.length,
      channels,
    })
    this.#weights = Array.from({ length: settings.members }, (_, member) => ({
      parameters: this.#flat(this.#network.parameters, member),
      statistics: this.#flat(this.#network.statistics, member),
    }))
  }

  /** The tile's sides must be multiples of the network's stride. */
  async predict(tile: Picture): Promise<TilePrediction> {
    const { height, width } = tile
    const { header } = this.model
    const input = new Float32Array(width * height * header.channels)
    normaliseInto(tile, { x: 0, y: 0, width, height }, header, input)
    const probabilities: Float32Array[] = []
    const descriptors: Float32Array[] = []
    for (const session of await this.#warm(height, width)) {
      const raw = await session.predict(input)
      probabilities.push(raw.probabilities)
      descriptors.push(raw.descriptor)
    }
    const classes = header.classValues.length
    const { mean, variance } = disagreement(probabilities, classes)
    const probability = Array.from({ length: classes - 1 }, (_, c) => {
      const map = new Float32Array(width * height)
      for (let p = 0; p < map.length; p++) map[p] = mean[p * classes + c + 1] ?? 0
      return map
    })
    return { probability, variance, descriptors }
  }

  async close() {
    for (const sessions of this.#sessions.values()) await closeAll(sessions)
    this.#sessions.clear()
  }

  async #warm(height: number, width: number): Promise<readonly PredictSession[]> {
    const key = `${height}x${width}`
    const known = this.#sessions.get(key)
    if (known !== undefined) {
      this.#sessions.delete(key)
      this.#sessions.set(key, known)
      return known
    }
    for (const [oldest, sessions] of this.#sessions) {
      if (this.#sessions.size < WARM_SHAPES) break
      this.#sessions.delete(oldest)
      await closeAll(sessions)
    }
    const made: PredictSession[] = []
    for (const weights of this.#weights) {
      made.push(await this.#backend.predictor(this.#network, height, width, weights))
    }
    this.#sessions.set(key, made)
    return made
  }

  #flat(specs: readonly ParameterSpec[], member: number): Float32Array {
    const parts = specs.map(({ name, shape }) => {
      const full = `member${member}.${name}`
      const tensor = this.model.tensors.find((t) => t.name === full)
      if (tensor === undefined || tensor.shape.join() !== shape.join()) {
        throw new Problem(
          'unreadable-input',
          `The model does not fit its own header: "${full}" should have the shape [${shape}]; train it again.`,
        )
      }
      return tensor.data
    })
    const flat = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
    let at = 0
    for (const part of parts) {
      flat.set(part, at)
      at += part.length
    }
    return flat
  }
}

async function closeAll(sessions: readonly PredictSession[]) {
  for (const session of sessions) await session.close()
}
