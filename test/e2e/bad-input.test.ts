/** Wrong use and broken files: exit code, one sentence that names the file and the remedy, nothing half-written. */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { writeNpy } from '@suggestive/sidecar/domain/npy'
import { encodeMap, encodeMask } from '@suggestive/sidecar/images'
import { encodePng } from '../bench/png.ts'
import { openFolder, type TestFolder } from '../support/folders.ts'
import { bin, filesIn, sentenceOf, start, startProgram, suggest } from '../support/suggest.ts'
import { engine, size, tiny, writeTissue } from '../support/tiny.ts'

jest.setTimeout(300_000)

const train = ['train', '--images', 'images', '--masks', 'masks', '--out', 'm.safetensors', ...tiny]

/** Images, masks, and a model trained on them. */
let good: TestFolder
let png: Uint8Array
beforeAll(async () => {
  good = openFolder()
  await writeTissue(good, 3)
  png = readFileSync(join(good.path, 'images/p0.png'))
  const npy = (name: string, values: number[], shape: number[]) =>
    good.write(name, writeNpy(Float32Array.from(values), shape))
  npy('u.npy', [0.1, 0.2, 0.05], [3])
  npy('d.npy', [1, 0, 0.6, 0.8, 0, 1], [3, 2])
  npy('nan.npy', [0.1, Number.NaN, 0.05], [3])
  npy('nan-d.npy', [1, 0, Number.NaN, 0.8, 0, 1], [3, 2])
  npy('short.npy', [0.1, 0.2], [2])
  expect((await suggest(train, good.path)).code).toBe(0)
  cpSync(join(good.path, 'm.safetensors'), join(good.path, 'model'))
  rmSync(join(good.path, 'm.safetensors'))
})
afterAll(() => good.remove())

type Spoil = (folder: TestFolder) => unknown

/** A copy of the good folder. */
async function withCopy(use: (folder: TestFolder) => Promise<void>): Promise<void> {
  const folder = openFolder()
  try {
    cpSync(good.path, folder.path, { recursive: true })
    await use(folder)
  } finally {
    folder.remove()
  }
}

/** Runs the command in a spoilt copy: the sentence; the folder must stay as it was. */
async function refused(spoil: Spoil, words: readonly string[], code: number): Promise<string> {
  let sentence = ''
  await withCopy(async (folder) => {
    await spoil(folder)
    const before = filesIn(folder.path)
    sentence = sentenceOf(await suggest(words, folder.path), code)
    expect(filesIn(folder.path)).toEqual(before)
  })
  return sentence
}

const remove =
  (name: string): Spoil =>
  ({ path }) =>
    rmSync(join(path, name), { recursive: true })
const write =
  (name: string, content: () => Uint8Array | string | Promise<Uint8Array>): Spoil =>
  async (folder) =>
    folder.write(name, await content())
const nothing: Spoil = () => undefined

/** A PNG file without pixels: width 0. */
const withoutPixels = () => encodePng(0, size, 3, new Uint8Array(0))

describe('suggest train refuses', () => {
  it.each<[string, Spoil, number, RegExp]>([
    ['a missing mask', remove('masks/p1.png'), 2, /1 images have no mask in masks \(p1\): name/],
    [
      'a mask without image',
      remove('images/p1.png'),
      2,
      /1 masks in masks have no image \(p1\.png\): .*remove what has no partner/,
    ],
    [
      'a mask of another size',
      write('masks/p1.png', () => encodeMask(size, 32, new Uint8Array(size * 32))),
      2,
      /mask masks\/p1\.png has 64 x 32 pixels, but its image images\/p1\.png has 64 x 64: draw/,
    ],
    [
      'a mask with ids of objects',
      write('masks/p1.png', () => encodeMap(size, size, new Uint16Array(size * size).fill(300))),
      2,
      /mask masks\/p1\.png holds the value 300.*--test-objects/,
    ],
    [
      'a coloured mask',
      write('masks/p1.png', () => png),
      2,
      /mask masks\/p1\.png has colours.*save/,
    ],
    [
      'a damaged mask',
      write('masks/p1.png', () => png.subarray(0, 200)),
      1,
      /masks\/p1\.png is truncated.*save it again/,
    ],
    [
      'a truncated image',
      write('images/p1.png', () => png.subarray(0, png.length - 300)),
      1,
      /images\/p1\.png is truncated or damaged .*save it again/,
    ],
    ['an empty file', write('images/p1.png', () => ''), 1, /p1\.png is empty \(0 bytes\): save/],
    ['a text', write('images/p1.png', () => 'hello'), 1, /p1\.png is truncated or no image/],
    ['an image of size zero', write('images/p1.png', withoutPixels), 1, /images\/p1\.png .*: save/],
    [
      'two images of one name',
      write('images/p1.jpg', () => png),
      2,
      /have the name p1, .*: rename/,
    ],
    [
      'an empty folder',
      (folder) => empty(folder, 'images'),
      2,
      /folder images is empty: put images/,
    ],
    ['a missing folder', remove('images'), 2, /folder images does not exist: check the path/],
  ])('%s', async (_what, spoil, code, sentence) => {
    expect(await refused(spoil, train, code)).toMatch(sentence)
  })
})

function empty({ path }: TestFolder, name: string): void {
  rmSync(join(path, name), { recursive: true })
  mkdirSync(join(path, name))
}

