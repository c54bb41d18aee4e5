/** Builds the tensorflow engine where it is not built yet, and holds it against the contract of all engines. */
import { afterAll, describe, expect, it } from '@jest/globals'
import { draws } from '@suggestive/sidecar/domain/random'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { initialParameters, initialStatistics } from '@suggestive/sidecar/engine/initialise'
import { createTensorflowBackend } from '@suggestive/sidecar/engine/tensorflow/backend'
import { loadBinding } from '@suggestive/sidecar/engine/tensorflow/binding'
import { fedFlat, one } from '@suggestive/sidecar/engine/tensorflow/flat'
import { Graph } from '@suggestive/sidecar/engine/tensorflow/graph'
import { installTensorflow } from '@suggestive/sidecar/engine/tensorflow/install'
import { findTensorflow } from '@suggestive/sidecar/engine/tensorflow/locate'
import { Pool } from '@suggestive/sidecar/engine/tensorflow/pool'
import { Session } from '@suggestive/sidecar/engine/tensorflow/session'
import { assign, variable } from '@suggestive/sidecar/engine/tensorflow/variables'
import { backendContract } from '../contract/backend.ts'
import { eagerPrediction } from '../support/eager.ts'

// Here and not in a hook: a first build downloads some hundred megabytes and may take minutes.
const report = await installTensorflow()

describe('npm run engine:tensorflow', () => {
  it('tells what it built and where, and the engine is found there', async () => {
    expect(report).toMatchObject({ version: expect.stringMatching(/^2\.\d+\.\d+/), gpu: false })
    expect(report.bytes).toBeGreaterThan(1e8)
    const found = await findTensorflow()
    expect(found).toMatchObject({ found: true, folder: report.folder, version: report.version })
  })

  it('only tests the engine when it is there already', async () => {
    const again = await installTensorflow()
    expect(again).toMatchObject({ built: false, folder: report.folder, version: report.version })
  })
})

backendContract('tensorflow', () => createTensorflowBackend({ threads: 2 }))

describe('the tensorflow backend', () => {
  const network = fcn({ width: 1 / 16, classes: 2, channels: 1 })
  const weights = (seed: number) => ({
    parameters: initialParameters(network, (name) => draws(seed, name)),
    statistics: initialStatistics(network),
  })
  const zeros = () => new Float32Array(weights(1).parameters.length)
  const noise = (length: number) => {
    const numbers = draws(3, 'noise')
    return Float32Array.from({ length }, (_, i) => numbers.normal(i))
  }
  const backend = createTensorflowBackend({ threads: 2 })
  afterAll(async () => (await backend).close())

  it('does not change the arrays that it is given', async () => {
    const shape = { batch: 1, height: 32, width: 32 }
    const start = { ...weights(1), moment: zeros(), velocity: zeros(), iteration: 0 }
    const copies = [start.parameters.slice(), start.statistics.slice()]
    const session = await (await backend).train(network, shape, start, 0.9)
    const targets = new Float32Array(2 * 32 * 32).fill(0.5)
    await session.step(noise(32 * 32), targets, 1e-2)
    expect([start.parameters, start.statistics]).toEqual(copies)

    await session.close()
  })

  it('fills variables with copies: the binding itself may hand over the memory of the array', () => {
    const graph = new Graph()
    const length = 64
    const [value = ''] = fedFlat(graph, { given: length })
    const stored = variable(graph, 'stored', [length])
    const after = [assign(graph, stored, value)]
    graph.node('Identity', [graph.scalar(0)], undefined, { name: 'fill', after })
    graph.node('Identity', [stored.value], undefined, { name: 'read' })
    const session = new Session(loadBinding(report.folder), graph)
    // Whether memory is shared depends on its alignment.
    for (let i = 0; i < 128; i++) {
      const values = new Float32Array(new ArrayBuffer(4 * (length + 16)), 4 * (i % 16), length)
      session.run({ ...one, given: { shape: [length], values: values.fill(1) } }, ['fill'])
      values.fill(2)
      expect(session.run({}, ['read'])[0]?.[5]).toBe(1)
    }
    session.close()
  })

  it('predicts images of any size, oblong too, like the reference', async () => {
    for (const [height, width] of [
      [32, 96],
      [64, 32],
    ] as const) {
      const images = noise(height * width)
      const predictor = await (await backend).predictor(network, height, width, weights(2))
      const actual = await predictor.predict(images)
      const expected = await eagerPrediction(network, height, width, weights(2), images)
      const apart = actual.probabilities.map((p, i) =>
        Math.abs(p - (expected.probabilities[i] ?? 0)),
      )
      expect(actual.probabilities.length).toBe(2 * height * width)
      expect(Math.max(...apart)).toBeLessThan(1e-5)
      await predictor.close()
    }
  })

  it('shares what is loaded among image sizes, and keeps sizes with other weights apart', async () => {
    const pool = new Pool(loadBinding(report.folder), network)
    const [first, second] = [weights(1), weights(2)]
    const [small, large] = [pool.acquire(first), pool.acquire(first)]
    expect(small).toBe(large)
    const other = pool.acquire(second)
    expect(other).not.toBe(small)
    pool.release(other)
    // An idle one is filled anew instead of loading the graph again.
    expect(pool.acquire(weights(3))).toBe(other)
    pool.close()
  })

  it('says in a sentence what a graph that cannot run complains of', async () => {
    const shape = { batch: 1, height: 32, width: 32 }
    const start = { ...weights(1), moment: zeros(), velocity: zeros(), iteration: 0 }
    const session = await (await backend).train(network, shape, start, 0.9)
    const wrong = session.step(noise(10), new Float32Array(2 * 32 * 32), 1e-2)
    await expect(wrong).rejects.toThrow(/^TensorFlow could not run the recorded graph: /)
    await session.close()
  })
})
