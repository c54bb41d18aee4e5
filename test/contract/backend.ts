/** What every engine's backend must do; called with each implementation. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { draws } from '@suggestive/sidecar/domain/random'
import type { Backend, TrainState } from '@suggestive/sidecar/engine/backend'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialParameters, initialStatistics } from '@suggestive/sidecar/engine/initialise'
import type { Network } from '@suggestive/sidecar/engine/network'
import { unet } from '@suggestive/sidecar/engine/unet'
import { adam, eagerGradients, eagerPrediction } from '../support/eager.ts'

// The plain JavaScript reference is slow.
jest.setTimeout(60_000)

const shape = { batch: 2, height: 32, width: 32 }

/** Random start with every gamma away from 0, so that every gradient path carries something. */
function startOf(network: Network): TrainState {
  const parameters = initialParameters(network, (name) => draws(1, name))
  const noise = draws(2, 'noise')
  for (let i = 0; i < parameters.length; i++) {
    parameters[i] = (parameters[i] ?? 0) + 0.1 * noise.normal(i)
  }
  const zeros = () => new Float32Array(parameters.length)
  const statistics = initialStatistics(network)
  return { parameters, moment: zeros(), velocity: zeros(), statistics, iteration: 0 }
}

/** Bright discs on dark noise, labels one-hot; 'weights' makes the classes count differently. */
function discs({ channels, classes }: Network['options'], seed: number, weights: readonly number[]) {
  const { batch, height, width } = shape
  const images = new Float32Array(batch * height * width * channels)
  const targets = new Float32Array(batch * height * width * classes)
  const noise = draws(seed, 'discs')
  for (let p = 0; p < batch * height * width; p++) {
    const b = Math.floor(p / (height * width))
    const y = Math.floor(p / width) % height
    const x = p % width
    const cx = 8 + 16 * noise.uniform(1_000_000 + b)
    const inside = (x - cx) ** 2 + (y - cx) ** 2 < 64
    const label = inside ? 1 + (b % (classes - 1)) : 0
    targets[p * classes + label] = weights[label] ?? 1
    for (let c = 0; c < channels; c++) {
      images[p * channels + c] = (inside ? 1 + label : -1) + 0.5 * noise.normal(p * channels + c)
    }
  }
  return { images, targets }
}

/** Largest difference of each parameter tensor, relative to the tensor's largest magnitude. */
function worstRelative(network: Network, actual: Float32Array, expected: Float32Array): number {
  let worst = 0
  let at = 0
  for (const spec of network.parameters) {
    const size = spec.shape.reduce((a, b) => a * b, 1)
    let difference = 0
    let magnitude = 0
    for (let i = at; i < at + size; i++) {
      difference = Math.max(difference, Math.abs((actual[i] ?? 0) - (expected[i] ?? 0)))
      magnitude = Math.max(magnitude, Math.abs(expected[i] ?? 0))
    }
    worst = Math.max(worst, difference / Math.max(magnitude, 1e-6))
    at += size
  }
  return worst
}

const networks: readonly (readonly [string, Network, readonly number[]])[] = [
  ['fcn, two classes, RGB', fcn({ width: 1 / 16, classes: 2, channels: 3 }), [1, 1]],
  ['fcn, three weighted classes, grey', fcn({ width: 1 / 16, classes: 3, channels: 1 }), [0.5, 1, 2]],
  ['unet, two classes, grey', unet({ width: 1 / 8, classes: 2, channels: 1 }), [1, 1]],
]

