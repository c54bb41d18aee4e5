/** Small opponent-colour planes of a picture: brightness apart from hue, at a bounded size. */
import type { Picture } from './raster.ts'

/** One channel, row-major `[height, width]`. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/**
 * Brightness (R+G+B)/3, red-green (R-G)/2 and yellow-blue (R+G-2B)/4 of box averages; full range = 1. The box is the
 * smallest with which no side is longer than `longestSide` px; an incomplete last box averages the pixels it has.
 */
export function opponentPlanes(picture: Picture, longestSide: number): Plane[] {
  const { width, height, channels, data } = picture
  const factor = Math.ceil(Math.max(width, height) / longestSide)
  const size = { width: Math.ceil(width / factor), height: Math.ceil(height / factor) }
  const most = data.BYTES_PER_ELEMENT === 1 ? 255 : 65535
  const planes = [0, 1, 2].map(() => ({
    ...size,
    data: new Float32Array(size.width * size.height),
  }))
  const [brightness, redGreen, yellowBlue] = planes.map((plane) => plane.data)
  if (!brightness || !redGreen || !yellowBlue) return planes
  const [toGreen, toBlue] = channels === 3 ? [1, 2] : [0, 0]
  for (let oy = 0, o = 0; oy < size.height; oy++) {
    const bottom = Math.min(height, (oy + 1) * factor)
    for (let ox = 0; ox < size.width; ox++, o++) {
      const [left, right] = [ox * factor, Math.min(width, (ox + 1) * factor)]
      let [red, green, blue] = [0, 0, 0]
      for (let y = oy * factor; y < bottom; y++) {
        const stop = (y * width + right) * channels
        for (let i = (y * width + left) * channels; i < stop; i += channels) {
          red += data[i] ?? 0
          green += data[i + toGreen] ?? 0
          blue += data[i + toBlue] ?? 0
        }
      }
      const full = most * (bottom - oy * factor) * (right - left)
      brightness[o] = (red + green + blue) / (3 * full)
      redGreen[o] = (red - green) / (2 * full)
      yellowBlue[o] = (red + green - 2 * blue) / (4 * full)
    }
  }
  return planes
}

/** Averages of 2 x 2 pixels; an odd last row or column is dropped unless it is the only one. */
export function halved(plane: Plane): Plane {
  const width = Math.max(1, plane.width >> 1)
  const height = Math.max(1, plane.height >> 1)
  const right = plane.width > 1 ? 1 : 0
  const below = plane.height > 1 ? plane.width : 0
  const { data } = plane
  const out = new Float32Array(width * height)
  for (let y = 0, o = 0; y < height; y++) {
    for (let i = 2 * y * plane.width, x = 0; x < width; x++, i += 2, o++) {
      const above = (data[i] ?? 0) + (data[i + right] ?? 0)
      out[o] = (above + (data[i + below] ?? 0) + (data[i + below + right] ?? 0)) / 4
    }
  }
  return { width, height, data: out }
}
