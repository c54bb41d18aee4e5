/** A part of a mask, for requests that want only a part of the image. */
import { maskOf, runsOf } from '@suggestive/shared/mask'
import type { RunMask } from '@suggestive/shared/protocol/label'
import type { Part } from './question.ts'
import { Unanswerable } from './unanswerable.ts'

/** Its corner becomes the origin. @throws Unanswerable for a part that is empty or reaches beyond the image */
export function cropped(mask: RunMask, { left, top, right, bottom }: Part): RunMask {
  if (left >= right || top >= bottom || right > mask.width || bottom > mask.height) {
    throw new Unanswerable(
      `The part ${left}, ${top} to ${right}, ${bottom} does not lie in the image of ${mask.width} x ${mask.height} pixels: choose another.`,
    )
  }
  const { width, data } = maskOf(mask)
  const [across, down] = [right - left, bottom - top]
  const own = new Uint8Array(across * down)
  for (let row = 0; row < down; row++) {
    const at = (top + row) * width + left
    own.set(data.subarray(at, at + across), row * across)
  }
  return runsOf({ width: across, height: down, data: own })
}
