/** The `Engine` port over a child process: prepares the data, trains one member after the other, assembles tiles. */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { MemberRecord, Model, NamedTensor } from '../domain/model.ts'
import { toModel } from '../domain/model-file.ts'
import type { Engine, EngineName, TrainEvent, TrainRequest } from '../ports.ts'
import { buildNetwork } from './build.ts'
import { EngineChild } from './child.ts'
import type { MemberResult } from './member.ts'
import type { ParameterSpec } from './network.ts'
import { onnxEnvironment } from './onnx/environment.ts'
import { predictPicture } from './picture.ts'
import { prepare } from './prepare.ts'
import { tensorflowEnvironment } from './tensorflow/binding.ts'

export interface RemoteOptions {
  readonly engine: EngineName
  readonly threads: number
  /** Further environment of the child process. */
  readonly environment?: Readonly<Record<string, string>>
  /** Node's own options for the child process; without it those of this process. */
  readonly execArgv?: readonly string[]
}

export class RemoteEngine implements Engine {
  readonly #child: EngineChild
  #loaded: string | undefined
  #loadedBy: number | undefined

  constructor({ engine, threads, environment, execArgv = process.execArgv }: RemoteOptions) {
    const usual = engine === 'onnx' ? onnxEnvironment : tensorflowEnvironment(threads)
    const all = { ...usual, ...environment, SUGGEST_THREADS: String(threads) }
    this.#child = new EngineChild(engine, all, execArgv)
  }

  async info() {
    const reply = await this.#child.ask({ kind: 'info' })
    if (reply.kind !== 'info') throw new Error(`unexpected answer ${reply.kind}`)
    return reply.info
  }

  async train(
    request: TrainRequest,
    on: (event: TrainEvent) => void,
    signal: AbortSignal,
  ): Promise<Model> {
    const scratch = await mkdtemp(join(tmpdir(), 'suggest-'))
    try {
      return await this.#train(request, scratch, on, signal)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  }

  async predict(model: Model, picture: Parameters<Engine['predict']>[1], signal: AbortSignal) {
    await this.#load(model, signal)
    return predictPicture(model.header, picture, async (tile) => {
      const reply = await this.#child.ask({ kind: 'predict', digest: model.digest, tile }, signal)
      if (reply.kind !== 'predicted') throw new Error(`unexpected answer ${reply.kind}`)
      return reply.prediction
    })
  }

  close() {
    return this.#child.close()
  }

  /** Process id of the child while it runs (for tests that kill it). */
  get pid(): number | undefined {
    return this.#child.pid
  }

  async #load(model: Model, signal: AbortSignal) {
    if (this.#loaded === model.digest && this.#loadedBy === this.#child.pid) return
    await this.#child.ask({ kind: 'load', model }, signal)
    this.#loaded = model.digest
    this.#loadedBy = this.#child.pid
  }

  async #train(
    request: TrainRequest,
    scratch: string,
    on: (event: TrainEvent) => void,
    signal: AbortSignal,
  ): Promise<Model> {
    const { settings, seed, round, classValues, checkpoints } = request
    const prepared = await prepare(request, scratch, signal)
    for (const sentence of prepared.warnings) on({ kind: 'warning', sentence })
    if (checkpoints !== undefined) await mkdir(checkpoints, { recursive: true })
    const { members, iterations } = settings
    const started = performance.now()
    let stepsHere = 0
    const results: MemberResult[] = []
    for (let member = 0; member < members; member++) {
      const task = {
        settings,
        seed,
        round,
        member,
        classes: classValues.length,
        classWeights: prepared.classWeights,
        format: prepared.format,
        scratch,
        training: prepared.training,
        heldOut: prepared.heldOut,
        ...(checkpoints === undefined
          ? {}
          : { checkpoint: join(checkpoints, `member${member}.safetensors`) }),
      }
      const reply = await this.#child.ask({ kind: 'train', task }, signal, (event) => {
        if (event.kind === 'check') {
          on({ kind: 'check', member, iteration: event.iteration, dice: event.dice })
        }
        if (event.kind !== 'iteration') return
        stepsHere++
        const left = (members - member) * iterations - event.iteration
        const secondsLeft = (((performance.now() - started) / stepsHere) * left) / 1000
        const { iteration, loss } = event
        on({ kind: 'iteration', member, members, iteration, iterations, loss, secondsLeft })
      })
      if (reply.kind !== 'trained') throw new Error(`unexpected answer ${reply.kind}`)
      results.push(reply.result)
    }
    const info = await this.info()
    const { channels, normalisation } = prepared.format
    const network = buildNetwork(settings.network, {
      width: settings.width,
      classes: classValues.length,
      channels,
    })
    const tensors = results.flatMap(({ weights }, member) => [
      ...cut(network.parameters, weights.parameters, member),
      ...cut(network.statistics, weights.statistics, member),
    ])
    if (checkpoints !== undefined) {
      for (const file of await readdir(checkpoints)) await rm(join(checkpoints, file))
    }
    return toModel(
      {
        format: 1,
        settings,
        classValues,
        channels,
        scale: prepared.scale,
        normalisation,
        seed,
        round,
        heldOut: prepared.heldOut.map((image) => image.digest),
        members: results.map(record),
        warnings: prepared.warnings,
        engine: `${info.engine} ${info.version}, ${info.device}, ${info.threads} threads`,
      },
      tensors,
    )
  }
}

function record({ weights: _, ...rest }: MemberResult): MemberRecord {
  return rest
}

function cut(specs: readonly ParameterSpec[], flat: Float32Array, member: number): NamedTensor[] {
  let at = 0
  return specs.map(({ name, shape }) => {
    const size = shape.reduce((a, b) => a * b, 1)
    const data = flat.slice(at, at + size)
    at += size
    return { name: `member${member}.${name}`, shape, data }
  })
}
