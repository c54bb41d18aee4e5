/** `suggest replay` and `suggest demo` on real folders, with an engine without networks. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ReplayEvent } from '@suggestive/sidecar/app/replay/events'
import { demoCommand } from '@suggestive/sidecar/cli/demo'
import { type ReplayContext, replayCommand } from '@suggestive/sidecar/cli/replay'
import { encodeMap, encodeMask } from '@suggestive/sidecar/images'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'
import { square } from '../support/replay.ts'

interface Said {
  readonly printed: string[]
  readonly events: ReplayEvent[]
}

function context(said: Said, signal = new AbortController().signal): ReplayContext {
  return {
    openEngine: async () => createPixelEngine(),
    usualProfile: async () => 'quick',
    on: (event) => said.events.push(event),
    print: (text) => said.printed.push(text),
    signal,
    version: '0.0.0',
  }
}

async function run(command: typeof replayCommand, args: readonly string[]): Promise<Said> {
  const said: Said = { printed: [], events: [] }
  await command([...args], context(said))
  return said
}

/** 15 grey images with masks; object ids of the test images; their kinds. */
async function files(): Promise<Record<string, Uint8Array | string>> {
  const made: Record<string, Uint8Array | string> = {}
  const kinds = ['id,name,kind']
  for (let i = 0; i < 15; i++) {
    const { picture, mask, kind } = square(i)
    const name = `image-${String(i).padStart(2, '0')}`
    const grey = Uint8Array.from(mask.data, (_, p) => picture.data[3 * p + 1] ?? 0)
    made[`images/${name}.png`] = await encodeMask(picture.width, picture.height, grey)
    made[`masks/${name}.png`] = await encodeMask(
      mask.width,
      mask.height,
      mask.data.map((value) => 255 * value),
    )
    kinds.push(`${i},${name},"${kind}"`)
    if (i % 5 !== 0) continue
    made[`objects/${name}.png`] = await encodeMap(
      mask.width,
      mask.height,
      Uint16Array.from(mask.data, (value, p) => (value === 0 ? 0 : 300 + (p % 2))),
    )
  }
  made['kinds.csv'] = kinds.join('\n')
  return made
}

let made: Record<string, Uint8Array | string> = {}
beforeAll(async () => {
  made = await files()
})

// Many small files on a busy disk.
jest.setTimeout(60_000)

const small = ['--initial', '2', '--k', '2', '--candidates', '4', '--budgets', '0.4']
const both = ['--strategies', 'suggestive,random']

