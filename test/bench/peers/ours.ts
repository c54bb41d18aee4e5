/** One of our engines as a peer of the training benchmark: `ours.ts ENGINE FOLDER`; see interleave.ts and task.ts. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Problem } from '@suggestive/shared/problem'
import type { Backend, TrainSession, TrainState } from '@suggestive/sidecar/engine/backend'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialStatistics } from '@suggestive/sidecar/engine/initialise'
import { files, readNumbers, type Task, writeNumbers } from '../task.ts'

const [engine = '', folder = ''] = process.argv.slice(2)
const task: Task = JSON.parse(readFileSync(join(folder, files.task), 'utf8'))
const { threads, batch, height, width, channels, classes, networkWidth, learningRate } = task
const shape = { batch, height, width }
const network = fcn({ width: networkWidth, channels, classes })
const images = readNumbers(join(folder, files.images))
const targets = readNumbers(join(folder, files.targets))

const answer = (value: object) => process.stdout.write(`${JSON.stringify(value)}\n`)

async function open(): Promise<Backend> {
  if (engine === 'onnx') {
    const { createOnnxBackend } = await import('@suggestive/sidecar/engine/onnx/backend')
    return createOnnxBackend({ threads })
  }
  if (engine === 'tensorflow') {
    const { createTensorflowBackend } = await import(
      '@suggestive/sidecar/engine/tensorflow/backend'
    )
    return createTensorflowBackend({ threads })
  }
  throw new Problem('engine-unavailable', `There is no engine "${engine}".`)
}

function initial(): TrainState {
  const parameters = readNumbers(join(folder, files.parameters))
  return {
    parameters,
    moment: new Float32Array(parameters.length),
    velocity: new Float32Array(parameters.length),
    statistics: initialStatistics(network),
    iteration: 0,
  }
}

/** CPU time of this process so far, all threads, milliseconds. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

async function timed(session: TrainSession) {
  const cpuStartMs = cpuMs()
  const start = performance.now()
  const loss = await session.step(images, targets, learningRate)
  return { loss, wallMs: performance.now() - start, cpuStartMs, cpuEndMs: cpuMs() }
}

/**
 * Outputs of the training-mode network through the predictor: after a step with momentum 0 and rate 0 the running
 * statistics are exactly those of the batch. So statistics and prediction are compared as well.
 */
async function trainingOutputs(backend: Backend): Promise<Float32Array> {
  const session = await backend.train(network, shape, initial(), 0)
  await session.step(images, targets, 0)
  const { statistics } = await session.state()
  await session.close()
  const { parameters } = initial()
  const predictor = await backend.predictor(network, height, width, { parameters, statistics })
  const outputs = new Float32Array(targets.length)
  const [imageSize, outputSize] = [images.length / batch, targets.length / batch]
  for (let i = 0; i < batch; i++) {
    const image = images.slice(i * imageSize, (i + 1) * imageSize)
    outputs.set((await predictor.predict(image)).probabilities, i * outputSize)
  }
  await predictor.close()
  return outputs
}

async function parity(backend: Backend, session: TrainSession) {
  const name = `outputs.${engine}.f32`
  writeNumbers(join(folder, name), await trainingOutputs(backend))
  const losses: number[] = []
  while (losses.length < task.parityLosses)
    losses.push(await session.step(images, targets, task.parityLearningRate))
  return { outputs: name, losses }
}

try {
  const backend = await open()
  const session = await backend.train(network, shape, initial(), 0.9)
  const { info } = backend
  answer({ ready: `${info.version}, ${info.device}, ${info.threads} threads` })
  for await (const line of createInterface({ input: process.stdin })) {
    const found = line === 'parity' ? await parity(backend, session) : await timed(session)
    answer({ ...found, peakMiB: process.resourceUsage().maxRSS / 1024 })
  }
  await session.close()
  await backend.close()
} catch (error) {
  if (!(error instanceof Problem)) throw error
  answer({ unavailable: error.message })
}
