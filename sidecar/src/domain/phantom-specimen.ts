/** Specimens: blocks of tissue whose pictures share stain, focus and noise, so that every kind has easy and hard ones. */
import { type Colours, haematoxylin, stains } from './phantom-kinds.ts'
import type { Next } from './phantom-texture.ts'

export interface Specimen {
  /** Of kinds without colours of their own. */
  readonly colours: Colours
  /** 0..1: how much of the kind's contrast is left. */
  readonly contrast: number
  /** How often the optics soften the picture; 1 is in focus. */
  readonly blur: number
  /** Camera noise as a multiple of the kind's. */
  readonly noise: number
  /** Shift of red, green and blue, grey levels. */
  readonly stain: readonly [number, number, number]
}

/** Specimens that the pictures of one kind come from. */
export const specimensOfKind = 5

/** How much the worst specimen loses. */
const contrastSpread = 0.5
const noiseSpread = 1.5
/** Grey levels between the extremes. */
const stainSpread = 30
/** Share of specimens that are out of focus. */
const unsharp = 0.3

/** One specimen; difficulty is one number, so that pale ones are also noisy, as in real archives. */
export function drawSpecimen(next: Next): Specimen {
  const difficulty = next()
  const colours = stains[Math.floor(stains.length * next())] ?? haematoxylin
  const shift = () => stainSpread * (next() - 0.5)
  return {
    colours,
    contrast: 1 - contrastSpread * difficulty,
    noise: 1 + noiseSpread * difficulty,
    blur: next() < unsharp ? 2 : 1,
    stain: [shift(), shift(), shift()],
  }
}
