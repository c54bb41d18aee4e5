/** What every engine's backend must do; called with each implementation. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { Backend, RawPrediction, TrainState } from '@suggestive/sidecar/engine/backend'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialStatistics } from '@suggestive/sidecar/engine/initialise'
import type { Network } from '@suggestive/sidecar/engine/network'
import { goldenNetworks, networkCases } from '../support/golden-network.ts'
import {
  BATCH_NORM_MOMENTUM,
  firstImageOf,
  LEARNING_RATE,
  type Reference,
  references,
  startOf,
} from '../support/reference.ts'
import {
  directionDistance,
  discs,
  disturbedState,
  firstImage,
  gradientError,
  initialState,
  largestDifference,
  relativeDistance,
  toyShape,
} from '../support/toy.ts'

const { height, width } = toyShape
const grey = fcn({ width: 1 / 16, classes: 2, channels: 1 })

// Seconds on an idle machine, minutes on a crowded one.
jest.setTimeout(300_000)

export function backendContract(name: string, create: () => Promise<Backend>) {
  describe(`${name} backend`, () => {
    let backend: Backend
    let reference: Readonly<Record<string, Reference>>
    beforeAll(async () => {
      backend = await create()
      reference = await references()
    })
    afterAll(async () => backend?.close())

    const expected = (toy: string): Reference => {
      const found = reference[toy]
      if (found === undefined) throw new Error(`no reference for ${toy}`)
      return found
    }

    const train = (network: Network, start: TrainState) =>
      backend.train(network, toyShape, start, BATCH_NORM_MOMENTUM)

    it('names itself, its version and its device', () => {
      expect(backend.info).toMatchObject({ engine: expect.any(String), device: expect.any(String) })
      expect(backend.info.version).toMatch(/^\d+\.\d+/)
      expect(backend.info.threads).toBeGreaterThan(0)
    })

    describe.each(networkCases())('$name, against tfjs', (one) => {
      const { network, shape, images, targets } = one

      it('has the loss and the gradients of the reference', async () => {
        const session = await backend.train(network, shape, startOf(one), BATCH_NORM_MOMENTUM)
        const actual = await session.gradients(images, targets)
        await session.close()
        const [first] = expected(one.name).steps
        expect(relative(actual.loss, first?.loss ?? 0)).toBeLessThan(1e-5)
        expect(relative(actual.loss, one.loss)).toBeLessThan(1e-5)
        expectGradients(network, actual.gradients, first?.gradients ?? new Float32Array())
      })

      // Only at the start no ReLU is within rounding of 0. Later one may pass a gradient here and not there, which
      // all tensors before it feel: so the vectors are compared as a whole.
      it('replays the losses and the state of three steps', async () => {
        const { steps, state: wanted } = expected(one.name)
        const start = startOf(one)
        const session = await backend.train(network, shape, start, BATCH_NORM_MOMENTUM)
        for (const { loss, gradients } of steps) {
          const actual = await session.gradients(images, targets)
          expect(relativeDistance(actual.gradients, gradients)).toBeLessThan(1e-3)
          expect(relative(await session.step(images, targets, LEARNING_RATE), loss)).toBeLessThan(
            1e-4,
          )
        }
        const state = await session.state()
        await session.close()
        expect(state.iteration).toBe(wanted.iteration)
        const change = (to: TrainState) =>
          to.parameters.map((value, i) => value - (start.parameters[i] ?? 0))
        expect(relativeDistance(change(state), change(wanted))).toBeLessThan(0.01)
        // The moments' unit is the engine's own.
        expect(directionDistance(state.moment, wanted.moment)).toBeLessThan(1e-3)
        expect(directionDistance(state.velocity, wanted.velocity)).toBeLessThan(1e-3)
        expectStatistics(state.statistics, wanted.statistics, 1e-3)
      })

      it('predicts what the reference predicts', async () => {
        const { state, prediction } = expected(one.name)
        const predictor = await backend.predictor(network, shape.height, shape.width, state)
        expectPrediction(await predictor.predict(firstImageOf(one)), prediction)
        await predictor.close()
      })
    })

    describe.each(goldenNetworks())('$name, against PyTorch in float64', (golden) => {
      const { network, shape, parameters, statistics } = golden

      it('has the same parameters in the same order', () => {
        expect(network.parameters.map((spec) => spec.shape)).toEqual(golden.shapes)
      })

      it('has the same loss, gradients and statistics', async () => {
        const session = await backend.train(network, shape, startOf(golden), 0)
        const actual = await session.gradients(golden.images, golden.targets)
        await session.step(golden.images, golden.targets, 0)
        const state = await session.state()
        await session.close()
        expect(relative(actual.loss, golden.loss)).toBeLessThan(1e-5)
        expectGradients(network, actual.gradients, golden.gradients)
        expectStatistics(state.statistics, statistics)
      })

      it('has the same statistics of a batch at fixed weights', async () => {
        const session = await backend.statistics(network, shape, parameters)
        const actual = await session.batch(golden.images)
        await session.close()
        expectStatistics(actual, statistics)
      })

      it('has the same prediction', async () => {
        const predictor = await backend.predictor(network, shape.height, shape.width, golden)
        expectPrediction(await predictor.predict(firstImageOf(golden)), golden)
        await predictor.close()
      })
    })

    it('goes on from a saved state as if it had not stopped', async () => {
      const { images, targets } = discs(grey.options, 4)
      const through = await train(grey, disturbedState(grey))
      await through.step(images, targets, LEARNING_RATE)
      const saved = await through.state()
      const expected = await through.step(images, targets, LEARNING_RATE)
      const resumed = await train(grey, saved)
      const actual = await resumed.step(images, targets, LEARNING_RATE)
      expect(relative(actual, expected)).toBeLessThan(1e-6)
      const [a, b] = [await resumed.state(), await through.state()]
      expect(a.iteration).toBe(2)
      expect(largestDifference(a.parameters, b.parameters)).toBeLessThan(1e-6)
      expect(largestDifference(a.statistics, b.statistics)).toBeLessThan(1e-6)
      await through.close()
      await resumed.close()
    })

    it('keeps neither the state nor the batch that it was given', async () => {
      const start = disturbedState(grey)
      const { images, targets } = discs(grey.options, 4)
      const [own, batch] = [start.parameters.slice(), images.slice()]
      const session = await train(grey, start)
      start.parameters.fill(0)
      const before = await session.state()
      expect(largestDifference(before.parameters, own)).toBe(0)
      await session.step(images, targets, LEARNING_RATE)
      expect(largestDifference(images, batch)).toBe(0)
      expect(largestDifference(before.parameters, own)).toBe(0)
      await session.close()
    })

    it('learns a toy set', async () => {
      const session = await train(grey, initialState(grey))
      const batches = Array.from({ length: 4 }, (_, i) => discs(grey.options, 100 + i))
      let loss = Number.POSITIVE_INFINITY
      for (let epoch = 0; epoch < 10; epoch++) {
        for (const { images, targets } of batches) loss = await session.step(images, targets, 1e-2)
      }
      const predictor = await backend.predictor(grey, height, width, await session.state())
      const unseen = discs(grey.options, 999)
      const { probabilities } = await predictor.predict(firstImage(unseen))
      let right = 0
      for (let p = 0; p < height * width; p++) {
        const isForeground = (probabilities[2 * p + 1] ?? 0) > 0.5
        if (isForeground === (unseen.targets[2 * p + 1] ?? 0) > 0) right++
      }
      expect(loss).toBeLessThan(0.2)
      expect(right / (height * width)).toBeGreaterThan(0.95)
      await session.close()
      await predictor.close()
    })

    it('takes other weights after a reload', async () => {
      const statistics = initialStatistics(grey)
      const { parameters } = disturbedState(grey)
      const weights = { parameters: parameters.map((p) => -p), statistics }
      const image = firstImage(discs(grey.options, 7))
      const predictor = await backend.predictor(grey, height, width, { parameters, statistics })
      const before = await predictor.predict(image)
      await predictor.reload(weights)
      const reloaded = await predictor.predict(image)
      const fresh = await backend.predictor(grey, height, width, weights)
      expectPrediction(reloaded, await fresh.predict(image))
      expect(largestDifference(before.probabilities, reloaded.probabilities)).toBeGreaterThan(0.01)
      await predictor.close()
      await fresh.close()
    })
  })
}

const relative = (actual: number, expected: number) => Math.abs(actual - expected) / expected

function expectGradients(network: Network, actual: Float32Array, expected: Float32Array) {
  const { error, at } = gradientError(network, actual, expected)
  expect(error < 1e-4 ? 'equal' : `${at} differs by ${error}`).toBe('equal')
}

function expectStatistics(actual: Float32Array, expected: Float32Array, tolerance = 1e-4) {
  const relative = (values: Float32Array) =>
    values.map((v, i) => v / (1 + Math.abs(expected[i] ?? 0)))
  expect(largestDifference(relative(actual), relative(expected))).toBeLessThan(tolerance)
}

function expectPrediction(actual: RawPrediction, expected: RawPrediction) {
  expect(largestDifference(actual.probabilities, expected.probabilities)).toBeLessThan(1e-4)
  const scale = 1e-3 + Math.max(...expected.descriptor)
  expect(largestDifference(actual.descriptor, expected.descriptor) / scale).toBeLessThan(1e-4)
}
