/**
 * Generated tissue-like pictures with masks, for people without data at hand: a pure function of (seed, index),
 * the same bits on every machine. Foreground and background have the same mean colour and differ in texture.
 */
import type { Mask } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { develop } from './phantom-camera.ts'
import { type Kind, sparseKinds, tissueKinds } from './phantom-kinds.ts'
import { placeShapes } from './phantom-shapes.ts'
import { inOrder } from './phantom-texture.ts'
import type { Scene } from './phantom-tissue.ts'
import { draws } from './random.ts'
import type { Picture } from './raster.ts'

export type PhantomSet = 'tissue' | 'sparse'

export interface PhantomRequest {
  readonly seed: number
  /** Position in the pool, 0, 1, 2, ... */
  readonly index: number
  /** Width and height, pixels; at least 32, 128 when absent. */
  readonly size?: number
  /** `tissue` when absent. */
  readonly set?: PhantomSet
}

export interface Phantom {
  /** RGB, 8 bit. */
  readonly picture: Picture
  /** 1 = foreground. */
  readonly mask: Mask
  /** Position in `kindNames`; 0 in the sparse set, which has one kind. */
  readonly kind: number
  readonly name: string
}

const sets: Readonly<Record<PhantomSet, readonly Kind[]>> = {
  tissue: tissueKinds,
  sparse: sparseKinds,
}

/** Names of the tissue kinds; `kind` is the position. The last two are the rare ones. */
export const kindNames: readonly string[] = tissueKinds.map((kind) => kind.name)

/**
 * The kind of picture `index`: pictures are dealt from shuffled decks of 32, so every 32 pictures from a
 * multiple of 32 on hold each kind exactly `inDeck` times (the rare ones once: 3.1 %).
 */
export function kindAt(seed: number, index: number, set: PhantomSet = 'tissue'): number {
  const deck = sets[set].flatMap((kind, number) => Array<number>(kind.inDeck).fill(number))
  const order = draws(seed, 'phantom', set, 'deck', Math.floor(index / deck.length)).permutation(
    deck.length,
  )
  return deck[order[index % deck.length] ?? 0] ?? 0
}

/** One generated picture with its mask. Throws a wrong-use `Problem` for a size or an index that makes no sense. */
export function phantom({ seed, index, size = 128, set = 'tissue' }: PhantomRequest): Phantom {
  if (!Number.isInteger(size) || size < 32) {
    throw new Problem(
      'wrong-use',
      `A generated picture cannot be ${size} pixels wide: give a whole number of at least 32.`,
    )
  }
  if (!Number.isSafeInteger(index) || index < 0) {
    throw new Problem(
      'wrong-use',
      `There is no generated picture ${index}: give a whole number from 0 on.`,
    )
  }
  const number = kindAt(seed, index, set)
  const kind = sets[set][number]
  if (kind === undefined) throw new RangeError(`no kind ${number}`)
  const stream = (purpose: string) => draws(seed, 'phantom', set, index, purpose)
  const shapes = placeShapes(size, kind.shapes, inOrder(stream('shapes')))
  const scene = (side: string): Scene => ({
    shapes,
    next: inOrder(stream(side)),
    fine: stream(`${side} dust`),
  })
  return {
    picture: {
      width: size,
      height: size,
      channels: 3,
      data: develop(kind, kind.inside(scene('inside')), kind.outside(scene('outside')), shapes, {
        next: inOrder(stream('light')),
        fine: stream('camera'),
      }),
    },
    mask: {
      width: size,
      height: size,
      data: Uint8Array.from(shapes.depth, (depth) => (depth > 0 ? 1 : 0)),
    },
    kind: number,
    name: kind.name,
  }
}
