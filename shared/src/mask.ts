/** Label masks as the whole product exchanges them: class per pixel, and canonical run lengths. */
import { Problem } from './problem.ts'
import type { RunMask } from './protocol/label.ts'

/** One class per pixel, row-major `[height, width]`; 0 is background, values are class indices. */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}

/** 20,000 x 20,000: the largest image that the product works on. */
export const mostPixels = 400_000_000

/** What is wrong with a mask; `layer` and `run` are positions from 0, absent where the whole mask is meant. */
export interface MaskFault {
  readonly layer?: number
  readonly run?: number
  /** Names the layer (from 1) and the pixel, and the remedy. */
  readonly sentence: string
}

/**
 * Checks what a schema cannot: run lengths that alternate without a zero (but for the first), sum to width x height,
 * and layers of different classes that do not overlap. Time: n log n for n runs in all.
 *
 * @returns undefined for a sound mask
 */
export function maskFault(mask: RunMask): MaskFault | undefined {
  const { width, height, layers } = mask
  if (width * height > mostPixels) {
    const size = `${width} x ${height}`
    return {
      sentence: `The mask has ${size} pixels, but ${mostPixels} are possible: cut the image.`,
    }
  }
  const seen = new Map<number, number>()
  for (const [layer, { classId, runs }] of layers.entries()) {
    const earlier = seen.get(classId)
    if (earlier !== undefined) {
      return {
        layer,
        sentence: `Layers ${earlier + 1} and ${layer + 1} both have the class ${classId}: send one layer for each class.`,
      }
    }
    seen.set(classId, layer)
    const fault = runsFault(runs, width, height, layer)
    if (fault !== undefined) return fault
  }
  return layers.length > 1 ? overlapFault(mask) : undefined
}

/** Canonical runs of a mask; layers in the order of their class ids, only those that have a pixel. */
export function runsOf({ width, height, data }: Mask): RunMask {
  const size = width * height
  const runs: number[][] = []
  const ends: number[] = []
  for (let start = 0; start < size; ) {
    const value = data[start] ?? 0
    let end = start + 1
    while (end < size && data[end] === value) end++
    if (value !== 0) {
      const own = runs[value] ?? []
      runs[value] = own
      own.push(start - (ends[value] ?? 0), end - start)
      ends[value] = end
    }
    start = end
  }
  const layers: { classId: number; runs: number[] }[] = []
  for (const [classId, own] of runs.entries()) {
    if (own === undefined) continue
    const left = size - (ends[classId] ?? 0)
    if (left > 0) own.push(left)
    layers.push({ classId, runs: own })
  }
  return { width, height, layers }
}

/**
 * One class per pixel.
 *
 * @throws Problem `wrong-use` with the sentence of `maskFault`
 */
export function maskOf(mask: RunMask): Mask {
  const fault = maskFault(mask)
  if (fault !== undefined) throw new Problem('wrong-use', fault.sentence)
  const { width, height, layers } = mask
  const data = new Uint8Array(width * height)
  for (const { classId, runs } of layers) {
    let at = 0
    for (const [index, run] of runs.entries()) {
      if (index % 2 === 1) data.fill(classId, at, at + run)
      at += run
    }
  }
  return { width, height, data }
}

function runsFault(
  runs: readonly number[],
  width: number,
  height: number,
  layer: number,
): MaskFault | undefined {
  const size = width * height
  let sum = 0
  for (const [run, length] of runs.entries()) {
    if (length === 0 && run > 0) {
      return {
        layer,
        run,
        sentence: `Layer ${layer + 1} has a run of 0 at ${pixel(sum, width)}: join the runs before and after it; only the first run may be 0.`,
      }
    }
    sum += length
    if (sum > size) {
      return {
        layer,
        run,
        sentence: `Layer ${layer + 1} leaves the image: its run ${run + 1} ends at pixel ${sum} of ${width} x ${height} = ${size}.`,
      }
    }
  }
  if (sum === size) return undefined
  return {
    layer,
    sentence: `The runs of layer ${layer + 1} end at ${pixel(sum, width)}, but must sum to ${width} x ${height} = ${size}: they sum to ${sum}.`,
  }
}

/**
 * Disjoint intervals are those whose sorted starts and sorted ends alternate, so that two sorts of plain numbers find
 * the first overlap; the layer rides along in the lowest 8 bits (400e6 x 256 is far below 2^53).
 */
function overlapFault({ width, layers }: RunMask): MaskFault | undefined {
  let count = 0
  for (const { runs } of layers) count += runs.length >> 1
  const starts = new Float64Array(count)
  const ends = new Float64Array(count)
  let filled = 0
  for (const [layer, { runs }] of layers.entries()) {
    let at = 0
    for (const [index, run] of runs.entries()) {
      if (index % 2 === 1) {
        starts[filled] = at * 256 + layer
        ends[filled++] = (at + run) * 256 + layer
      }
      at += run
    }
  }
  starts.sort()
  ends.sort()
  for (let i = 1; i < count; i++) {
    const start = starts[i] ?? 0
    const end = ends[i - 1] ?? 0
    if (Math.floor(start / 256) >= Math.floor(end / 256)) continue
    const at = Math.floor(start / 256)
    const [first = 0, second = 0] = layers.flatMap(({ runs }, layer) =>
      isSet(runs, at) ? [layer] : [],
    )
    return {
      layer: second,
      sentence: `Layers ${first + 1} and ${second + 1} overlap at ${pixel(at, width)}: each pixel may have one class; leave it in the layer that is on top.`,
    }
  }
  return undefined
}

function isSet(runs: readonly number[], at: number): boolean {
  let end = 0
  for (const [index, run] of runs.entries()) {
    end += run
    if (at < end) return index % 2 === 1
  }
  return false
}

/** For people: counted from 0, as image viewers do. */
function pixel(at: number, width: number): string {
  return `pixel ${at} (x ${at % width}, y ${Math.floor(at / width)})`
}
