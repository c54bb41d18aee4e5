/** Shapes one over the other as one mask. */
import { type Mask, mostPixels } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import type { Shape } from '../client/wire.ts'
import { fillShape, isArea } from './geometry.ts'
import type { ImageSize } from './mask-decode.ts'

/** A shape and the class of its label. */
export interface ClassedShape {
  readonly shape: Shape
  readonly classId: number
}

export interface Painting {
  readonly mask: Mask
  /** How many shapes count. */
  readonly counted: number
  /** Why others do not. */
  readonly broken: readonly { readonly shape: Shape; readonly reason: string }[]
}

/** How many times over the shapes of one frame may cover the image; thousands of full-size ones are abuse. */
const mostCovers = 200

/** Rows that the edges of all shapes may cross, about 2 s; 10,000 nuclei of 50 pixels cross 1,000,000. */
const mostCrossings = 20_000_000

/**
 * By ascending `z_order`, then id: the later one covers (contract section 5).
 *
 * @throws Problem `unreadable-input` for frames that would take minutes or are too large
 */
export function paint(shapes: readonly ClassedShape[], { width, height }: ImageSize): Painting {
  if (!(width >= 1 && height >= 1 && width * height <= mostPixels)) {
    throw new Problem(
      'unreadable-input',
      `An image of ${width} x ${height} pixels cannot be worked on: ${mostPixels} pixels are possible.`,
    )
  }
  const data = new Uint8Array(width * height)
  const broken: { shape: Shape; reason: string }[] = []
  let [painted, crossings, counted] = [0, 0, 0]
  const ordered = shapes.toSorted(
    ({ shape: a }, { shape: b }) => a.z_order - b.z_order || a.id - b.id,
  )
  for (const { shape, classId } of ordered) {
    if (!isArea(shape.type)) continue
    try {
      crossings += fillShape(shape.type, shape, { width, height }, (start, end) => {
        data.fill(classId, start, end)
        painted += end - start
      })
      counted++
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      broken.push({ shape, reason: error.message })
    }
    if (crossings > mostCrossings) {
      throw new Problem(
        'unreadable-input',
        `The edges of the shapes cross image rows more than ${mostCrossings} times: draw them with fewer points or as masks.`,
      )
    }
    if (painted > mostCovers * data.length) {
      throw new Problem(
        'unreadable-input',
        `The shapes cover the whole image more than ${mostCovers} times over: delete those that are hidden.`,
      )
    }
  }
  return { mask: { width, height, data }, counted, broken }
}
