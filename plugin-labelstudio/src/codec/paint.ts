/** Areas one over the other as one mask. */
import { type Mask, mostPixels } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { fillShape, type ImageSize } from './geometry.ts'
import type { Area } from './regions.ts'

/** How many times over the areas of one annotation may cover the image; thousands of full-size ones are abuse. */
const mostCovers = 200

/** Rows that the edges of all areas may cross, about 2 s; 10,000 nuclei of 50 pixels cross 1,000,000. */
const mostCrossings = 20_000_000

/**
 * Areas of one class are united; of different classes the later one covers.
 *
 * @param image of the decoded picture; undefined when it is not known yet: then the first region's
 * @throws Problem `unreadable-input` that names the region
 */
export function paint(areas: readonly Area[], image: ImageSize | undefined): Mask {
  const size = image ?? sizeOf(areas[0])
  const { width, height } = size
  if (!(width >= 1 && height >= 1 && width * height <= mostPixels)) {
    throw new Problem(
      'unreadable-input',
      `An image of ${width} x ${height} pixels cannot be worked on: ${mostPixels} pixels are possible.`,
    )
  }
  for (const area of areas) check(area, size)
  const data = new Uint8Array(width * height)
  let painted = 0
  let crossings = 0
  for (const { id, classId, shape, region } of areas) {
    try {
      crossings += fillShape(shape, region.value, size, (start, end) => {
        data.fill(classId, start, end)
        painted += end - start
      })
    } catch (error) {
      if (!(error instanceof Problem)) throw error
      throw new Problem(error.kind, `Region ${id}: ${error.message}`, { cause: error })
    }
    if (crossings > mostCrossings) {
      throw new Problem(
        'unreadable-input',
        `The edges of the regions cross image rows more than ${mostCrossings} times: draw them with fewer points or with a brush.`,
      )
    }
    if (painted > mostCovers * data.length) {
      throw new Problem(
        'unreadable-input',
        `The regions cover the whole image more than ${mostCovers} times over: delete those that are hidden.`,
      )
    }
  }
  return { width, height, data }
}

function check({ id, region }: Area, { width, height }: ImageSize): void {
  const said = sizeOf({ region })
  if (said.width === width && said.height === height) return
  throw new Problem(
    'unreadable-input',
    `The region ${id} was drawn on an image of ${said.width} x ${said.height} pixels, but the task's image has ${width} x ${height}: the image was replaced; restore it or draw the annotation anew.`,
  )
}

function sizeOf(area: Pick<Area, 'region'> | undefined): ImageSize {
  const { original_width: width = 0, original_height: height = 0 } = area?.region ?? {}
  if (Number.isInteger(width) && Number.isInteger(height)) return { width, height }
  return { width: 0, height: 0 }
}
