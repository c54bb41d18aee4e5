/** The embedded engine: recorded graphs replayed by onnxruntime-node, on the CPU. */
import * as tf from '@tensorflow/tfjs-core'
import * as ort from 'onnxruntime-node'
import type {
  Backend,
  BatchShape,
  PredictSession,
  TrainSession,
  TrainState,
  Weights,
} from '../backend.ts'
import type { Network } from '../network.ts'
import { registerConvolution } from './kernels-convolution.ts'
import { registerElementwise } from './kernels-elementwise.ts'
import { registerShape } from './kernels-shape.ts'
import { fromSlot, type Slot, toSlot } from './layout.ts'
import { recordPrediction, recordStatistics } from './prediction.ts'
import { BACKEND, Recorder } from './recorder.ts'
import { adamScalars, recordTraining } from './training.ts'

type Tensors = Record<string, ort.Tensor>

const vector = (values: Float32Array) => new ort.Tensor('float32', values, [values.length])
const floats = (tensor: ort.Tensor | undefined): Float32Array => {
  if (tensor?.data instanceof Float32Array) return tensor.data
  throw new Error('the graph did not return the expected floats')
}

let recorder: Recorder | undefined

/** Makes the recorder tfjs's backend while `record` runs. tfjs has one global backend: recordings never overlap. */
async function recording<T>(record: (recorder: Recorder) => T): Promise<T> {
  if (recorder === undefined) {
    const created = new Recorder()
    recorder = created
    tf.registerBackend(BACKEND, () => created, 0)
    registerElementwise()
    registerShape()
    registerConvolution()
  }
  const previous: string | undefined = tf.engine().backendName
  await tf.setBackend(BACKEND)
  try {
    tf.engine().startScope()
    const recorded = record(recorder)
    tf.engine().endScope()
    return recorded
  } finally {
    if (previous !== undefined && previous !== BACKEND) await tf.setBackend(previous)
  }
}

export interface OnnxOptions {
  readonly threads: number
  /** Waiting threads burn their core: faster on an idle machine, harmful on a shared one. */
  readonly spinning?: boolean
}

export function createOnnxBackend({ threads, spinning = false }: OnnxOptions): Backend {
  const sessionOptions = (
    extra?: Record<string, unknown>,
  ): ort.InferenceSession.SessionOptions => ({
    executionProviders: ['cpu'],
    // On Linux all sessions share the heap (environment.ts); an arena each would keep its largest moment for ever.
    enableCpuMemArena: process.platform !== 'linux',
    enableMemPattern: false,
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
    extra: { session: { intra_op: { allow_spinning: spinning ? '1' : '0' }, ...extra } },
  })
  return {
    info: {
      engine: 'onnx',
      version: ort.env.versions.node ?? ort.env.versions.common,
      device: 'cpu',
      threads,
    },
    async train(network, shape, initial, bnMomentum) {
      const recorded = await recording((r) => recordTraining(r, network, shape, bnMomentum))
      const session = await ort.InferenceSession.create(recorded.step, sessionOptions())
      return new OnnxTraining(session, network, shape, recorded.slots, initial, () =>
        ort.InferenceSession.create(recorded.gradients, sessionOptions()),
      )
    },
    async statistics(network, shape, parameters) {
      const { batch, height, width } = shape
      const model = await recording((r) => recordStatistics(r, network, shape, parameters))
      const session = await ort.InferenceSession.create(model, sessionOptions())
      const dimensions = [batch, height, width, network.options.channels]
      return {
        async batch(images) {
          const feeds = { images: new ort.Tensor('float32', images, dimensions) }
          return floats((await session.run(feeds))['statistics'])
        },
        close: () => session.release(),
      }
    },
    async predictor(network, height, width, weights) {
      const create = async (w: Weights) => {
        const model = await recording((r) => recordPrediction(r, network, height, width, w))
        return ort.InferenceSession.create(model, sessionOptions())
      }
      return new OnnxPrediction(await create(weights), network, height, width, create)
    },
    async close() {},
  }
}

class OnnxTraining implements TrainSession {
  readonly #session: ort.InferenceSession
  readonly #network: Network
  readonly #shape: BatchShape
  readonly #slots: readonly Slot[]
  readonly #createGradients: () => Promise<ort.InferenceSession>
  #gradients: ort.InferenceSession | undefined
  /** What the next step reads, by input name, and the buffers that it writes: exchanged after each step. */
  #now: Tensors = {}
  #next: Tensors = {}
  #iteration: number

