/** Reduction to the working scale: box averages of pictures, majority areas of masks. DESIGN section 2, Profiles. */
import type { Mask } from '@suggestive/shared/mask'
import type { Picture } from './raster.ts'

/** How many original pixels become one: 1, 1/2, 1/4 or 1/8 of the size. */
export type ShrinkFactor = 1 | 2 | 4 | 8

/** Pixels of a side after shrinking; an incomplete last block is kept. */
function shrunkenSize(size: number, factor: ShrinkFactor): number {
  return Math.ceil(size / factor)
}

/**
 * Every block of `factor` x `factor` pixels becomes its mean, rounded to the nearest integer; the
 * blocks at the right and lower border average the pixels that they have. Factor 1 returns the
 * picture itself.
 */
export function shrinkPicture(picture: Picture, factor: ShrinkFactor): Picture {
  if (factor === 1) return picture
  const { channels, data } = picture
  const width = shrunkenSize(picture.width, factor)
  const height = shrunkenSize(picture.height, factor)
  const size = width * height * channels
  const out = data.BYTES_PER_ELEMENT === 2 ? new Uint16Array(size) : new Uint8Array(size)
  const sums = new Uint32Array(width * channels)
  const rowLength = picture.width * channels
  let o = 0
  for (let y = 0; y < height; y++) {
    const firstRow = y * factor
    const rows = Math.min(factor, picture.height - firstRow)
    sums.fill(0)
    for (let r = 0; r < rows; r++) {
      addBlocks(data, (firstRow + r) * rowLength, picture.width, channels, factor, sums)
    }
    for (let x = 0; x < width; x++) {
      const covered = rows * Math.min(factor, picture.width - x * factor)
      for (let c = 0; c < channels; c++) {
        out[o++] = Math.floor((sums[x * channels + c] ?? 0) / covered + 0.5)
      }
    }
  }
  return { width, height, channels, data: out }
}

/** Adds one row of samples to the sums of its blocks; RGB has a loop of its own because it is the large case. */
function addBlocks(
  data: Uint8Array | Uint16Array,
  start: number,
  width: number,
  channels: 1 | 3,
  factor: number,
  sums: Uint32Array,
): void {
  let i = start
  let block = 0
  for (let x = 0; x < width; x += factor) {
    const end = i + Math.min(factor, width - x) * channels
    let first = 0
    if (channels === 3) {
      let second = 0
      let third = 0
      for (; i < end; i += 3) {
        first += data[i] ?? 0
        second += data[i + 1] ?? 0
        third += data[i + 2] ?? 0
      }
      sums[block + 1] = (sums[block + 1] ?? 0) + second
      sums[block + 2] = (sums[block + 2] ?? 0) + third
    } else {
      for (; i < end; i++) first += data[i] ?? 0
    }
    sums[block] = (sums[block] ?? 0) + first
    block += channels
  }
}

/**
 * A block becomes foreground when at least half of its pixels are foreground (all classes
 * together), and then the foreground class with the largest area; equal areas: the lower class.
 */
export function shrinkMask(mask: Mask, factor: ShrinkFactor): Mask {
  if (factor === 1) return mask
  const width = shrunkenSize(mask.width, factor)
  const height = shrunkenSize(mask.height, factor)
  const out = new Uint8Array(width * height)
  const areas = new Uint32Array(256)
  let o = 0
  for (let y = 0; y < height; y++) {
    const bottom = Math.min(mask.height, (y + 1) * factor)
    for (let x = 0; x < width; x++) {
      const left = x * factor
      const right = Math.min(mask.width, left + factor)
      let foreground = 0
      let best = 0
      for (let row = y * factor; row < bottom; row++) {
        for (let i = row * mask.width + left; i < row * mask.width + right; i++) {
          const value = mask.data[i] ?? 0
          if (value === 0) continue
          foreground++
          const area = (areas[value] ?? 0) + 1
          areas[value] = area
          const most = areas[best] ?? 0
          if (area > most || (area === most && value < best)) best = value
        }
      }
      if (best !== 0) areas.fill(0)
      if (2 * foreground >= (bottom - y * factor) * (right - left)) out[o] = best
      o++
    }
  }
  return { width, height, data: out }
}
