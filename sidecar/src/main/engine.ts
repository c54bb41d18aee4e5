/** Which engine the workshop starts. */
import { chooseEngine, usualThreads } from '../cli/engine-choice.ts'
import type { Config } from '../config.ts'
import { findTensorflow } from '../engine/tensorflow/locate.ts'
import type { EngineName } from '../ports.ts'

export interface EngineDecision {
  readonly engine: EngineName
  readonly threads: number
  /** For the log. */
  readonly why: string
}

/** Tries only what is installed: where that is onnx alone, nothing is started here. */
export async function decideEngine(config: Config): Promise<EngineDecision> {
  const threads = config.threads ?? usualThreads()
  if (config.engine === 'onnx') return { engine: 'onnx', threads, why: 'as configured' }
  if (config.engine === 'auto' && !(await findTensorflow()).found)
    return { engine: 'onnx', threads, why: 'the only one that is installed' }
  const { engine, info, why, warning } = await chooseEngine(config.engine, threads)
  await engine.close()
  return { engine: info.engine, threads, why: warning ?? why }
}