  constructor(
    session: ort.InferenceSession,
    network: Network,
    shape: BatchShape,
    slots: readonly Slot[],
    initial: TrainState,
    createGradients: () => Promise<ort.InferenceSession>,
  ) {
    this.#session = session
    this.#network = network
    this.#shape = shape
    this.#slots = slots
    this.#createGradients = createGradients
    this.#iteration = initial.iteration
    this.#now['statistics'] = vector(initial.statistics.slice())
    for (const slot of slots) {
      this.#now[slot.name] = vector(toSlot(slot, initial.parameters))
      this.#now[`${slot.name}.moment`] = vector(toSlot(slot, initial.moment))
      this.#now[`${slot.name}.velocity`] = vector(toSlot(slot, initial.velocity))
    }
    for (const [name, { size }] of Object.entries(this.#now)) {
      this.#next[name] = vector(new Float32Array(size))
    }
  }

  async step(images: Float32Array, targets: Float32Array, learningRate: number): Promise<number> {
    this.#iteration++
    const feeds = {
      ...this.#now,
      ...this.#batch(images, targets),
      rate: vector(adamScalars(learningRate, this.#iteration)),
    }
    const fetches: Record<string, ort.Tensor | null> = { loss: null }
    for (const [name, tensor] of Object.entries(this.#next)) fetches[`${name}.next`] = tensor
    const results = await this.#session.run(feeds, fetches)
    const written = this.#next
    this.#next = this.#now
    this.#now = written
    return floats(results['loss'])[0] ?? Number.NaN
  }

  async state(): Promise<TrainState> {
    const length = this.#slots.reduce((n, slot) => n + slot.size, 0)
    const parameters = new Float32Array(length)
    const moment = new Float32Array(length)
    const velocity = new Float32Array(length)
    for (const slot of this.#slots) {
      fromSlot(slot, floats(this.#now[slot.name]), parameters)
      fromSlot(slot, floats(this.#now[`${slot.name}.moment`]), moment)
      fromSlot(slot, floats(this.#now[`${slot.name}.velocity`]), velocity)
    }
    const statistics = floats(this.#now['statistics']).slice()
    return { parameters, moment, velocity, statistics, iteration: this.#iteration }
  }

  async gradients(images: Float32Array, targets: Float32Array) {
    this.#gradients ??= await this.#createGradients()
    const feeds: Tensors = { ...this.#batch(images, targets) }
    for (const slot of this.#slots) {
      const tensor = this.#now[slot.name]
      if (tensor !== undefined) feeds[slot.name] = tensor
    }
    const results = await this.#gradients.run(feeds)
    const gradients = new Float32Array(this.#slots.reduce((n, slot) => n + slot.size, 0))
    for (const slot of this.#slots) {
      fromSlot(slot, floats(results[`${slot.name}.gradient`]), gradients)
    }
    return { loss: floats(results['loss'])[0] ?? Number.NaN, gradients }
  }

  async close() {
    await this.#session.release()
    await this.#gradients?.release()
  }

  #batch(images: Float32Array, targets: Float32Array): Tensors {
    const { batch, height, width } = this.#shape
    const { channels, classes } = this.#network.options
    return {
      images: new ort.Tensor('float32', images, [batch, height, width, channels]),
      targets: new ort.Tensor('float32', targets, [batch, height, width, classes]),
    }
  }
}

class OnnxPrediction implements PredictSession {
  #session: ort.InferenceSession
  readonly #shape: readonly number[]
  readonly #create: (weights: Weights) => Promise<ort.InferenceSession>

  constructor(
    session: ort.InferenceSession,
    network: Network,
    height: number,
    width: number,
    create: (weights: Weights) => Promise<ort.InferenceSession>,
  ) {
    this.#session = session
    this.#shape = [1, height, width, network.options.channels]
    this.#create = create
  }

  async predict(images: Float32Array) {
    const results = await this.#session.run({
      images: new ort.Tensor('float32', images, this.#shape),
    })
    return {
      probabilities: floats(results['probabilities']),
      descriptor: floats(results['descriptor']),
    }
  }

  async reload(weights: Weights) {
    const old = this.#session
    this.#session = await this.#create(weights)
    await old.release()
  }

  async close() {
    await this.#session.release()
  }
}
