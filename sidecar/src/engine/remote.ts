/** The `Engine` port over a child process: prepares the data, trains one member after the other, assembles tiles. */
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { joinMembers } from '../domain/join-members.ts'
import type { Model, NamedTensor } from '../domain/model.ts'
import { toModel } from '../domain/model-file.ts'
import type { Engine, EngineName, TrainEvent, TrainRequest } from '../ports.ts'
import { buildNetwork } from './build.ts'
import { EngineChild } from './child.ts'
import type { MemberResult } from './member.ts'
import type { ParameterSpec } from './network.ts'
import { onnxEnvironment } from './onnx/environment.ts'
import { predictPicture } from './picture.ts'
import { Preparation } from './preparation.ts'
import type { Prepared } from './prepare.ts'
import { tensorflowEnvironment } from './tensorflow/binding.ts'

export interface RemoteOptions {
  readonly engine: EngineName
  readonly threads: number
  /** Further environment of the child process. */
  readonly environment?: Readonly<Record<string, string>>
  /** Node's own options for the child process; without it those of this process. */
  readonly execArgv?: readonly string[]
}

type IterationEvent = Extract<TrainEvent, { kind: 'iteration' }>

export class RemoteEngine implements Engine {
  readonly #child: EngineChild
  readonly #preparation = new Preparation()
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
    const started = performance.now()
    let steps = 0
    const warned = new Set<string>()
    const models: Model[] = []
    try {
      for (let member = 0; member < request.settings.members; member++) {
        const tell = (event: TrainEvent) => {
          if (event.kind === 'warning') {
            if (!warned.has(event.sentence)) on(event)
            warned.add(event.sentence)
          } else if (event.kind === 'iteration') {
            steps++
            const secondsLeft = secondsOf(event, (performance.now() - started) / steps)
            on({ ...event, secondsLeft })
          } else on(event)
        }
        models.push(await this.trainMember(request, member, tell, signal))
      }
    } finally {
      await this.#preparation.discard()
    }
    const { checkpoints } = request
    if (checkpoints !== undefined) {
      for (const file of await readdir(checkpoints)) await rm(join(checkpoints, file))
    }
    return joinMembers(models)
  }

  trainMember(
    request: TrainRequest,
    member: number,
    on: (event: TrainEvent) => void,
    signal: AbortSignal,
  ): Promise<Model> {
    return this.#preparation.with(request, signal, (prepared, scratch) =>
      this.#member(request, member, { prepared, scratch }, on, signal),
    )
  }

  async predict(model: Model, picture: Parameters<Engine['predict']>[1], signal: AbortSignal) {
    await this.#load(model, signal)
    return predictPicture(model.header, picture, async (tile) => {
      const reply = await this.#child.ask({ kind: 'predict', digest: model.digest, tile }, signal)
      if (reply.kind !== 'predicted') throw new Error(`unexpected answer ${reply.kind}`)
      return reply.prediction
    })
  }

  async close() {
    await this.#child.close()
    await this.#preparation.discard()
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

  async #member(
    request: TrainRequest,
    member: number,
    { prepared, scratch }: { readonly prepared: Prepared; readonly scratch: string },
    on: (event: TrainEvent) => void,
    signal: AbortSignal,
  ): Promise<Model> {
    const { settings, seed, round, classValues, checkpoints } = request
    for (const sentence of prepared.warnings) on({ kind: 'warning', sentence })
    if (checkpoints !== undefined) await mkdir(checkpoints, { recursive: true })
    const { members, iterations } = settings
    const started = performance.now()
    let steps = 0
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
      const { iteration, loss } = event
      const now = { member, members, iteration, iterations }
      const secondsLeft = secondsOf(now, (performance.now() - started) / ++steps)
      on({ kind: 'iteration', ...now, loss, secondsLeft })
    })
    if (reply.kind !== 'trained') throw new Error(`unexpected answer ${reply.kind}`)
    return this.#modelOf(request, member, prepared, reply.result)
  }

  async #modelOf(
    { settings, classValues, seed, round }: TrainRequest,
    member: number,
    { format, scale, heldOut, warnings }: Prepared,
    { weights, ...record }: MemberResult,
  ): Promise<Model> {
    const info = await this.info()
    const { channels, normalisation } = format
    const network = buildNetwork(settings.network, {
      width: settings.width,
      classes: classValues.length,
      channels,
    })
    const tensors = [
      ...cut(network.parameters, weights.parameters, member),
      ...cut(network.statistics, weights.statistics, member),
    ]
    return toModel(
      {
        format: 1,
        settings,
        classValues,
        channels,
        scale,
        normalisation,
        seed,
        round,
        heldOut: heldOut.map((image) => image.digest),
        members: [record],
        warnings,
        engine: `${info.engine} ${info.version}, ${info.device}, ${info.threads} threads`,
      },
      tensors,
    )
  }
}

/** Seconds until all members are trained, this one being under way, when a step takes `pace` milliseconds. */
function secondsOf(
  now: Pick<IterationEvent, 'member' | 'members' | 'iteration' | 'iterations'>,
  pace: number,
): number {
  return (pace * ((now.members - now.member) * now.iterations - now.iteration)) / 1000
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
