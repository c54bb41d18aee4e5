/** Pixel rectangles without any file format, and their continuation beyond the border by reflection. */
import type { Mask } from '@suggestive/shared/mask'

/** Interleaved samples `[height, width, channels]`; 8 bit (0..255) or 16 bit (0..65535). */
export interface Picture {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array | Uint16Array
}

/** A rectangle in pixels; it may lie partly or wholly outside of the image it is applied to. */
export interface Region {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

/** The smallest multiple of `step` that is not below `size`: 16 -> 32, 100 -> 128 for step 32. */
export function roundUp(size: number, step: number): number {
  return Math.ceil(size / step) * step
}

/**
 * The pixels that stand at `start .. start + length - 1` of a line of `size` pixels which goes on
 * beyond both ends by reflection, edge pixel not repeated (`numpy.pad(mode='reflect')`). The
 * reflection repeats as often as needed, so a line of 16 can be continued to 32 and a line of 1
 * stays constant.
 */
export function reflectedIndices(start: number, length: number, size: number): Int32Array {
  const indices = new Int32Array(length)
  const period = Math.max(1, 2 * (size - 1))
  for (let i = 0; i < length; i++) {
    const place = (((start + i) % period) + period) % period
    indices[i] = place < size ? place : period - place
  }
  return indices
}

/** A copy of the region; what lies outside of the picture is reflected into it. */
export function cropPicture(picture: Picture, region: Region): Picture {
  const { channels, data } = picture
  const size = region.width * region.height * channels
  const out = data.BYTES_PER_ELEMENT === 2 ? new Uint16Array(size) : new Uint8Array(size)
  copyReflected(data, picture, channels, region, out)
  return { width: region.width, height: region.height, channels, data: out }
}

/** A copy of the region; what lies outside of the mask is reflected into it. */
export function cropMask(mask: Mask, region: Region): Mask {
  const out = new Uint8Array(region.width * region.height)
  copyReflected(mask.data, mask, 1, region, out)
  return { width: region.width, height: region.height, data: out }
}

function copyReflected(
  data: Uint8Array | Uint16Array,
  size: { readonly width: number; readonly height: number },
  channels: number,
  region: Region,
  out: Uint8Array | Uint16Array,
): void {
  const columns = reflectedIndices(region.x, region.width, size.width)
  const rows = reflectedIndices(region.y, region.height, size.height)
  let o = 0
  for (let y = 0; y < region.height; y++) {
    const row = (rows[y] ?? 0) * size.width
    for (let x = 0; x < region.width; x++) {
      let i = (row + (columns[x] ?? 0)) * channels
      for (let c = 0; c < channels; c++) out[o++] = data[i++] ?? 0
    }
  }
}
