/** Masks of CVAT by the plainest means: pixel by pixel, as the contract writes it down. */

/** Null for a mask without a pixel. */
export function referenceEncode(bits: Uint8Array, width: number, height: number): number[] | null {
  let [left, top, right, bottom] = [width, height, -1, -1]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (bits[y * width + x] === 0) continue
      left = Math.min(left, x)
      right = Math.max(right, x)
      top = Math.min(top, y)
      bottom = y
    }
  }
  if (right < 0) return null
  const points: number[] = []
  let [current, run] = [0, 0]
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const bit = bits[y * width + x] === 0 ? 0 : 1
      if (bit !== current) {
        points.push(run)
        current = bit
        run = 0
      }
      run++
    }
  }
  return [...points, run, left, top, right, bottom]
}

/** One byte per pixel, 0 or 1, of a sound mask. */
export function referenceDecode(points: readonly number[], width: number, height: number) {
  const bits = new Uint8Array(width * height)
  const [left = 0, top = 0, right = 0] = points.slice(-4)
  let at = 0
  for (const [index, run] of points.slice(0, -4).entries()) {
    for (let i = 0; i < run; i++, at++) {
      const x = left + (at % (right - left + 1))
      const y = top + Math.floor(at / (right - left + 1))
      bits[y * width + x] = index % 2
    }
  }
  return bits
}
