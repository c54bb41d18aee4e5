/** The command line from images to a suggestion, its interruptions, and its files, with a very small training. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { readModel } from '@suggestive/sidecar/domain/model-file'
import { readNpy } from '@suggestive/sidecar/domain/npy'
import { decodeMask, decodeObjects, encodeMap, encodeMask } from '@suggestive/sidecar/images'
import { encodePng } from '../bench/png.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { bin, childrenOf, filesIn, start, startProgram, suggest } from '../support/suggest.ts'
import { engine, writeTissue } from '../support/tiny.ts'

// Each command takes a second or two on an idle machine.
jest.setTimeout(300_000)

const count = 8
const names = Array.from({ length: count }, (_, i) => `tissue-${i}`)
const small = ['--iterations', '24', '--members', '2', '--crop', '32', '--batch', '2', ...engine]
const train = ['train', '--images', 'images', '--masks', 'masks', ...small]

let place: TestFolder
let folder = ''
beforeAll(async () => {
  place = openFolder()
  folder = place.path
  await writeTissue(place, count, 'tissue-')
  const { code, stdout, said } = await suggest([...train, '--out', 'whole.safetensors'], folder)
  expect({ code, said }).toEqual({ code: 0, said: [] })
  expect(stdout).toMatch(
    /^whole\.safetensors: 2 members, held-out Dice 0\.\d{3} 0\.\d{3}, \d+ s\n$/,
  )
})
afterAll(() => place.remove())

const file = (name: string) => readFileSync(join(folder, name))

describe('train, predict, select', () => {
  it('trains a model that records what it was made from', () => {
    const { header } = readModel(file('whole.safetensors'), 'whole')
    expect(header.classValues).toEqual([0, 255])
    expect(header.channels).toBe(3)
    expect(header.settings).toMatchObject({ iterations: 24, crop: 32, batch: 2, profile: 'quick' })
    expect(header.engine).toMatch(/^onnx \d+\.\d+\.\d+, cpu, 1 threads$/)
    expect(header.heldOut).toHaveLength(1)
    expect(filesIn(folder).filter((name) => !/^(images|masks|out)\//.test(name))).toEqual([
      'whole.safetensors',
    ])
  })

  it('predicts maps that agree with each other to the pixel, and suggests from them', async () => {
    const predict = ['predict', '--model', 'whole.safetensors', '--images', 'images', ...engine]
    const predicted = await suggest([...predict, '--out', 'out'], folder)
    expect(predicted).toMatchObject({ code: 0, said: [] })
    expect(predicted.stdout).toMatch(/^out: 8 images, mean uncertainty [^\n]*\n$/)
    expect(predicted.events.at(-1)).toEqual({ kind: 'predicted', of: 'pool', done: 8, total: 8 })
    const [head, ...rows] = file('out/scores.csv').toString().trim().split('\n')
    expect(head).toBe('row,name,width,height,uncertainty,foreground')
    const uncertainty = readNpy(file('out/uncertainty.npy'), 'u')
    const descriptors = readNpy(file('out/descriptors.npy'), 'd')
    const { settings } = readModel(file('whole.safetensors'), 'whole').header
    const length = settings.members * settings.width * 1024
    expect([uncertainty.shape, descriptors.shape]).toEqual([[count], [count, length]])
    for (const [i, name] of names.entries()) {
      const { width, height, values } = await decodeMask(file(`out/${name}.mask.png`), name)
      const map = async (kind: string) =>
        (await decodeObjects(file(`out/${name}.${kind}.png`), name)).ids
      const probability = await map('probability')
      const variance = await map('uncertainty')
      // The foreground where it is the more probable class.
      expect(values).toEqual(Uint8Array.from(probability, (p) => (p > 65535 - p ? 255 : 0)))
      const foreground = values.filter((value) => value === 255).length / values.length
      const mean = variance.reduce((sum, v) => sum + v, 0) / values.length / (4 * 65535)
      expect(rows[i]).toMatch(new RegExp(`^${i},${name},${width},${height},[^,]+,${foreground}$`))
      // Maps are rounded to 16 bit.
      expect(uncertainty.values[i]).toBeCloseTo(mean, 5)
      const descriptor = descriptors.values.subarray(i * length, (i + 1) * length)
      expect(Math.hypot(...descriptor)).toBeCloseTo(1, 5)
    }
    const arrays = ['--uncertainty', 'out/uncertainty.npy', '--descriptors', 'out/descriptors.npy']
    const chosen = await suggest(['select', ...arrays, '--k', '2', '--candidates', '4'], folder)
    expect(chosen).toMatchObject({ code: 0, stderr: '' })
    expect(chosen.stdout.split('\n')).toHaveLength(2)
    const { rows: suggested, gains, candidates } = JSON.parse(chosen.stdout)
    const byUncertainty = [...uncertainty.values.keys()].sort(
      (a, b) => (uncertainty.values[b] ?? 0) - (uncertainty.values[a] ?? 0),
    )
    expect(candidates).toEqual(byUncertainty.slice(0, 4))
    expect(new Set(suggested).size).toBe(2)
    expect(candidates).toEqual(expect.arrayContaining(suggested))
    expect(gains).toHaveLength(2)

    const again = await suggest([...predict, '--out', 'again'], folder)
    expect(again.code).toBe(0)
    for (const name of filesIn(join(folder, 'again'))) {
      expect([name, file(`again/${name}`)]).toEqual([name, file(`out/${name}`)])
    }
  })

  it('prints settings instead of training when it is asked to explain', async () => {
    const { code, stdout } = await suggest([...train, '--explain'], folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^iterations +24 +as asked; quick has 300$/m)
    expect(stdout).toMatch(/^engine +onnx .* as asked$/m)
  })
})

describe('images of many kinds', () => {
  it('with three classes come back at their own sizes and in their own values', async () => {
    const mixed = openFolder()
    const sizes = [
      [16, 16],
      [33, 20],
      [70, 41],
      [16, 90],
      [48, 48],
    ] as const
    // Three stripes, which the masks call 0, 3 and 200.
    const values = [0, 3, 200]
    for (const [i, [width, height]] of sizes.entries()) {
      const stripe = (p: number) => Math.floor((3 * (p % width)) / width)
      const pixels = Array.from({ length: width * height }, (_, p) => p)
      const rgba = () =>
        Uint8Array.from(pixels.flatMap((p) => [80 * stripe(p), 40, 200 - 80 * stripe(p), p % 256]))
      const deep = () => Uint16Array.from(pixels, (p) => 20000 * stripe(p) + (p % 99))
      const image =
        i % 2 === 0 ? await encodeMap(width, height, deep()) : encodePng(width, height, 4, rgba())
      mixed.write(`images/kind${i}.png`, image)
      const mask = Uint8Array.from(pixels, (p) => values[stripe(p)] ?? 0)
      mixed.write(`masks/kind${i}.png`, await encodeMask(width, height, mask))
    }
    const trained = await suggest([...train, '--out', 'm.safetensors'], mixed.path)
    expect(trained).toMatchObject({ code: 0, said: [] })
    const bytes = readFileSync(join(mixed.path, 'm.safetensors'))
    const { header } = readModel(bytes, 'm')
    expect([header.classValues, header.channels]).toEqual([values, 3])

    const predict = ['predict', '--model', 'm.safetensors', '--images', 'images', '--out', 'out']
    expect(await suggest([...predict, ...engine], mixed.path)).toMatchObject({ code: 0, said: [] })
    const out = (name: string) => readFileSync(join(mixed.path, 'out', name))
    for (const [i, [width, height]] of sizes.entries()) {
      const mask = await decodeMask(out(`kind${i}.mask.png`), 'mask')
      const maps = await Promise.all(
        ['probability.3', 'probability.200', 'uncertainty'].map((kind) =>
          decodeObjects(out(`kind${i}.${kind}.png`), kind),
        ),
      )
      for (const map of [mask, ...maps]) {
        expect([map.width, map.height]).toEqual([width, height])
      }
      const [first, second] = maps
      expect(mask.values).toEqual(
        Uint8Array.from(mask.values, (_, p) => {
          const [a, b] = [first?.ids[p] ?? 0, second?.ids[p] ?? 0]
          const rest = 65535 - a - b
          if (a > rest && a >= b) return 3
          return b > rest && b > a ? 200 : 0
        }),
      )
    }
    mixed.remove()
  })
})

describe('suggest doctor', () => {
  it('says in words and as JSON that the usual options work here', async () => {
    const words = await suggest(['doctor'], folder)
    expect(words).toMatchObject({ code: 0, stderr: '' })
    for (const name of ['node', 'onnx', 'tensorflow', 'engine', 'threads', 'memory', 'temporary']) {
      expect(words.stdout).toMatch(new RegExp(`^(ok|note) +${name} +\\S`, 'm'))
    }
    expect(words.stdout).toMatch(/^ok +onnx +onnxruntime \d+\.\d+\.\d+, with cpu/m)
    expect(words.stdout).toMatch(/auto uses (onnx|tensorflow) \d/)
    const { ok, checks } = JSON.parse((await suggest(['doctor', '--json'], folder)).stdout)
    expect(ok).toBe(true)
    expect(checks).toHaveLength(words.stdout.trim().split('\n').length)
  })

  it('fails where results cannot be written', async () => {
    const { code, stdout, said } = await suggest(['doctor'], folder, { TMPDIR: '/dev/null' })
    expect({ code, said }).toEqual({
      code: 1,
      said: ['Something is missing (temporary): see above.'],
    })
    expect(stdout).toMatch(/^broken +temporary /m)
  })
})

describe('an interruption', () => {
  it('by Ctrl-C is said, and the same command ends with the same model', async () => {
    const words = [...train, '--out', 'stopped.safetensors']
    const first = startProgram(process.execPath, [bin, ...words], folder, {}, true)
    await first.until('"member":1')
    // A terminal sends it to the engine, too.
    process.kill(-(first.process.pid ?? 0), 'SIGINT')
    const { code, stdout, said } = await first.outcome
    expect({ code, stdout, said }).toEqual({
      code: 130,
      stdout: '',
      said: ['stopped; the same command goes on where it was'],
    })
    expect(filesIn(join(folder, 'stopped.safetensors.checkpoints'))).toContain('task.json')
    expect(filesIn(folder)).not.toContain('stopped.safetensors')

    const second = await suggest(words, folder)
    expect(second.code).toBe(0)
    expect(second.events).toContainEqual({
      kind: 'note',
      sentence: expect.stringMatching(/^goes on from .*stopped\.safetensors\.checkpoints$/),
    })
    // The first member was finished before.
    const members = second.events.flatMap(({ kind, member }) => (kind === 'check' ? [member] : []))
    expect(new Set(members)).toEqual(new Set([1]))
    expect(file('stopped.safetensors').equals(file('whole.safetensors'))).toBe(true)
    expect(filesIn(folder).filter((name) => name.includes('checkpoints'))).toEqual([])
  })

  it('by the death of the engine is one sentence, and the same command goes on', async () => {
    const words = [...train, '--out', 'killed.safetensors']
    const first = start(words, folder)
    await first.until('"member":1')
    for (const pid of childrenOf(first.process.pid)) process.kill(pid, 'SIGKILL')
    const { code, stdout, said } = await first.outcome
    expect({ code, stdout, said }).toEqual({
      code: 1,
      stdout: '',
      said: [
        expect.stringMatching(/^The process of the onnx engine ended unexpectedly \(SIGKILL\);/),
      ],
    })
    expect((await suggest(words, folder)).code).toBe(0)
    expect(file('killed.safetensors').equals(file('whole.safetensors'))).toBe(true)
  })
})