describe('suggest replay', () => {
  it('reads folders, writes three files, says where, and goes on in the same folder', async () => {
    await withFolder(made, async (folder) => {
      const out = join(folder, 'out', 'here')
      const args = [
        ...['--images', join(folder, 'images'), '--masks', join(folder, 'masks')],
        ...['--test-objects', join(folder, 'objects'), '--kinds', join(folder, 'kinds.csv')],
        ...['--out', out, ...small, ...both],
      ]
      const { printed, events } = await run(replayCommand, args)
      expect(printed.join('')).toMatch(/No difference .*\nReport: .*here\/report\.html\n$/)
      expect(readdirSync(out).sort()).toEqual(['curve.csv', 'report.html', 'result.json', 'state'])
      const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))
      expect(result.test.images.map(({ name }: { name: string }) => name)).toEqual([
        'image-00',
        'image-05',
        'image-10',
      ])
      expect(result.pool.images).toHaveLength(12)
      expect(result.classValues).toEqual([0, 255])
      expect(result.kindScores.at(-1)).toMatchObject({ kind: 'all', images: 3 })
      expect(result.kindScores.length).toBeGreaterThan(1)
      // Two interleaved ids per square: no component can be both.
      expect(result.reference.perImage.objectF1.mean).toBeLessThan(0.7)
      expect(events.filter(({ kind }) => kind === 'measured')).toHaveLength(
        readdirSync(join(out, 'state', 'seed-1')).length,
      )

      const report = readFileSync(join(out, 'report.html'), 'utf8')
      const again = await run(replayCommand, args)
      expect(again.events.filter(({ kind }) => kind === 'measured')).toEqual([])
      expect(readFileSync(join(out, 'report.html'), 'utf8')).toBe(report)
    })
  })

  it('takes a test set of its own', async () => {
    const moved = Object.fromEntries(
      Object.entries(made).map(([name, content]) => [
        name.replace(/^(images|masks)(\/image-0[0-3])/, 'test-$1$2'),
        content,
      ]),
    )
    await withFolder(moved, async (folder) => {
      const of = (name: string) => [`--${name}`, join(folder, name)]
      const args = [...of('images'), ...of('masks'), ...of('test-images'), ...of('test-masks')]
      const out = join(folder, 'out')
      const more = ['--out', out, ...small, '--strategies', 'random', '--no-reference']
      await run(replayCommand, [...args, ...more])
      const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))
      expect([result.pool.images.length, result.test.images.length]).toEqual([11, 4])
      expect(result.reference).toBeNull()
      const report = readFileSync(join(out, 'report.html'), 'utf8')
      expect(report.replace(/data:image[^"]*/g, '')).not.toMatch(/undefined|NaN|null/)

      const half = args.slice(0, -2)
      expect(
        await problemOf('wrong-use', () => run(replayCommand, [...half, '--out', out])),
      ).toMatch(/^--test-masks is missing/)
    })
  })

  it('refuses wrong words with one sentence, before it writes anything', async () => {
    await withFolder(made, async (folder) => {
      const out = join(folder, 'out')
      const usual = ['--images', join(folder, 'images'), '--masks', join(folder, 'masks')]
      const refusals: readonly (readonly [readonly string[], RegExp])[] = [
        [['--strategies', 'clever'], /no strategy "clever" .* suggestive, uncertainty, random/],
        [['--strategies', 'random,random'], /"random" twice/],
        [['--seeds', 'two'], /--seeds holds "two", which is not a number/],
        [['--seeds', '0'], /--seeds .* at least 1, not 0/],
        [['--k', '20'], /--k 20 is larger than --candidates 16/],
        [['--budgets', '10,30'], /--budgets holds 10/],
        [['--budgets', ''], /--budgets is empty/],
        [['--initial', '12'], /--initial 12 leaves nothing to suggest: the pool holds only 12/],
        [['--profile', 'slow'], /--profile is "slow"; choose quick, balanced or paper/],
        [['--network', 'net'], /--network is "net"; choose fcn or unet/],
        [['--scale', '2'], /--scale is 2; choose 1, 0\.5, 0\.25 or 0\.125/],
        [['--engine', 'steam'], /--engine is "steam"/],
        [['--colour', 'red'], /Unknown option '--colour'.*see suggest replay --help/],
        [['--kinds', join(folder, 'none.csv')], /none\.csv of --kinds cannot be read/],
        [
          ['--kinds', join(folder, 'images', 'image-00.png')],
          /needs the columns "name" and "kind"/,
        ],
      ]
      for (const [args, sentence] of refusals) {
        const whole = [...usual, '--out', out, ...args]
        expect(await problemOf('wrong-use', () => run(replayCommand, whole))).toMatch(sentence)
        expect(existsSync(out)).toBe(false)
      }
      const noOut = () => run(replayCommand, usual)
      expect(await problemOf('wrong-use', noOut)).toBe(
        '--out is missing: name the folder for the results.',
      )
    })
  })

  it('names the test image whose object ids are missing or of another size', async () => {
    const args = (folder: string) => [
      ...['--images', join(folder, 'images'), '--masks', join(folder, 'masks')],
      ...['--test-objects', join(folder, 'objects'), '--out', join(folder, 'out'), ...small],
    ]
    const { 'objects/image-05.png': _, ...missing } = made
    await withFolder(missing, async (folder) => {
      expect(await problemOf('wrong-use', () => run(replayCommand, args(folder)))).toMatch(
        /^image-05 has no readable object ids at .*image-05\.png/,
      )
      // Before anything is trained.
      expect(existsSync(join(folder, 'out'))).toBe(false)
    })
    const wrong = { ...made, 'objects/image-05.png': await encodeMap(3, 2, new Uint16Array(6)) }
    await withFolder(wrong, async (folder) => {
      expect(await problemOf('wrong-use', () => run(replayCommand, args(folder)))).toMatch(
        /image-05\.png have 3 x 2 pixels, but the mask of image-05 has/,
      )
    })
  })
})

describe('suggest demo', () => {
  it('replays on generated images of known kinds', async () => {
    await withFolder({}, async (folder) => {
      const out = join(folder, 'demo')
      const size = ['--images', '12', '--size', '32', '--initial', '3', '--k', '3']
      const { printed } = await run(demoCommand, [...size, '--budgets', '0.5', '--out', out])
      expect(printed.join('')).toContain(join(out, 'report.html'))
      const result = JSON.parse(readFileSync(join(out, 'result.json'), 'utf8'))
      expect(result.settings.strategies).toEqual(['suggestive', 'uncertainty', 'random'])
      expect([result.pool.images.length, result.test.images.length]).toEqual([12, 32])
      expect(result.kindScores).toHaveLength(11)
      expect(result.budgets[0].kinds.strategies.suggestive.mean).toBeGreaterThan(0)
    })
  })

  it('refuses sizes that cannot be generated, and explains itself', async () => {
    const refused = (...args: string[]) => problemOf('wrong-use', () => run(demoCommand, args))
    expect(await refused('--size', '31')).toBe('--size is 31; give a whole number of at least 32.')
    expect(await refused('--images', '1.5')).toMatch(/^--images is 1\.5/)
    expect(await refused('--k', '17')).toMatch(/larger than --candidates/)
    const help = (await run(demoCommand, ['--help'])).printed.join('')
    expect(help).toContain('suggest demo --seeds 5')
    expect((await run(replayCommand, ['-h'])).printed.join('')).toContain('--test-objects')
  })
})
