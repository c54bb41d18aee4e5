/** Which engine computes: the fastest one that is installed and answers, or the one that was asked for. */
import { availableParallelism } from 'node:os'
import { Problem } from '@suggestive/shared/problem'
import type { ProfileName } from '../domain/settings.ts'
import { RemoteEngine, type RemoteOptions } from '../engine/remote.ts'
import { tensorflowEnvironment } from '../engine/tensorflow/binding.ts'
import { type Found, findTensorflow } from '../engine/tensorflow/locate.ts'
import type { Engine, EngineInfo } from '../ports.ts'
import type { EngineChoice } from './flags.ts'

export interface OpenedEngine {
  readonly engine: Engine
  readonly info: EngineInfo
  /** Why this one, for people. */
  readonly why: string
  /** A sentence when an installed engine does not work. */
  readonly warning?: string
}

/** Where engines come from. */
export interface EngineShop {
  find(): Promise<Found>
  create(options: RemoteOptions): Engine
}

const installed: EngineShop = {
  find: () => findTensorflow(),
  create: (options) => new RemoteEngine(options),
}

/** More threads than this cost more in waiting than they bring on crops of this size. */
const mostThreads = 8

export function usualThreads(): number {
  return Math.min(mostThreads, availableParallelism())
}

/**
 * Opens an engine and asks it for its name, so that one that cannot be loaded is found out here.
 *
 * @throws Problem `engine-unavailable` when the one asked for, or every one, does not work
 */
export async function chooseEngine(
  choice: EngineChoice,
  threads: number,
  shop: EngineShop = installed,
): Promise<OpenedEngine> {
  if (choice === 'onnx') return { ...(await openOnnx(shop, threads)), why: 'as asked' }
  const found = await shop.find()
  if (!found.found) {
    if (choice === 'tensorflow') throw new Problem('engine-unavailable', `${found.reason}.`)
    return { ...(await openOnnx(shop, threads)), why: found.reason }
  }
  try {
    const environment = tensorflowEnvironment(threads)
    const opened = await open(shop.create({ engine: 'tensorflow', threads, environment }))
    const why = choice === 'auto' ? 'the fastest one that is installed' : 'as asked'
    return { ...opened, why }
  } catch (cause) {
    const reason = `The tensorflow engine in ${found.folder} does not work (${reasonOf(cause)})`
    if (choice === 'tensorflow') {
      throw new Problem('engine-unavailable', `${reason}; use --engine onnx.`, { cause })
    }
    const opened = await openOnnx(shop, threads)
    const why = 'tensorflow is installed but does not work'
    return { ...opened, why, warning: `${reason}; the onnx engine is used instead.` }
  }
}

/** `paper` asks for a GPU; everything else learns in minutes with `quick`. */
export function usualProfile({ device }: EngineInfo): ProfileName {
  return /gpu|cuda/i.test(device) ? 'paper' : 'quick'
}

async function openOnnx(shop: EngineShop, threads: number) {
  try {
    return await open(shop.create({ engine: 'onnx', threads }))
  } catch (cause) {
    throw new Problem(
      'engine-unavailable',
      `The onnx engine does not work here (${reasonOf(cause)}); suggest doctor says what is missing.`,
      { cause },
    )
  }
}

async function open(engine: Engine) {
  try {
    return { engine, info: await engine.info() }
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** The first line without its full stop. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  return (text.split('\n')[0] ?? '').trim().replace(/\.$/, '')
}
