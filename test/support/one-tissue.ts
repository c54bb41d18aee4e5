/** Generated images as one laboratory would have them: seven kinds of tissue instead of all ten. */
import { runsOf } from '@suggestive/shared/mask'
import { kindAt, kindNames, type Phantom, phantom } from '@suggestive/sidecar/domain/phantom'
import { encodePng } from '../bench/png.ts'
import type { Specimen } from './serve.ts'

const kinds: readonly string[] = [
  'crypts',
  'follicles',
  'glands',
  'islets',
  'necrosis',
  'nests',
  'whorls',
]

export interface TissueSeries {
  readonly seed: number
  /** Width and height, pixels. */
  readonly size: number
  /** Where in the endless series of all kinds it begins. */
  readonly first: number
  readonly count: number
}

export function tissue({ seed, size, first, count }: TissueSeries): Phantom[] {
  const found: Phantom[] = []
  for (let index = first; found.length < count; index++) {
    const isWanted = kinds.includes(kindNames[kindAt(seed, index)] ?? '')
    if (isWanted) found.push(phantom({ seed, index, size }))
  }
  return found
}

export function pngOf({ picture: { width, height, channels, data } }: Phantom): Buffer {
  return encodePng(width, height, channels, Uint8Array.from(data))
}

export function tissueSpecimens(series: TissueSeries): Specimen[] {
  return tissue(series).map((one, index) => ({
    name: `specimen-${index}.png`,
    png: pngOf(one),
    mask: runsOf(one.mask),
  }))
}
