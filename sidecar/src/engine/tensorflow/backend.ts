/** The `tensorflow` engine behind the port of the training loop: recorded graphs run by the native library. */
import { Problem } from '@suggestive/shared/problem'
import type { Backend } from '../backend.ts'
import type { Network } from '../network.ts'
import { deviceOf, loadBinding } from './binding.ts'
import { findTensorflow } from './locate.ts'
import { Pool } from './pool.ts'
import { statisticsSession } from './statistics.ts'
import { trainSession } from './train.ts'

export interface TensorflowOptions {
  /** For the record: the library has read its number of threads from `tensorflowEnvironment` when it was loaded. */
  readonly threads: number
  /** An engine folder other than the one that `findTensorflow` finds. */
  readonly folder?: string
}

/** Loads the native library into this process, where it stays: call it in a child process. */
export async function createTensorflowBackend(options: TensorflowOptions): Promise<Backend> {
  const binding = loadBinding(options.folder ?? (await installed()))
  const pools = new Map<string, Pool>()
  return {
    info: {
      engine: 'tensorflow',
      version: binding.TF_Version,
      device: deviceOf(binding),
      threads: options.threads,
    },

    async train(network, shape, initial, bnMomentum) {
      return trainSession(binding, network, shape, initial, bnMomentum)
    },

    async statistics(network, shape, parameters) {
      return statisticsSession(binding, network, shape, parameters)
    },

    async predictor(network, height, width, weights) {
      const pool = pools.get(nameOf(network)) ?? new Pool(binding, network)
      pools.set(nameOf(network), pool)
      let predictor = pool.acquire(weights)
      return {
        predict: async (images) => predictor.predict(images, height, width),
        async reload(weights) {
          pool.release(predictor)
          predictor = pool.acquire(weights)
        },
        close: async () => pool.release(predictor),
      }
    },

    async close() {
      for (const pool of pools.values()) pool.close()
      pools.clear()
    },
  }
}

/** Networks of one name and equal options are equal. */
const nameOf = ({ name, options }: Network) =>
  `${name} ${options.width} ${options.classes} ${options.channels}`

async function installed(): Promise<string> {
  const found = await findTensorflow()
  if (!found.found) throw new Problem('engine-unavailable', found.reason)
  return found.folder
}