export function backendContract(name: string, create: () => Promise<Backend>) {
  describe(`${name} backend`, () => {
    let backend: Backend
    beforeAll(async () => {
      backend = await create()
    })
    afterAll(async () => backend.close())

    it('names itself, its version and its device', () => {
      expect(backend.info).toMatchObject({ engine: expect.any(String), device: expect.any(String) })
      expect(backend.info.version).toMatch(/^\d+\.\d+/)
      expect(backend.info.threads).toBeGreaterThan(0)
    })

    describe.each(networks)('%s', (_, network, weights) => {
      it('has the gradients of the reference', async () => {
        const start = startOf(network)
        const { images, targets } = discs(network.options, 3, weights)
        const session = await backend.train(network, shape, start, 0.9)
        const actual = await session.gradients(images, targets)
        const expected = await eagerGradients(network, shape, start.parameters, images, targets)
        await session.close()
        expect(Math.abs(actual.loss - expected.loss) / expected.loss).toBeLessThan(1e-5)
        expect(worstRelative(network, actual.gradients, expected.gradients)).toBeLessThan(1e-4)
      })

      it('replays the reference: losses, statistics and predictions over three steps', async () => {
        let reference = startOf(network)
        const session = await backend.train(network, shape, reference, 0.9)
        for (let i = 0; i < 3; i++) {
          const { images, targets } = discs(network.options, 10 + i, weights)
          const eager = await eagerGradients(network, shape, reference.parameters, images, targets)
          const loss = await session.step(images, targets, 1e-3)
          expect(Math.abs(loss - eager.loss) / eager.loss).toBeLessThan(1e-3)
          const statistics = reference.statistics.map((s, j) => 0.9 * s + 0.1 * (eager.batch[j] ?? 0))
          reference = { ...adam(reference, eager.gradients, 1e-3), statistics }
        }
        const state = await session.state()
        await session.close()
        expect(state.iteration).toBe(3)
        const statisticsError = state.statistics.map((s, i) =>
          Math.abs(s - (reference.statistics[i] ?? 0)) / (Math.abs(s) + 0.1),
        )
        expect(Math.max(...statisticsError)).toBeLessThan(1e-2)

        const image = discs(network.options, 20, weights).images.slice(0, 1024 * network.options.channels)
        const predictor = await backend.predictor(network, 32, 32, state)
        const actual = await predictor.predict(image)
        const expected = await eagerPrediction(network, 32, 32, state, image)
        await predictor.close()
        const error = actual.probabilities.map((v, i) => Math.abs(v - (expected.probabilities[i] ?? 0)))
        expect(Math.max(...error)).toBeLessThan(1e-4)
        expect(actual.descriptor.length).toBe(network.features)
        const apart = actual.descriptor.map((v, i) => Math.abs(v - (expected.descriptor[i] ?? 0)))
        expect(Math.max(...apart)).toBeLessThan(1e-3 * (1 + Math.max(...expected.descriptor)))
      })
    })

    it('goes on from a saved state as if it had not stopped', async () => {
      const network = fcn({ width: 1 / 16, classes: 2, channels: 3 })
      const batch = discs(network.options, 4, [1, 1])
      const through = await backend.train(network, shape, startOf(network), 0.9)
      await through.step(batch.images, batch.targets, 1e-3)
      const saved = await through.state()
      const expected = await through.step(batch.images, batch.targets, 1e-3)
      const resumed = await backend.train(network, shape, saved, 0.9)
      const actual = await resumed.step(batch.images, batch.targets, 1e-3)
      expect(Math.abs(actual - expected)).toBeLessThan(1e-5)
      expect(worstRelative(network, (await resumed.state()).parameters, (await through.state()).parameters)).toBeLessThan(1e-3)
      await through.close()
      await resumed.close()
    })

    it('learns a toy set', async () => {
      const network = fcn({ width: 1 / 16, classes: 2, channels: 1 })
      const parameters = initialParameters(network, (n) => draws(5, n))
      const zeros = () => new Float32Array(parameters.length)
      const statistics = initialStatistics(network)
      const start = { parameters, moment: zeros(), velocity: zeros(), statistics, iteration: 0 }
      const session = await backend.train(network, shape, start, 0.9)
      let loss = Number.POSITIVE_INFINITY
      for (let i = 0; i < 60; i++) {
        const { images, targets } = discs(network.options, 100 + (i % 8), [1, 1])
        loss = await session.step(images, targets, 1e-2)
      }
      const predictor = await backend.predictor(network, 32, 32, await session.state())
      const { images, targets } = discs(network.options, 999, [1, 1])
      const { probabilities } = await predictor.predict(images.slice(0, 1024))
      let right = 0
      for (let p = 0; p < 1024; p++) {
        const foreground = (probabilities[2 * p + 1] ?? 0) > 0.5
        if (foreground === ((targets[2 * p + 1] ?? 0) > 0)) right++
      }
      expect(loss).toBeLessThan(0.2)
      expect(right / 1024).toBeGreaterThan(0.95)
      await session.close()
      await predictor.close()
    })

    it('takes other weights after a reload', async () => {
      const network = fcn({ width: 1 / 16, classes: 2, channels: 1 })
      const [a, b] = [startOf(network), startOf(network)]
      for (let i = 0; i < b.parameters.length; i++) b.parameters[i] = -(b.parameters[i] ?? 0)
      const image = discs(network.options, 7, [1, 1]).images.slice(0, 1024)
      const predictor = await backend.predictor(network, 32, 32, a)
      await predictor.reload(b)
      const reloaded = await predictor.predict(image)
      const fresh = await backend.predictor(network, 32, 32, b)
      const expected = await fresh.predict(image)
      const error = reloaded.probabilities.map((v, i) => Math.abs(v - (expected.probabilities[i] ?? 0)))
      expect(Math.max(...error)).toBeLessThan(1e-5)
      await predictor.close()
      await fresh.close()
    })
  })
}
