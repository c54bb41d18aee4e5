/** Every setting of a training with a word why, for people who want to know before they wait. */

import { profiles, type Settings } from '../domain/settings.ts'
import type { WorkingScale } from '../domain/working-scale.ts'
import type { EngineInfo } from '../ports.ts'

export interface Explained {
  readonly settings: Settings
  readonly seed: number
  readonly isProfileAsked: boolean
  readonly engine: EngineInfo
  readonly isEngineAsked: boolean
  readonly images: number
  /** Names of the images that are held out. */
  readonly heldOut: readonly string[]
  readonly classValues: readonly number[]
  /** What the labels say about the scale. */
  readonly scale: WorkingScale
}

type Row = readonly [name: string, value: string, why: string]

/** One line per setting: name, value, why. */
export function explanation(explained: Explained): string {
  const rows = rowsOf(explained)
  const width = (column: 0 | 1) => Math.max(...rows.map((row) => row[column].length))
  const [names, values] = [width(0), width(1)]
  return rows
    .map(([name, value, why]) => `${name.padEnd(names)}  ${value.padEnd(values)}  ${why}\n`)
    .join('')
}

function rowsOf(explained: Explained): Row[] {
  const { settings, seed, engine, images, heldOut, classValues } = explained
  const { profile } = settings
  const usual = profiles[profile]
  const why = (key: keyof Settings, reason: string) =>
    settings[key] === usual[key] ? reason : `as asked; ${profile} has ${usual[key]}`
  return [
    ['images', String(images), 'with a mask each'],
    [
      'held out',
      String(heldOut.length),
      heldOut.length === 0
        ? 'below 5 labelled images the last weights count'
        : `decide which weights are kept: ${heldOut.join(', ')}`,
    ],
    [
      'classes',
      String(classValues.length),
      `mask values ${classValues.join(', ')}, 0 = background`,
    ],
    ['profile', profile, whyProfile(explained)],
    ['network', settings.network, why('network', "the paper's fully convolutional network")],
    ['members', String(settings.members), why('members', 'their disagreement is the uncertainty')],
    ['width', String(settings.width), 'fraction of the published width: what time allows'],
    ['iterations', String(settings.iterations), why('iterations', 'training steps per member')],
    ['crop', `${settings.crop} px`, why('crop', 'side of a training crop at working scale')],
    ['batch', String(settings.batch), why('batch', 'crops per training step')],
    ['learning rate', String(settings.learningRate), 'Adam; a cosine takes it down to 0'],
    ['warm-up', String(settings.warmUp), 'iterations in which the learning rate rises'],
    ['scale', ...scaleRow(explained)],
    ['momentum', String(settings.batchNormMomentum), 'of the running batch statistics'],
    ['class weights', settings.classWeights, 'weights by frequency find too much foreground'],
    ['seed', String(seed), 'decides every random draw'],
    [
      'engine',
      `${engine.engine} ${engine.version} on ${engine.device}`,
      explained.isEngineAsked ? 'as asked' : 'the fastest one that works here',
    ],
    ['threads', String(engine.threads), 'the same number gives the same result bit by bit'],
  ]
}

function whyProfile({ settings, isProfileAsked, engine }: Explained): string {
  if (isProfileAsked) return 'as asked'
  return settings.profile === 'paper' ? `usual on ${engine.device}` : 'usual without a GPU'
}

function scaleRow({ settings, scale }: Explained): [value: string, why: string] {
  const { medianDiameter } = scale
  if (settings.scale !== 'from-labels') {
    const isUsual = settings.scale === profiles[settings.profile].scale
    return [String(settings.scale), isUsual ? `as ${settings.profile} has it` : 'as asked']
  }
  const why =
    medianDiameter === undefined
      ? 'no object is labelled, so nothing is shrunk'
      : `the median labelled object is ${Math.round(medianDiameter)} px across, wanted are at most 40`
  return [String(scale.scale), why]
}
