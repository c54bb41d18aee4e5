/**
 * The engine's child process: a graph run blocks its thread, and a crash of a native library must not take the
 * sidecar with it. Started by `remote.ts`, which says in the environment which engine to load.
 */
import { availableParallelism } from 'node:os'
import { Problem } from '@suggestive/shared/problem'
import type { Backend } from './backend.ts'
import { Ensemble } from './ensemble.ts'
import { trainMember } from './member.ts'
import type { Reply, Request } from './messages.ts'

const engine = process.env['SUGGEST_ENGINE'] ?? 'onnx'
const threads = Number(process.env['SUGGEST_THREADS'] ?? availableParallelism())

async function load(): Promise<Backend> {
  if (engine === 'tensorflow') {
    const { createTensorflowBackend } = await import('./tensorflow/backend.ts')
    return createTensorflowBackend({ threads })
  }
  const { createOnnxBackend } = await import('./onnx/backend.ts')
  return createOnnxBackend({ threads })
}

let backend: Promise<Backend> | undefined
let ensemble: Ensemble | undefined
const cancelled = new Set<number>()

const send = (reply: Reply) => {
  process.send?.(reply)
}

/** Lets waiting messages in: predictions run between two training steps. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Work that must not overlap: tfjs has one global backend, and two graph runs would share the cores. */
let busy: Promise<unknown> = Promise.resolve()
function alone<T>(work: () => Promise<T>): Promise<T> {
  const result = busy.then(work)
  busy = result.catch(() => undefined)
  return result
}

/** The backend with every call alone; a training waits for predictions that arrived before its next step. */
function shared(one: Backend): Backend {
  return {
    info: one.info,
    async train(...args) {
      const session = await alone(() => one.train(...args))
      return {
        step: (...batch) => alone(() => session.step(...batch)),
        state: () => alone(() => session.state()),
        gradients: (...batch) => alone(() => session.gradients(...batch)),
        close: () => alone(() => session.close()),
      }
    },
    async statistics(...args) {
      const session = await alone(() => one.statistics(...args))
      return {
        batch: (images) => alone(() => session.batch(images)),
        close: () => alone(() => session.close()),
      }
    },
    async predictor(...args) {
      const session = await alone(() => one.predictor(...args))
      return {
        predict: (images) => alone(() => session.predict(images)),
        reload: (weights) => alone(() => session.reload(weights)),
        close: () => alone(() => session.close()),
      }
    },
    close: () => one.close(),
  }
}

async function answer(request: Request) {
  const { id } = request
  if (request.kind === 'cancel') {
    cancelled.add(id)
    return
  }
  backend ??= load().then(shared)
  const loaded = await backend
  switch (request.kind) {
    case 'info':
      return send({ id, kind: 'info', info: loaded.info })
    case 'load':
      await ensemble?.close()
      ensemble = new Ensemble(loaded, request.model)
      return send({ id, kind: 'loaded' })
    case 'predict': {
      if (ensemble?.model.digest !== request.digest) throw new Error('that model is not loaded')
      return send({ id, kind: 'predicted', prediction: await ensemble.predict(request.tile) })
    }
    case 'train': {
      const result = await trainMember(loaded, request.task, {
        iteration: (iteration, loss) => send({ id, kind: 'iteration', iteration, loss }),
        check: (iteration, dice) => send({ id, kind: 'check', iteration, dice }),
        async pause() {
          await turn()
          if (cancelled.delete(id)) throw new Problem('cancelled', 'The training was stopped.')
        },
      })
      return send({ id, kind: 'trained', result })
    }
  }
}

function fail(id: number, error: unknown) {
  if (error instanceof Problem) {
    return send({ id, kind: 'failed', problem: error.kind, sentence: error.message })
  }
  const sentence = error instanceof Error ? error.message : String(error)
  const text = `The ${engine} engine failed: ${sentence}`
  send({ id, kind: 'failed', problem: 'engine-failed', sentence: text })
}

process.on('message', (request: Request) => {
  answer(request).catch((error: unknown) => fail(request.id, error))
})
// The parent is gone, or asked for an end by closing the channel.
process.on('disconnect', () => process.exit(0))
// Ctrl-C reaches the whole process group; the parent decides when this process ends.
process.on('SIGINT', () => {})