describe('suggest refuses', () => {
  const shortcuts = new Map([
    ['TRAIN', train],
    ['PREDICT', ['predict', '--images', 'images', '--out', 'out', ...engine]],
    ['SELECT', ['select', '--uncertainty', 'u.npy', '--descriptors', 'd.npy']],
  ])
  // An option that is given twice counts the last time.
  it.each([
    ['', 2, /^A command is missing: choose serve, .* or see suggest --help\.$/],
    ['trian', 2, /^There is no command trian: choose serve, /],
    ['--verbose', 2, /^There is no option --verbose: choose serve, /],
    ['constructor', 2, /^There is no command constructor/],
    ['TRAIN --iteration 3', 2, /^Unknown option '--iteration': see suggest train --help\.$/],
    ['doctor --jsn', 2, /^Unknown option '--jsn': see suggest doctor --help\.$/],
    ['replay --foo', 2, /^Unknown option '--foo': see suggest replay --help\.$/],
    ['engine torch', 2, /^There is no engine torch to install/],
    ['TRAIN --engine torch', 2, /^--engine is "torch"; choose auto, onnx or tensorflow\.$/],
    ['TRAIN --threads 0', 2, /^--threads is 0; give a whole number of at least 1\.$/],
    ['TRAIN --out no/m', 2, /^Cannot write no\/m: there is no folder .*; create it first\.$/],
    ['TRAIN --out images', 2, /^--out images is a folder: name a file in it\.$/],
    ['PREDICT --model absent', 2, /^The model absent does not exist: check the path/],
    ['PREDICT --model u.npy', 1, /u\.npy .*train/],
    ['PREDICT --model images/p0.png', 1, /images\/p0\.png .*train/],
    ['SELECT --uncertainty nan.npy', 1, /^nan\.npy holds NaN in row 1: .*compute it again\.$/],
    ['SELECT --descriptors nan-d.npy', 1, /row 1 of nan-d\.npy/],
    ['SELECT --uncertainty short.npy', 2, /^d\.npy has the shape \[3, 2\]: give 2 rows/],
    ['SELECT --uncertainty absent.npy', 1, /^absent\.npy does not exist: check the path\.$/],
    ['SELECT --k 20', 2, /^--k is 20 but --candidates only 16: give/],
    ['SELECT --k 0', 2, /^--k is '0': give a whole number/],
  ] as const)('%s', async (line, code, sentence) => {
    const words = line.split(' ').flatMap((word) => shortcuts.get(word) ?? word)
    expect(await refused(nothing, line === '' ? [] : words, code)).toMatch(sentence)
  })

  it('without any trace of the code, unless it is asked for', async () => {
    const { stderr } = await suggest(['trian'], good.path, { SUGGEST_DEBUG: '1' })
    expect(stderr).toMatch(/^There is no command trian.*\n(.|\n)*\n {4}at /)
  })
})

describe('suggest does what it can', () => {
  it('trains on background alone, and warns', async () => {
    await withCopy(async (folder) => {
      for (let i = 0; i < 3; i++) {
        folder.write(`masks/p${i}.png`, await encodeMask(size, size, new Uint8Array(size * size)))
      }
      const { code, events, said } = await suggest(train, folder.path)
      expect({ code, said }).toEqual({ code: 0, said: [] })
      const warnings = events.flatMap(({ kind, sentence }) => (kind === 'warning' ? sentence : []))
      expect(warnings).toContainEqual(expect.stringMatching(/background only/))
      expect(existsSync(join(folder.path, 'm.safetensors'))).toBe(true)
    })
  })

  it('predicts the other images and names the one that cannot be read', async () => {
    await withCopy(async (folder) => {
      folder.write('images/p1.png', png.subarray(0, png.length - 300))
      const words = ['predict', '--images', 'images', '--model', 'model', '--out', 'out', ...engine]
      const sentence = sentenceOf(await suggest(words, folder.path), 1)
      expect(sentence).toMatch(/^The image images\/p1\.png is truncated.*; 2 others are done/)
      const csv = readFileSync(join(folder.path, 'out', 'scores.csv'), 'utf8')
      expect(csv.match(/p\d/g)).toEqual(['p0', 'p2'])
    })
  })

  it('ends quietly when nobody reads its output', async () => {
    const { code, stderr } = await startProgram(
      'sh',
      ['-c', `{ "${process.execPath}" "${bin}" train --help; echo "code $?" >&2; } | true`],
      good.path,
    ).outcome
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'code 0\n' })
  })

  const serving = ['serve', 'token', 'backup', 'restore']
  it.each([...serving, 'train', 'predict', 'select', 'replay', 'demo', 'doctor', 'engine'])(
    'explains %s with examples',
    async (command) => {
      const { code, stdout, stderr } = await suggest([command, '--help'], good.path)
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
      expect(stdout).toMatch(new RegExp(`^suggest ${command} `))
      expect(stdout).toMatch(/\nExamples:\n {2}suggest /)
      for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
    },
  )
})

it('stops at once when it is asked twice', async () => {
  await withCopy(async ({ path }) => {
    const running = start([...train, '--iterations', '5000'], path)
    await running.until('"iteration":1,')
    running.process.kill('SIGINT')
    running.process.kill('SIGTERM')
    expect(await running.outcome).toMatchObject({ code: 130, stdout: '' })
    expect(existsSync(join(path, 'm.safetensors'))).toBe(false)
  })
})
