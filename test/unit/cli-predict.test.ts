/** `suggest predict` on real folders, with an engine without networks. */
import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { predictCommand } from '@suggestive/sidecar/cli/predict'
import { scoresCsv } from '@suggestive/sidecar/cli/predict-folder'
import type { Model } from '@suggestive/sidecar/domain/model'
import { writeModel } from '@suggestive/sidecar/domain/model-file'
import { readNpy } from '@suggestive/sidecar/domain/npy'
import { profiles } from '@suggestive/sidecar/domain/settings'
import { decodeMask, decodeObjects } from '@suggestive/sidecar/images'
import type { Engine, Prediction } from '@suggestive/sidecar/ports'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { type Said, saying, squareFiles } from '../support/command.ts'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'
import { squares } from '../support/replay.ts'

const count = 5
const names = Array.from({ length: count }, (_, i) => `image-0${i}`)

/** Images, two models of two classes and one of three. */
let files: Record<string, Uint8Array> = {}
beforeAll(async () => {
  const trained = async (classValues: readonly number[], seed = 1): Promise<Model> =>
    createPixelEngine().train(
      {
        images: squares(50, 6),
        settings: { ...profiles.quick, members: 2 },
        classValues,
        seed,
        round: 0,
      },
      () => undefined,
      new AbortController().signal,
    )
  const images = Object.entries(await squareFiles(count)).filter(([path]) => /^images/.test(path))
  files = {
    ...Object.fromEntries(images),
    'two.safetensors': writeModel(await trained([0, 255])),
    'other.safetensors': writeModel(await trained([0, 255], 2)),
    'three.safetensors': writeModel(await trained([0, 7, 200])),
  }
})

interface Run {
  readonly model?: string
  readonly engine?: Engine
  readonly signal?: AbortSignal
}

async function predict(folder: string, run: Run = {}): Promise<Said> {
  const { said, context } = saying(run.engine, run.signal)
  const model = join(folder, `${run.model ?? 'two'}.safetensors`)
  const args = ['--model', model, '--images', join(folder, 'images'), '--out', join(folder, 'out')]
  await predictCommand(args, context)
  return said
}

/** Remembers its predictions, by call. */
function remembering(predictions: Prediction[]): Engine {
  const engine = createPixelEngine()
  return {
    ...engine,
    async predict(...request) {
      const prediction = await engine.predict(...request)
      predictions.push(prediction)
      return prediction
    },
  }
}

/** Name -> bytes of the output folder. */
function outputs(folder: string): Map<string, Buffer> {
  const out = join(folder, 'out')
  return new Map(
    readdirSync(out)
      .sort()
      .map((name) => [name, readFileSync(join(out, name))]),
  )
}

