/** Options of commands: what is understood, and the sentence for everything else. */
import { describe, expect, it } from '@jest/globals'
import {
  engineOf,
  flagsOf,
  listOf,
  numberOf,
  oneOf,
  requiredText,
  scaleOf,
  textOf,
  wholeNumberOf,
} from '@suggestive/sidecar/cli/flags'
import { settingsOf } from '@suggestive/sidecar/cli/settings-flags'
import { trainFlags, trainOptionsOf } from '@suggestive/sidecar/cli/train-options'
import { profiles } from '@suggestive/sidecar/domain/settings'
import { problemOf } from '../support/problems.ts'

const parse = (...words: string[]) => flagsOf('train', words, trainFlags)
const folders = ['--images', 'i', '--masks', 'm']

describe('flags', () => {
  it('reads words with and without an equals sign', () => {
    expect(parse('--seed=3', '--images', 'a b', '--explain')).toEqual({
      seed: '3',
      images: 'a b',
      explain: true,
    })
  })

  it.each([
    [['--sede', '3'], /^Unknown option '--sede': see suggest train --help\.$/],
    [['--seed'], /^Option '--seed <value>' argument missing: see suggest train --help\.$/],
    [
      ['--explain=yes'],
      /^Option '--explain' does not take an argument: see suggest train --help\.$/,
    ],
    [['images'], /^Unexpected argument 'images'.*: see suggest train --help\.$/],
    [['-x'], /^Unknown option '-x': see suggest train --help\.$/],
  ])('refuse %j in one sentence', async (words, sentence) => {
    expect(await problemOf('wrong-use', () => parse(...words))).toMatch(sentence)
  })

  it.each([
    ['an empty text', () => textOf(parse('--out='), 'out'), '--out is empty; give it a value.'],
    [
      'a missing text',
      () => requiredText(parse(), 'out', 'the file for the ensemble'),
      '--out is missing: name the file for the ensemble.',
    ],
    [
      'a word for a number',
      () => numberOf(parse('--seed', 'one'), 'seed'),
      '--seed holds "one", which is not a number; give a number.',
    ],
    ['an infinite number', () => numberOf(parse('--seed', 'Infinity'), 'seed'), /not a number/],
    ['NaN', () => numberOf(parse('--seed', 'NaN'), 'seed'), /not a number/],
    ['a blank', () => numberOf(parse('--seed', ' '), 'seed'), /not a number/],
    [
      'a fraction',
      () => wholeNumberOf(parse('--seed', '1.5'), 'seed', 1, 0),
      '--seed is 1.5; give a whole number of at least 0.',
    ],
    ['too few', () => wholeNumberOf(parse('--members', '0'), 'members', 4, 1), /at least 1/],
    [
      'an unknown word',
      () => oneOf(parse('--network', 'vit'), 'network', ['fcn', 'unet'], 'fcn'),
      '--network is "vit"; choose fcn or unet.',
    ],
    [
      'a scale between the scales',
      () => scaleOf(parse('--scale', '0.3')),
      '--scale is 0.3; choose 1, 0.5, 0.25 or 0.125.',
    ],
    [
      'an unknown engine',
      () => engineOf(parse('--engine', 'torch')),
      '--engine is "torch"; choose auto, onnx or tensorflow.',
    ],
    [
      'a crop that the network cannot halve five times',
      () => settingsOf(parse('--crop', '100'), 'quick'),
      '--crop is 100; give a multiple of 32.',
    ],
  ])('refuse %s', async (_what, action, sentence) => {
    const said = await problemOf('wrong-use', action)
    expect(said).toMatch(sentence)
  })

  it('split lists', () => {
    expect(listOf({ budgets: ' 0.1, 0.3,,' }, 'budgets')).toEqual(['0.1', '0.3'])
    expect(listOf({}, 'budgets')).toBeUndefined()
  })
})

describe('options of train', () => {
  it('are those of the usual profile where nothing is said', () => {
    expect(settingsOf(parse(), 'paper')).toEqual(profiles.paper)
    expect(trainOptionsOf(parse(...folders))).toEqual({
      images: 'i',
      masks: 'm',
      seed: 1,
      engine: 'auto',
      explain: false,
    })
  })

  it('each change what they say and nothing else', () => {
    const changes = [
      [['--profile', 'balanced'], profiles.balanced],
      [['--network', 'unet'], { ...profiles.quick, network: 'unet' }],
      [['--scale', '0.5'], { ...profiles.quick, scale: 0.5 }],
      [['--members', '7'], { ...profiles.quick, members: 7 }],
      [['--iterations', '5'], { ...profiles.quick, iterations: 5 }],
      [['--crop', '64'], { ...profiles.quick, crop: 64 }],
      [['--batch', '2'], { ...profiles.quick, batch: 2 }],
    ] as const
    for (const [words, settings] of changes) {
      expect(settingsOf(parse(...words), 'quick')).toEqual(settings)
    }
    const words = ['--seed', '0', '--threads', '3', '--engine', 'onnx', '--explain']
    expect(trainOptionsOf(parse(...folders, ...words))).toMatchObject({
      seed: 0,
      threads: 3,
      engine: 'onnx',
      explain: true,
    })
  })

  it('name the folder that is missing', async () => {
    expect(await problemOf('wrong-use', () => trainOptionsOf(parse('--images', 'i')))).toBe(
      '--masks is missing: name the folder of their masks.',
    )
  })
})
