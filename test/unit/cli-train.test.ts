/** `suggest train` on real folders, with an engine without networks. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { Problem } from '@suggestive/shared/problem'
import { claimCheckpoints, digestsOf, type TrainTask } from '@suggestive/sidecar/cli/checkpoints'
import { trainCommand } from '@suggestive/sidecar/cli/train'
import { readModel } from '@suggestive/sidecar/domain/model-file'
import { profiles } from '@suggestive/sidecar/domain/settings'
import type { Engine, TrainRequest } from '@suggestive/sidecar/ports'
import { createPixelEngine } from '../fakes/pixel-engine.ts'
import { type Said, saying, squareFiles } from '../support/command.ts'
import { withFolder } from '../support/folders.ts'
import { problemOf } from '../support/problems.ts'
import { squares } from '../support/replay.ts'

let files: Record<string, Uint8Array> = {}
beforeAll(async () => {
  files = await squareFiles(8)
})

/** Runs `suggest train` in a folder with eight images. */
async function train(folder: string, words: readonly string[], engine?: Engine): Promise<Said> {
  const { said, context } = saying(engine)
  const folders = ['--images', join(folder, 'images'), '--masks', join(folder, 'masks')]
  await trainCommand([...folders, ...words], context)
  return said
}

/** Trains like the other one, but breaks off; remembers what it was asked. */
function breaking(requests: TrainRequest[]): Engine {
  return {
    ...createPixelEngine(),
    async train(request) {
      requests.push(request)
      writeFileSync(join(request.checkpoints ?? '', 'member0.safetensors'), 'half')
      throw new Problem('engine-failed', 'The engine broke.')
    },
  }
}

describe('suggest train', () => {
  it('writes one readable model, says how good it is, and leaves nothing else', async () => {
    await withFolder(files, async (folder) => {
      const out = join(folder, 'cells.safetensors')
      const { printed, events } = await train(folder, ['--out', out, '--members', '3'])
      expect(printed).toMatch(
        /cells\.safetensors: 3 members, held-out Dice( \d\.\d{3}){3}, \d+ s\n$/,
      )
      const { header } = readModel(readFileSync(out), out)
      expect(header.classValues).toEqual([0, 255])
      expect(header.settings).toEqual({ ...profiles.quick, members: 3 })
      expect(header.seed).toBe(1)
      expect(readdirSync(folder).sort()).toEqual(['cells.safetensors', 'images', 'masks'])
      expect(events[0]).toEqual({
        kind: 'note',
        sentence: '8 annotated images; mask values 0, 255',
      })
      expect(events.filter(({ kind }) => kind === 'iteration')).toHaveLength(60)
    })
  })

  it('says when no image is held out', async () => {
    await withFolder(await squareFiles(3), async (folder) => {
      const out = join(folder, 'm.safetensors')
      expect((await train(folder, ['--out', out])).printed).toMatch(
        /4 members, no images held out,/,
      )
    })
  })

  it('explains every setting and does not train', async () => {
    await withFolder(files, async (folder) => {
      const words = ['--explain', '--network', 'unet', '--seed', '9', '--iterations', '5']
      const { printed } = await train(folder, words)
      const lines = new Map(
        printed
          .trim()
          .split('\n')
          .map((line) => line.split(/ {2,}/))
          .map(([name = '', ...rest]) => [name, rest]),
      )
      // Everything that a training depends on, and who decided it.
      expect([...lines.keys()]).toEqual(
        (
          'images,held out,classes,profile,network,members,width,iterations,crop,batch,' +
          'learning rate,warm-up,scale,momentum,class weights,seed,engine,threads'
        ).split(','),
      )
      expect(lines.get('images')?.[0]).toBe('8')
      expect(lines.get('held out')).toEqual(['1', expect.stringMatching(/: image-0\d$/)])
      expect(lines.get('profile')).toEqual(['quick', 'usual without a GPU'])
      expect(lines.get('network')).toEqual(['unet', 'as asked; quick has fcn'])
      expect(lines.get('iterations')).toEqual(['5', 'as asked; quick has 300'])
      expect(lines.get('crop')).toEqual(['128 px', expect.any(String)])
      expect(lines.get('scale')).toEqual(['1', expect.stringMatching(/object is 7 px across/)])
      expect(lines.get('seed')?.[0]).toBe('9')
      expect(readdirSync(folder).sort()).toEqual(['images', 'masks'])
      const halved = await train(folder, ['--explain', '--scale', '0.5', '--profile', 'paper'])
      expect(halved.printed).toMatch(/^scale +0.5 +as asked$/m)
      expect(halved.printed).toMatch(/^profile +paper +as asked$/m)
      const paper = await train(folder, ['--explain', '--profile', 'paper'])
      expect(paper.printed).toMatch(/^scale +1 +as paper has it$/m)
    })
  })

  it('refuses an output that cannot be written before it reads images', async () => {
    await withFolder(files, async (folder) => {
      const never: Engine = {
        ...createPixelEngine(),
        info: () => Promise.reject(new Error('no engine is needed')),
      }
      const of = (out: string) => () => train(folder, ['--out', out], never)
      expect(await problemOf('wrong-use', of(folder))).toMatch(/is a folder: name a file in it\.$/)
      expect(await problemOf('wrong-use', of(join(folder, 'no', 'm')))).toMatch(
        /^Cannot write .*no\/m: there is no folder .*\/no; create it first\.$/,
      )
      expect(await problemOf('wrong-use', () => train(folder, [], never))).toBe(
        '--out is missing: name the file for the ensemble.',
      )
    })
  })
})

