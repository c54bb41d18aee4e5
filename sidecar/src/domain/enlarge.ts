/** Enlargement from the working scale back to the original size: bilinear for maps, nearest for masks. */
import type { Mask } from '@suggestive/shared/mask'
import type { ShrinkFactor } from './shrink.ts'

/** One number per pixel, `[height, width]`. */
export interface ScalarMap<Data extends Float32Array | Uint16Array> {
  readonly width: number
  readonly height: number
  readonly data: Data
}

/**
 * Writes the map, enlarged by `factor`, into `out.data`. Pixel centres stay where they are (a pixel
 * of the map is the centre of its block of `factor` x `factor` pixels) and the border continues
 * constant; 16-bit results are rounded to the nearest. `out` may be smaller than map x factor where
 * the last blocks were incomplete.
 */
export function enlargeMap<Data extends Float32Array | Uint16Array>(
  map: ScalarMap<Data>,
  factor: ShrinkFactor,
  out: ScalarMap<Data>,
): void {
  const columns = interpolation(out.width, map.width, factor)
  const rows = interpolation(out.height, map.height, factor)
  const half = out.data.BYTES_PER_ELEMENT === 2 ? 0.5 : 0
  const { data } = map
  const target = out.data
  const line = new Float64Array(map.width)
  let o = 0
  for (let y = 0; y < out.height; y++) {
    const upper = (rows.first[y] ?? 0) * map.width
    const lower = (rows.second[y] ?? 0) * map.width
    const down = rows.share[y] ?? 0
    for (let x = 0; x < map.width; x++) {
      const above = data[upper + x] ?? 0
      line[x] = above + ((data[lower + x] ?? 0) - above) * down + half
    }
    for (let x = 0; x < out.width; x++) {
      const left = line[columns.first[x] ?? 0] ?? 0
      target[o++] = left + ((line[columns.second[x] ?? 0] ?? 0) - left) * (columns.share[x] ?? 0)
    }
  }
}

/** For every pixel of a line the two source pixels and the share of the second. */
function interpolation(length: number, source: number, factor: number) {
  const first = new Int32Array(length)
  const second = new Int32Array(length)
  const share = new Float64Array(length)
  for (let i = 0; i < length; i++) {
    const place = Math.min(source - 1, Math.max(0, (i + 0.5) / factor - 0.5))
    const below = Math.floor(place)
    first[i] = below
    second[i] = Math.min(source - 1, below + 1)
    share[i] = place - below
  }
  return { first, second, share }
}

/** Every pixel becomes a block of `factor` x `factor` pixels, cut at the given size. */
export function enlargeMask(mask: Mask, factor: ShrinkFactor, width: number, height: number): Mask {
  const data = new Uint8Array(width * height)
  const shift = Math.log2(factor)
  for (let y = 0; y < height; y++) {
    if (y % factor !== 0) {
      data.copyWithin(y * width, (y - 1) * width, y * width)
      continue
    }
    const row = (y >> shift) * mask.width
    for (let x = 0, o = y * width; x < width; x++, o++) {
      data[o] = mask.data[row + (x >> shift)] ?? 0
    }
  }
  return { width, height, data }
}
