/** Which engine computes, and what is said about it. */
import { describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import {
  chooseEngine,
  type EngineShop,
  usualProfile,
  usualThreads,
} from '@suggestive/sidecar/cli/engine-choice'
import { missingLibrary } from '@suggestive/sidecar/engine/onnx/locate'
import type { Engine } from '@suggestive/sidecar/ports'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { problemOf } from '../support/problems.ts'

type Name = 'onnx' | 'tensorflow'

/** Engines that answer or break, and a record of what was opened and closed. */
function shop(installed: boolean, broken: readonly Name[] = []) {
  const log: string[] = []
  const found: EngineShop = {
    find: async () =>
      installed
        ? { found: true, folder: '/engines/tf', version: '2.21.0', gpu: false }
        : { found: false, reason: 'TensorFlow is not built; to build it, run: npm run x' },
    create({ engine, threads, environment }): Engine {
      log.push(`open ${engine} ${threads} ${environment?.['TF_NUM_INTRAOP_THREADS'] ?? '-'}`)
      return {
        ...createPixelEngine(),
        async info() {
          if (broken.includes(engine)) throw new Problem('engine-failed', 'No such symbol.\nmore')
          return { engine, version: '1', device: 'CPU', threads }
        },
        async close() {
          log.push(`close ${engine}`)
        },
      }
    },
  }
  return { shop: found, log }
}

describe('the engine', () => {
  it('is tensorflow where it is installed and works', async () => {
    const { shop: from, log } = shop(true)
    const { info, why, warning } = await chooseEngine('auto', 3, from)
    expect([info.engine, why, warning]).toEqual([
      'tensorflow',
      'the fastest one that is installed',
      undefined,
    ])
    expect(log).toEqual(['open tensorflow 3 3'])
  })

  it('is onnx where tensorflow is not installed, with the way to get it', async () => {
    const { shop: from, log } = shop(false)
    const { info, why, warning } = await chooseEngine('auto', 2, from)
    expect([info.engine, warning]).toEqual(['onnx', undefined])
    expect(why).toMatch(/not built; to build it/)
    expect(log).toEqual(['open onnx 2 -'])
  })

  it('falls back to onnx loudly where tensorflow is installed but broken', async () => {
    const { shop: from, log } = shop(true, ['tensorflow'])
    const { info, warning } = await chooseEngine('auto', 2, from)
    expect(info.engine).toBe('onnx')
    expect(warning).toBe(
      'The tensorflow engine in /engines/tf does not work (No such symbol); the onnx engine is used instead.',
    )
    expect(log).toEqual(['open tensorflow 2 2', 'close tensorflow', 'open onnx 2 -'])
  })

  it('is the one asked for or none', async () => {
    const onnx = shop(true)
    expect((await chooseEngine('onnx', 2, onnx.shop)).info.engine).toBe('onnx')
    expect(onnx.log).toEqual(['open onnx 2 -'])
    expect((await chooseEngine('tensorflow', 2, shop(true).shop)).why).toBe('as asked')
    expect(
      await problemOf('engine-unavailable', () => chooseEngine('tensorflow', 2, shop(false).shop)),
    ).toBe('TensorFlow is not built; to build it, run: npm run x.')
    const broken = shop(true, ['tensorflow'])
    expect(
      await problemOf('engine-unavailable', () => chooseEngine('tensorflow', 2, broken.shop)),
    ).toBe(
      'The tensorflow engine in /engines/tf does not work (No such symbol); use --engine onnx.',
    )
    expect(broken.log).toEqual(['open tensorflow 2 2', 'close tensorflow'])
  })

  it('is missed in one sentence when none works', async () => {
    const { shop: from, log } = shop(true, ['tensorflow', 'onnx'])
    expect(await problemOf('engine-unavailable', () => chooseEngine('auto', 2, from))).toBe(
      'The onnx engine does not work here (No such symbol); suggest doctor says what is missing.',
    )
    expect(log.filter((line) => line.startsWith('close'))).toHaveLength(2)
  })

  it('decides the usual profile by its device', () => {
    const on = (device: string) =>
      usualProfile({ engine: 'tensorflow', version: '1', device, threads: 1 })
    expect([on('CPU'), on('cpu'), on('GPU'), on('NVIDIA CUDA')]).toEqual([
      'quick',
      'quick',
      'paper',
      'paper',
    ])
  })

  it('gets one thread per core, at most 8', () => {
    expect(usualThreads()).toBeGreaterThanOrEqual(1)
    expect(usualThreads()).toBeLessThanOrEqual(8)
  })
})

describe('the library of the onnx engine', () => {
  it('is missed in one sentence where there is none', () => {
    const on = (platform: string, arch: string, isMusl = false) =>
      missingLibrary({ platform, arch, isMusl })
    expect(on('darwin', 'x64')).toMatch(/^onnxruntime-node has no library for Macs with Intel/)
    expect(on('linux', 'x64', true)).toMatch(/musl such as Alpine/)
    expect(on('freebsd', 'x64')).toMatch(/freebsd on x64/)
    expect(on('linux', 'ia32')).toMatch(/linux on ia32/)
    for (const [platform, arch] of [
      ['linux', 'x64'],
      ['linux', 'arm64'],
      ['darwin', 'arm64'],
      ['win32', 'x64'],
      ['win32', 'arm64'],
    ] as const) {
      expect(on(platform, arch)).toBeUndefined()
    }
  })
})