describe('checkpoints', () => {
  it('lie beside the model, belong to a task, and are gone on with by the same command', async () => {
    await withFolder(files, async (folder) => {
      const out = join(folder, 'm.safetensors')
      const beside = `${out}.checkpoints`
      const requests: TrainRequest[] = []
      const engine = breaking(requests)
      await problemOf('engine-failed', () => train(folder, ['--out', out], engine))
      expect(requests[0]?.checkpoints).toBe(beside)
      expect(readdirSync(beside).sort()).toEqual(['member0.safetensors', 'task.json'])
      expect(existsSync(out)).toBe(false)

      const { events } = await train(folder, ['--out', out])
      expect(events).toContainEqual({ kind: 'note', sentence: `goes on from ${beside}` })
      expect(existsSync(beside)).toBe(false)
      const again = await train(folder, ['--out', out])
      expect(
        again.events.some((event) => 'sentence' in event && /goes on/.test(event.sentence)),
      ).toBe(false)
    })
  })

  it.each([
    [['--seed', '2'], /\(seed was 1 and is 2 now\)/],
    [['--iterations', '7'], /\(iterations was 300 and is 7 now\)/],
    [['--profile', 'balanced'], /\(profile was quick and is balanced now\)/],
  ])('of a training without %j are discarded, with the reason', async (words, reason) => {
    await withFolder(files, async (folder) => {
      const out = join(folder, 'm.safetensors')
      await problemOf('engine-failed', () => train(folder, ['--out', out], breaking([])))
      const { events } = await train(folder, ['--out', out, ...words])
      const warnings = events.flatMap((event) => (event.kind === 'warning' ? event.sentence : []))
      expect(warnings).toEqual([
        expect.stringMatching(
          /^The checkpoints in .* belong to another training .* are discarded\.$/,
        ),
      ])
      expect(warnings[0]).toMatch(reason)
    })
  })

  it('of other images or masks are discarded', async () => {
    await withFolder({}, async (folder) => {
      const sources = squares(0, 6)
      const task: TrainTask = {
        version: '1',
        engine: 'onnx',
        seed: 1,
        classValues: [0, 255],
        settings: profiles.quick,
        ...(await digestsOf(sources)),
      }
      const claim = async (other: Partial<TrainTask>) => {
        await claimCheckpoints(folder, task)
        writeFileSync(join(folder, 'member0.safetensors'), 'weights')
        const { discarded, goesOn } = await claimCheckpoints(folder, { ...task, ...other })
        expect(goesOn).toBe(discarded === undefined)
        expect(existsSync(join(folder, 'member0.safetensors'))).toBe(goesOn)
        return /\((.*)\)/.exec(discarded ?? '')?.[1]
      }
      expect(await claim({})).toBeUndefined()
      // The order of files is not part of the task.
      expect(await claim(await digestsOf([...sources].reverse()))).toBeUndefined()
      expect(await claim(await digestsOf(sources.slice(1)))).toBe('the images have changed')
      const [first, ...rest] = sources
      if (first === undefined) throw new Error('no images')
      const { width, height, data } = await first.readMask()
      const mask = { width, height, data: data.map((value) => 1 - value) }
      const changed = [{ ...first, readMask: async () => mask }, ...rest]
      expect(await claim(await digestsOf(changed))).toBe('the masks have changed')
      expect(await claim({ engine: 'tensorflow' })).toBe('engine was onnx and is tensorflow now')
      expect(await claim({ version: '2' })).toBe('version was 1 and is 2 now')
      expect(await claim({ classValues: [0, 3] })).toBe('the settings have changed')
      writeFileSync(join(folder, 'task.json'), '{"half')
      expect((await claimCheckpoints(folder, task)).discarded).toMatch(/not recorded which/)
    })
  })

  it('never take the place of something else', async () => {
    await withFolder(files, async (folder) => {
      const out = join(folder, 'm.safetensors')
      mkdirSync(`${out}.checkpoints`)
      writeFileSync(join(`${out}.checkpoints`, 'thesis.tex'), 'years of work')
      expect(await problemOf('wrong-use', () => train(folder, ['--out', out]))).toMatch(
        /needed for checkpoints but holds thesis\.tex: move it away or choose another --out\.$/,
      )
      expect(readFileSync(join(`${out}.checkpoints`, 'thesis.tex'), 'utf8')).toBe('years of work')
    })
  })
})