describe('suggest predict', () => {
  it('writes maps to the pixel, and a row per image in name order', async () => {
    await withFolder(files, async (folder) => {
      const predictions: Prediction[] = []
      const { printed } = await predict(folder, { engine: remembering(predictions) })
      expect(printed).toMatch(/out: 5 images, mean uncertainty \S+; scores.csv, uncertainty.npy,/)
      const out = outputs(folder)
      const maps = ['mask', 'probability', 'uncertainty']
      expect([...out.keys()]).toEqual(
        [
          ...names.flatMap((name) => maps.map((map) => `${name}.${map}.png`)),
          'scores.csv',
          'uncertainty.npy',
          'descriptors.npy',
        ].sort(),
      )
      const file = (name: string) => out.get(name) ?? Buffer.alloc(0)
      for (const [i, name] of names.entries()) {
        const { width, height, mask, probability, variance } = predictions[i] ?? fail(name)
        expect(await decodeMask(file(`${name}.mask.png`), name)).toEqual({
          width,
          height,
          values: mask.data.map((value) => 255 * value),
        })
        const map = async (kind: string) =>
          (await decodeObjects(file(`${name}.${kind}.png`), name)).ids
        expect(await map('probability')).toEqual(probability[0])
        expect(await map('uncertainty')).toEqual(variance)
        // Bytes 24 and 25 of a PNG: bit depth, and 0 for grey.
        expect([...file(`${name}.mask.png`).subarray(24, 26)]).toEqual([8, 0])
        expect([...file(`${name}.uncertainty.png`).subarray(24, 26)]).toEqual([16, 0])
      }
      const lines = predictions.map(({ width, height, uncertainty, foreground }, i) =>
        [i, names[i], width, height, uncertainty, foreground].join(','),
      )
      expect(file('scores.csv').toString()).toBe(
        `row,name,width,height,uncertainty,foreground\n${lines.join('\n')}\n`,
      )
      expect(readNpy(file('uncertainty.npy'), 'u')).toEqual({
        shape: [count],
        values: Float32Array.from(predictions, (one) => one.uncertainty),
      })
      const width = predictions[0]?.descriptor.length ?? 0
      expect(readNpy(file('descriptors.npy'), 'd')).toEqual({
        shape: [count, width],
        values: Float32Array.from(predictions.flatMap((one) => [...one.descriptor])),
      })
    })
  })

  it('writes a map per class, named after the value in the mask', async () => {
    await withFolder(files, async (folder) => {
      const predictions: Prediction[] = []
      await predict(folder, { model: 'three', engine: remembering(predictions) })
      const out = outputs(folder)
      const [name = ''] = names
      const files = [...out.keys()].filter((file) => file.startsWith(name))
      const kinds = ['mask', 'probability.200', 'probability.7', 'uncertainty']
      expect(files).toEqual(kinds.map((kind) => `${name}.${kind}.png`))
      for (const [c, value] of [7, 200].entries()) {
        const bytes = out.get(`${name}.probability.${value}.png`) ?? Buffer.alloc(0)
        expect((await decodeObjects(bytes, name)).ids).toEqual(predictions[0]?.probability[c])
      }
      const { values } = await decodeMask(out.get(`${name}.mask.png`) ?? Buffer.alloc(0), name)
      expect([...new Set(values)].every((value) => [0, 7, 200].includes(value))).toBe(true)
    })
  })

  it('goes on where it was stopped and ends with the same bytes', async () => {
    await withFolder(files, async (folder) => {
      await predict(folder)
      const whole = outputs(folder)
      rmSync(join(folder, 'out'), { recursive: true })

      const stop = new AbortController()
      const engine = createPixelEngine()
      let calls = 0
      const stopping: Engine = {
        ...engine,
        async predict(...request) {
          if (++calls === 3) stop.abort()
          return engine.predict(...request)
        },
      }
      await problemOf('cancelled', () => predict(folder, { engine: stopping, signal: stop.signal }))
      expect([...outputs(folder).keys()].filter((name) => !name.startsWith('.'))).toHaveLength(6)
      // A power cut while the third image was being written down.
      appendFileSync(join(folder, 'out', '.predict-descriptors.f32'), 'torn')
      appendFileSync(join(folder, 'out', '.predict-rows.jsonl'), '{"name":"image-0')

      const predictions: Prediction[] = []
      const { events } = await predict(folder, { engine: remembering(predictions) })
      expect(predictions).toHaveLength(3)
      expect(events).toContainEqual({ kind: 'note', sentence: '2 images are done already' })
      expect(outputs(folder)).toEqual(whole)
    })
  })

  it('does again what was lost or has changed since', async () => {
    await withFolder(files, async (folder) => {
      await predict(folder)
      const whole = outputs(folder)
      const broken = join(folder, 'images', 'image-99.png')
      writeFileSync(broken, 'no image')
      await problemOf('unreadable-input', () => predict(folder))
      rmSync(broken)
      const again = async (change: () => void, model = 'two') => {
        change()
        const predictions: Prediction[] = []
        writeFileSync(broken, 'no image')
        await problemOf('unreadable-input', () =>
          predict(folder, { model, engine: remembering(predictions) }),
        )
        rmSync(broken)
        return predictions.length
      }
      const out = (name: string) => join(folder, 'out', name)
      expect(await again(() => undefined)).toBe(0)
      expect(await again(() => rmSync(out('image-01.uncertainty.png')))).toBe(1)
      expect(await again(() => truncateSync(out('.predict-descriptors.f32'), 100))).toBe(4)
      expect(await again(() => rmSync(out('.predict-rows.jsonl')))).toBe(5)
      const other = files['images/image-00.png'] ?? fail('image')
      expect(await again(() => writeFileSync(join(folder, 'images/image-01.png'), other))).toBe(1)
      writeFileSync(join(folder, 'images/image-01.png'), files['images/image-01.png'] ?? '')
      await predict(folder)
      expect(outputs(folder)).toEqual(whole)
      expect(await again(() => undefined)).toBe(5)
      expect(await again(() => undefined, 'other')).toBe(5)
    })
  })

  it('names images that cannot be read, does the others, and fails', async () => {
    const [first = new Uint8Array(0)] = Object.values(files)
    const damaged = { 'images/image-00a.png': first.subarray(0, 60), 'images/zero.png': '' }
    await withFolder({ ...files, ...damaged }, async (folder) => {
      const sentence = await problemOf('unreadable-input', () => predict(folder))
      expect(sentence).toMatch(
        /^2 images were left out because they cannot be read; 5 others are done: .* The first: The image .*image-00a\.png is truncated/,
      )
      const rows = outputs(folder).get('scores.csv')?.toString().trim().split('\n') ?? []
      expect(rows.map((row) => row.split(',')[1])).toEqual(['name', ...names])
      rmSync(join(folder, 'images/zero.png'))
      expect(await problemOf('unreadable-input', () => predict(folder))).toMatch(
        /^The image .*image-00a\.png is truncated .*; 5 others are done, and the same command goes on with it\.$/,
      )
      rmSync(join(folder, 'images/image-00a.png'))
      await predict(folder)
      expect([...outputs(folder).keys()].filter((name) => name.startsWith('.'))).toEqual([])
    })
  })

  it('writes no tables when no image can be read', async () => {
    const model = files['two.safetensors'] ?? fail('model')
    await withFolder({ 'two.safetensors': model, 'images/a.png': '' }, async (folder) => {
      expect(await problemOf('unreadable-input', () => predict(folder))).toMatch(
        /a\.png is empty .*; there is no other image/,
      )
      expect(existsSync(join(folder, 'out', 'scores.csv'))).toBe(false)
    })
  })

  it.each([
    ['a model that is not there', 'wrong-use', /three\.safetensors does not exist: check the path/],
    ['a damaged model', 'unreadable-input', /three\.safetensors .*train/],
    ['results among the images', 'wrong-use', /^--out and --images are the same folder/],
    ['results in place of a file', 'wrong-use', /^--out .*out is a file: name a folder\.$/],
  ] as const)('refuses %s', async (what, kind, sentence) => {
    const model = files['three.safetensors'] ?? fail('model')
    const given = { ...files, 'three.safetensors': model.slice() }
    if (what === 'a damaged model') given['three.safetensors'].fill(1, model.length - 8)
    await withFolder(given, async (folder) => {
      if (what === 'a model that is not there') rmSync(join(folder, 'three.safetensors'))
      if (what === 'results in place of a file') writeFileSync(join(folder, 'out'), 'mine')
      const out = what === 'results among the images' ? 'images' : 'out'
      const { context } = saying()
      const args = ['--model', 'three.safetensors', '--images', 'images', '--out', out]
      const paths = args.map((word) => (word.startsWith('--') ? word : join(folder, word)))
      const said = await problemOf(kind, () => predictCommand(paths, context))
      expect(said).toMatch(sentence)
    })
  })
})

describe('scores.csv', () => {
  it('quotes names that would look like several', () => {
    const image = { digest: '', width: 2, height: 3, uncertainty: 0.125, foreground: 0.5 }
    const text = scoresCsv(['a,b', 'say "x"', 'plain name'].map((name) => ({ ...image, name })))
    expect(text.split('\n').slice(1, -1)).toEqual([
      '0,"a,b",2,3,0.125,0.5',
      '1,"say ""x""",2,3,0.125,0.5',
      '2,plain name,2,3,0.125,0.5',
    ])
  })
})

function fail(what: string): never {
  throw new Error(`${what} is missing`)
}
