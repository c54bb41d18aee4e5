/** Exact Euclidean distance maps of objects, each inside the object's own bounding box. */
import type { Outline } from './outline.ts'

/** Squared distances to an object inside its own bounding box, row-major `[bottom - top + 1, right - left + 1]`. */
export type DistanceMaps = (object: Outline) => Int32Array

/** Per column the distance to the nearest pixel of the object above or below; `far` where the column has none. */
function verticalGaps(object: Outline, width: number, height: number, far: number): Int32Array {
  const { id, map, left, top } = object
  const gaps = new Int32Array(width * height)
  for (let y = 0, i = 0; y < height; y++) {
    const row = (top + y) * map.width + left
    for (let x = 0; x < width; x++, i++) {
      const above = y === 0 ? far : (gaps[i - width] ?? 0)
      gaps[i] = map.ids[row + x] === id ? 0 : Math.min(far, above + 1)
    }
  }
  for (let i = gaps.length - width - 1; i >= 0; i--) {
    gaps[i] = Math.min(gaps[i] ?? 0, (gaps[i + width] ?? 0) + 1)
  }
  return gaps
}

/**
 * Squared Euclidean distances, exact in integers (Meijster, Roerdink and Hesselink 2000): per row the lower envelope
 * of the parabolas (x - apex)^2 + gap[apex]^2.
 */
function squaredDistances(object: Outline): Int32Array {
  const width = object.right - object.left + 1
  const height = object.bottom - object.top + 1
  const distances = verticalGaps(object, width, height, width + height)
  // The parabolas of the envelope, from left to right, and the x from which each is the lowest.
  const apex = new Int32Array(width)
  const start = new Int32Array(width)
  const raised = new Int32Array(width)
  for (let row = 0; row < distances.length; row += width) {
    let last = -1
    for (let x = 0; x < width; x++) {
      const gap = distances[row + x] ?? 0
      const own = gap * gap
      raised[x] = own
      let from = 0
      while (last >= 0) {
        const a = apex[last] ?? 0
        const other = raised[a] ?? 0
        const toOther = (start[last] ?? 0) - a
        const toOwn = (start[last] ?? 0) - x
        if (toOther * toOther + other <= toOwn * toOwn + own) {
          from = 1 + Math.floor((x * x - a * a + own - other) / (2 * (x - a)))
          break
        }
        last--
      }
      if (from >= width) continue
      last++
      apex[last] = x
      start[last] = from
    }
    for (let x = width - 1; x >= 0; x--) {
      const a = apex[last] ?? 0
      distances[row + x] = (x - a) * (x - a) + (raised[a] ?? 0)
      if (x === start[last]) last--
    }
  }
  return distances
}

/** Distance maps made when first asked for; forgotten whenever together they hold more than `limit` pixels. */
export function distanceMaps(limit = 1 << 24): DistanceMaps {
  const kept = new Map<Outline, Int32Array>()
  let pixels = 0
  return (object) => {
    const known = kept.get(object)
    if (known !== undefined) return known
    const made = squaredDistances(object)
    pixels += made.length
    if (pixels > limit) {
      kept.clear()
      pixels = made.length
    }
    kept.set(object, made)
    return made
  }
}
