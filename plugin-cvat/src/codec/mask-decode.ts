/** Masks of CVAT as pixels; the format is described in `mask-encode.ts`. The server stores broken ones, too. */
import type { Span } from '@suggestive/shared/polygon'
import { Problem } from '@suggestive/shared/problem'

/** In pixels. */
export interface ImageSize {
  readonly width: number
  readonly height: number
}

/**
 * Gives the set pixels of a mask, in row-major order. Time: the runs and the rows of the box.
 *
 * @param points of the shape
 * @throws Problem `unreadable-input`
 */
export function fillMask(points: readonly number[], size: ImageSize, span: Span): void {
  const { left, top, right } = checkedBox(points, size)
  const cropWidth = right - left + 1
  let [row, column] = [top, 0]
  for (let run = 0; run < points.length - 4; run++) {
    let length = points[run] ?? 0
    if (run % 2 === 0) {
      const at = column + length
      row += Math.floor(at / cropWidth)
      column = at % cropWidth
      continue
    }
    while (length > 0) {
      const part = Math.min(length, cropWidth - column)
      const start = row * size.width + left + column
      span(start, start + part)
      length -= part
      column += part
      if (column === cropWidth) {
        row++
        column = 0
      }
    }
  }
}

/**
 * @returns canonical run lengths of the whole image: alternating, background first, summing to its pixels
 * @throws Problem `unreadable-input`
 */
export function decodeMask(points: readonly number[], size: ImageSize): number[] {
  const runs: number[] = []
  let [begun, ended] = [0, 0]
  fillMask(points, size, (start, end) => {
    if (start > ended || runs.length === 0) {
      if (runs.length > 0) runs.push(ended - begun)
      runs.push(start - ended)
      begun = start
    }
    ended = end
  })
  if (runs.length > 0) runs.push(ended - begun)
  const rest = size.width * size.height - ended
  if (rest > 0) runs.push(rest)
  return runs
}

function checkedBox(points: readonly number[], { width, height }: ImageSize) {
  if (points.length < 5) {
    throw broken(`it has ${points.length} numbers, but a run and the four of its box are the least`)
  }
  for (const [index, value] of points.entries()) {
    if (!Number.isSafeInteger(value)) {
      throw broken(`number ${index + 1} is ${value}, which is not whole`)
    }
    if (value < 0) throw broken(`number ${index + 1} is ${value}, which is negative`)
  }
  const [left = 0, top = 0, right = 0, bottom = 0] = points.slice(-4)
  const box = `(left ${left}, top ${top}, right ${right}, bottom ${bottom})`
  if (left > right || top > bottom) throw broken(`its box ${box} ends before it begins`)
  if (right >= width || bottom >= height) {
    throw broken(`its box ${box} lies outside the image of ${width} x ${height} pixels`)
  }
  const pixels = (right - left + 1) * (bottom - top + 1)
  let sum = 0
  for (let run = 0; run < points.length - 4; run++) sum += points[run] ?? 0
  if (sum !== pixels) {
    throw broken(`its runs sum to ${sum}, but its box ${box} has ${pixels} pixels`)
  }
  return { left, top, right }
}

function broken(reason: string): Problem {
  return new Problem(
    'unreadable-input',
    `The mask cannot be read: ${reason}. Open the job in CVAT, delete the mask or draw it anew, and save.`,
  )
}
