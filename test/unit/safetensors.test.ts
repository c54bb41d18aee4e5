import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from '@jest/globals'
import { readModel, toModel, writeModel } from '@suggestive/sidecar/domain/model-file'
import { readSafetensors, writeSafetensors } from '@suggestive/sidecar/domain/safetensors'
import { goldenBytes } from '../support/golden.ts'
import { smallHeader, smallModel } from '../support/model.ts'
import { problemOf } from '../support/problems.ts'

/** A container whose JSON is written by hand. */
function file(header: unknown, body: Uint8Array = new Uint8Array(0)): Uint8Array {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  return Buffer.concat([length, json, body])
}
const refused = (bytes: Uint8Array) =>
  problemOf('unreadable-input', () => readModel(bytes, 'm.safetensors'))
const scaled = (change: object) => ({
  ...smallHeader,
  normalisation: { ...smallHeader.normalisation, ...change },
})
const tensor = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
  dtype: 'F32',
  shape,
  data_offsets: [begin, end],
})

describe('a model file', () => {
  it('gives the model back, from any alignment', () => {
    const bytes = writeModel(smallModel)
    expect(readModel(bytes, 'm')).toEqual(smallModel)
    const shifted = new Uint8Array(bytes.length + 1)
    shifted.set(bytes, 1)
    expect(readModel(shifted.subarray(1), 'm')).toEqual(smallModel)
    expect(bytes.length % 4).toBe(0)
  })

  it('is refused wherever it is cut', async () => {
    const bytes = writeModel(smallModel)
    for (let length = 0; length < bytes.length; length++) {
      const sentence = await refused(bytes.subarray(0, length))
      expect(sentence).toMatch(
        /^The file m\.safetensors .*(truncated|not complete).*: copy it again/,
      )
    }
  })

  it('is refused when any byte of a tensor has changed, or follows the last', async () => {
    const bytes = writeModel(smallModel)
    const damaged = Uint8Array.from(bytes)
    damaged[bytes.length - 9] = 1 ^ (bytes[bytes.length - 9] ?? 0)
    expect(await refused(damaged)).toContain('SHA-256')
    expect(await refused(Buffer.concat([bytes, Buffer.alloc(4)]))).toContain('4 bytes after')
  })

  it('is refused when it holds NaN although its digest is right', async () => {
    const broken = toModel(smallHeader, [
      { name: 'w', shape: [2], data: Float32Array.of(0, Number.NaN) },
    ])
    expect(await refused(writeModel(broken))).toContain('not finite in "w"')
  })

  it.each([
    ['format', { ...smallHeader, format: 2 }],
    ['scale', { ...smallHeader, scale: 0.3 }],
    ['channels', { ...smallHeader, channels: 2 }],
    ['normalisation', { ...smallHeader, channels: 1 }],
    ['normalisation', scaled({ mean: [0.5, 0.5] })],
    ['normalisation', scaled({ high: 0 })],
    ['normalisation', scaled({ deviation: [1, 0, 1] })],
    ['classValues', { ...smallHeader, classValues: [255, 0] }],
    ['members', { ...smallHeader, members: [] }],
    ['settings', { ...smallHeader, settings: { ...smallHeader.settings, crop: '128' } }],
  ])('is refused when the header’s %s makes no sense', async (field, header) => {
    const text = JSON.stringify(header)
    const metadata = new Map([
      ['header', text],
      ['sha256', smallModel.digest],
    ])
    const bytes = writeSafetensors({ metadata, tensors: smallModel.tensors })
    expect(await refused(bytes)).toContain(`"${field}"`)
  })
})

describe('a foreign file', () => {
  it.each([
    ['text', Buffer.from('PK something else entirely, long enough')],
    ['a huge length', Buffer.from('ffffffffffffff7f7b7d', 'hex')],
    ['no JSON', file('{"a":')],
    ['a JSON list', file('[]')],
    ['no metadata', file({ w: tensor(0, 4) }, new Uint8Array(4))],
    ['the reference implementation’s', goldenBytes('reference.safetensors')],
  ])('is refused in one sentence: %s', async (_, bytes) => {
    expect(await refused(bytes)).toMatch(/^The file m\.safetensors .*: copy it again/)
  })

  const body = new Uint8Array(12)
  it.each([
    ['a gap', { a: tensor(0, 4), b: tensor(8, 12) }],
    ['an overlap', { a: tensor(0, 8), b: tensor(4, 12) }],
    ['a shape of another size', { a: tensor(0, 12, [2]) }],
    ['a negative side', { a: tensor(0, 12, [-3]) }],
    ['another type', { a: { ...tensor(0, 12), dtype: 'F16' } }],
    ['an end beyond the file', { a: tensor(0, 16) }],
    ['no offsets', { a: { dtype: 'F32', shape: [3] } }],
    ['a tensor that is none', { a: null }],
  ])('is refused for %s', async (_, entries) => {
    await problemOf('unreadable-input', () => readSafetensors(file(entries, body), 'x'))
  })

  it('is refused when its metadata is no text', async () => {
    const sentence = await refused(file({ __metadata__: { header: 1 } }))
    expect(sentence).toContain('has no text for "header"')
  })

  it('of the reference implementation is read as a container', () => {
    const { metadata, tensors } = readSafetensors(goldenBytes('reference.safetensors'), 'r')
    expect(Object.fromEntries(metadata)).toEqual({ 'made by': 'safetensors', note: 'ü' })
    const byName = new Map(tensors.map(({ name, shape, data }) => [name, { shape, data }]))
    expect(byName.get('member0.stem.0.filter')).toEqual({
      shape: [2, 3, 4],
      data: Float32Array.from({ length: 24 }, (_, i) => i / 8),
    })
    expect(byName.get('member0.head.bias')?.data).toEqual(Float32Array.of(-1.5, 3.25))
    expect(byName.get('step')).toEqual({ shape: [], data: Float32Array.of(7) })
    expect(byName.get('empty')).toEqual({ shape: [0, 3], data: new Float32Array(0) })
  })
})

describe('the README’s reader in Python', () => {
  const script = fileURLToPath(new URL('../golden/safetensors-read.py', import.meta.url))
  const readme = fileURLToPath(new URL('../../README.md', import.meta.url))

  it('reads our file with numpy alone', () => {
    try {
      execFileSync('python3', ['-c', 'import numpy'], { stdio: 'pipe' })
    } catch {
      process.stdout.write('skipped: reading a model from Python, python3 with numpy is not here\n')
      return
    }
    const folder = mkdtempSync(join(tmpdir(), 'model-'))
    try {
      const path = join(folder, 'model.safetensors')
      writeFileSync(path, writeModel(smallModel))
      expect(execFileSync('python3', [script, path], { encoding: 'utf8' }).split('\n')).toEqual([
        '[0, 255] 0.25 1 members',
        'member0.stem.0.filter (1, 1, 3, 2) 3.583333',
        'member0.head.bias (2,) -0.375000',
        'member0.step () 7.000000',
        '',
      ])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('is the one that the README shows', () => {
    if (!existsSync(readme)) return
    expect(readFileSync(readme, 'utf8')).toContain(readFileSync(script, 'utf8').trim())
  })
})
