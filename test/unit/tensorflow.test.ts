/** What of the tensorflow engine works without its native library: recording, encoding, finding. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TrainState } from '@suggestive/sidecar/engine/backend'
import { fcn } from '@suggestive/sidecar/engine/fcn'
import { Message } from '@suggestive/sidecar/engine/protobuf'
import { Graph } from '@suggestive/sidecar/engine/tensorflow/graph'
import {
  describe as describeBuild,
  type Report,
} from '@suggestive/sidecar/engine/tensorflow/install'
import { findTensorflow } from '@suggestive/sidecar/engine/tensorflow/locate'
import { isBefore } from '@suggestive/sidecar/engine/tensorflow/machine'
import { recordPrediction } from '@suggestive/sidecar/engine/tensorflow/predict'
import { record, recorder } from '@suggestive/sidecar/engine/tensorflow/recorder'
import { adamScalars, recordTraining } from '@suggestive/sidecar/engine/tensorflow/train'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { adam } from '../support/eager.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const network = fcn({ width: 1 / 16, classes: 2, channels: 1 })
const shape = { batch: 1, height: 32, width: 32 }

describe('protocol buffers', () => {
  it('are written as in the examples of their documentation', () => {
    expect(hex(new Message().integer(1, 150).finish())).toBe('089601')
    expect(hex(new Message().text(2, 'testing').finish())).toBe('120774657374696e67')
    const nested = new Message().message(3, new Message().integer(1, 150))
    expect(hex(nested.finish())).toBe('1a03089601')
  })

  it('hold negative numbers in ten bytes and floats in four, lowest byte first', () => {
    expect(hex(new Message().integer(1, -2).finish())).toBe('08feffffffffffffffff01')
    expect(hex(new Message().float(1, 1.5).finish())).toBe('0d0000c03f')
  })
})

describe('a graph', () => {
  it('gives small equal constants one node', () => {
    const graph = new Graph()
    expect(graph.scalar(2)).toBe(graph.scalar(2))
    expect(graph.scalar(2)).not.toBe(graph.integer(2))
    expect(graph.scalar(2)).not.toBe(graph.constant([1], Float32Array.of(2)))
    expect(graph.scalar(2)).not.toBe(graph.scalar(3))
  })
})

describe('recording', () => {
  it('leaves tfjs as it was: the backend, and no tensors', async () => {
    await tf.setBackend('cpu')
    const before = tf.memory().numTensors
    recordTraining(network, shape, 0.9, 'CPU')
    recordPrediction(network, 'CPU')
    expect(tf.getBackend()).toBe('cpu')
    expect(tf.memory().numTensors).toBe(before)
    expect(tf.add(1, 2).dataSync()[0]).toBe(3)
  })

  it('goes back to the backend before after an error, too', async () => {
    await tf.setBackend('cpu')
    const failing = () => record(new Graph(), () => recorder.output({ dataId: {} }))
    expect(failing).toThrow(/outside the recording/)
    expect(tf.getBackend()).toBe('cpu')
  })

  it('is deterministic', () => {
    const encoded = () => Buffer.from(recordTraining(network, shape, 0.9, 'CPU').encode())
    expect(encoded().equals(encoded())).toBe(true)
  })
})

describe('adamScalars', () => {
  it('turn the kernel without bias correction into Adam', () => {
    const gradients = Float32Array.of(0.5, -2e-9, 3)
    let expected: TrainState = {
      parameters: Float32Array.of(1, 2, 3),
      moment: new Float32Array(3),
      velocity: new Float32Array(3),
      statistics: new Float32Array(),
      iteration: 0,
    }
    const actual = [1, 2, 3]
    for (let t = 1; t <= 3; t++) {
      expected = adam(expected, gradients, 1e-2)
      const { rate, epsilon } = adamScalars(1e-2, t)
      for (let i = 0; i < 3; i++) {
        const [m = 0, v = 0] = [expected.moment[i], expected.velocity[i]]
        actual[i] = (actual[i] ?? 0) - (rate * m) / (Math.sqrt(v) + epsilon)
      }
    }
    for (const [i, value] of actual.entries())
      expect(value).toBeCloseTo(expected.parameters[i] ?? 0, 6)
  })
})

describe('the report of a build', () => {
  const report: Report = {
    folder: '/somewhere/2.21.0-gpu',
    variant: 'gpu',
    source: 'wheel',
    version: '2.21.0',
    gpu: false,
    built: true,
    seconds: 126.4,
    bytes: 5_537_000_000,
  }

  it('says what was done, how long it took, how large it is, and that the GPU is missing', () => {
    expect(describeBuild(report).split('\n')).toEqual([
      'TensorFlow 2.21.0 was built from its Python wheel in 126 s.',
      'It passes the smoke test on the CPU.',
      'It found no GPU that it could use: is an NVIDIA driver for CUDA 12.5 or later installed?',
      'It takes 5537 MB in /somewhere/2.21.0-gpu; to remove it, delete that folder.',
    ])
  })

  it('says when nothing had to be built', () => {
    const text = describeBuild({ ...report, variant: 'cpu', built: false })
    expect(text).toMatch(/^TensorFlow 2.21.0 from its Python wheel is already built.\n/)
    expect(text).not.toMatch(/GPU that it could use/)
  })
})

describe('findTensorflow', () => {
  let root: string
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'find-tensorflow-'))
  })
  afterAll(async () => rm(root, { recursive: true, force: true }))

  const place = async (name: string, manifest?: string) => {
    await mkdir(join(root, name, 'lib'), { recursive: true })
    await writeFile(join(root, name, 'lib', 'tfjs_binding.node'), '')
    if (manifest !== undefined) await writeFile(join(root, name, 'engine.json'), manifest)
  }

  it('takes only finished builds, the one for the CPU on a machine without a GPU', async () => {
    const missing = await findTensorflow(root)
    expect(missing).toEqual({
      found: false,
      reason: expect.stringMatching(/run: npm run engine:tensorflow$/),
    })
    await place('2.21.0-cpu')
    expect((await findTensorflow(root)).found).toBe(false)
    await place('2.21.0-cpu', '{"version":')
    expect((await findTensorflow(root)).found).toBe(false)
    await place('2.21.0-gpu.building-1', '{"version":"2.21.0","variant":"gpu","source":"wheel"}')
    expect((await findTensorflow(root)).found).toBe(false)
    await place('2.21.0-cpu', '{"version":"2.21.0","variant":"cpu","source":"wheel"}')
    const folder = join(root, '2.21.0-cpu')
    expect(await findTensorflow(root)).toEqual({
      found: true,
      folder,
      version: '2.21.0',
      gpu: false,
    })
  })
})

describe('isBefore', () => {
  it('compares the major version first', () => {
    expect(isBefore([2, 26], [2, 27])).toBe(true)
    expect(isBefore([2, 27], [2, 27])).toBe(false)
    expect(isBefore([3, 1], [2, 27])).toBe(false)
    expect(isBefore([1, 99], [2, 27])).toBe(true)
  })
})
