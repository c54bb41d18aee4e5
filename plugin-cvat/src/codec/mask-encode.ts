/**
 * Masks as CVAT stores them (contract section 5): run lengths over the row-major crop, alternating, beginning with zeros
 * (0 if the first pixel is set), the last run written too; then `left, top, right, bottom`, inclusive pixels.
 */
import { runsOf } from '@suggestive/shared/mask'

interface Box {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

/**
 * @param bits `[height, width]`, row-major; anything but 0 is set
 * @returns null for a mask without a pixel: it is not to be sent
 */
export function encodeMask(bits: Uint8Array, width: number, height: number): number[] | null {
  const data = bits.map((bit) => Number(bit !== 0))
  const [layer] = runsOf({ width, height, data }).layers
  return layer === undefined ? null : encodeRuns(layer.runs, width)
}

/**
 * The same, straight from a layer of a `RunMask`. Time: the number of its spans within rows.
 *
 * @param runs canonical run lengths of the whole image
 * @param width of the image in pixels
 */
export function encodeRuns(runs: readonly number[], width: number): number[] | null {
  const box = boxOf(runs, width)
  if (box === undefined) return null
  const { left, top, right, bottom } = box
  const cropWidth = right - left + 1
  const points: number[] = []
  /** Where the last set run of the crop began and ended. */
  let [begun, ended] = [0, 0]
  forEachSpan(runs, width, (row, from, to) => {
    const start = (row - top) * cropWidth + from - left
    if (start > ended || points.length === 0) {
      if (points.length > 0) points.push(ended - begun)
      points.push(start - ended)
      begun = start
    }
    ended = start + to - from
  })
  points.push(ended - begun)
  const rest = (bottom - top + 1) * cropWidth - ended
  if (rest > 0) points.push(rest)
  points.push(left, top, right, bottom)
  return points
}

/** Undefined without a set pixel. */
function boxOf(runs: readonly number[], width: number): Box | undefined {
  let [left, right, top, bottom] = [width, -1, -1, -1]
  forEachSpan(runs, width, (row, from, to) => {
    if (top < 0) top = row
    bottom = row
    if (from < left) left = from
    if (to > right) right = to - 1
  })
  return right < 0 ? undefined : { left, top, right, bottom }
}

/** Set pixels as spans within rows, in reading order: columns `from` to behind `to`. */
function forEachSpan(
  runs: readonly number[],
  width: number,
  take: (row: number, from: number, to: number) => void,
): void {
  let [row, column] = [0, 0]
  for (let run = 0; run < runs.length; run++) {
    let left = runs[run] ?? 0
    if (run % 2 === 1) {
      while (left > 0) {
        const length = Math.min(left, width - column)
        take(row, column, column + length)
        left -= length
        column += length
        if (column === width) {
          row++
          column = 0
        }
      }
    } else {
      const at = column + left
      row += Math.floor(at / width)
      column = at % width
    }
  }
}
