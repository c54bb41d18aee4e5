/** Floods of a map: components above a threshold, the level that joins points, and a watershed between them. */

/** One value per pixel, row-major `[height, width]`, 0..65535. */
export interface Field {
  readonly width: number
  readonly height: number
  readonly data: Uint16Array
}

interface Area {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
}

export interface Marker {
  /** Position in the map. */
  readonly at: number
  readonly positive: boolean
}

const levels = 65_536
const none = -1

/** The 8-connected pixels of at least `level` around `start`, which is one of them: 1 inside. */
export function componentAt(field: Field, start: number, level: number): Uint8Array {
  const mask = new Uint8Array(field.data.length)
  spread(field, start, level, mask, 1)
  return mask
}

/**
 * The component with the most pixels in the area, at equality with the larger part of itself in it, then the first.
 *
 * @returns undefined when no pixel of the area has at least `level`
 */
export function largestInside(field: Field, area: Area, level: number): Uint8Array | undefined {
  const seen = new Uint8Array(field.data.length)
  let best: { start: number; inside: number; pixels: number } | undefined
  for (let y = area.top; y < area.bottom; y++) {
    for (let x = area.left; x < area.right; x++) {
      const start = y * field.width + x
      if (seen[start] === 1 || (field.data[start] ?? 0) < level) continue
      const { pixels, inside } = spread(field, start, level, seen, 1, area)
      const isBetter =
        best === undefined ||
        inside > best.inside ||
        (inside === best.inside && pixels < best.pixels)
      if (isBetter) best = { start, inside, pixels }
    }
  }
  return best === undefined ? undefined : componentAt(field, best.start, level)
}

/** The largest level at which one component holds all of the pixels. */
export function joiningLevel(field: Field, pixels: readonly number[]): number {
  const [first = 0, ...others] = pixels
  const missing = new Set(others.filter((at) => at !== first))
  const owner = new Uint8Array(field.data.length)
  owner[first] = 1
  const queue = new LevelQueue(field.data.length)
  queue.put(first, field.data[first] ?? 0)
  return flood(field, owner, queue, (at) => {
    missing.delete(at)
    return missing.size === 0
  })
}

/**
 * What the positive markers flood of the mask when all markers flood it at once, from high values to low ones, equal
 * ones in the order in which they are reached. A later marker at the same pixel replaces an earlier one.
 */
export function splitByMarkers(
  field: Field,
  mask: Uint8Array,
  markers: readonly Marker[],
): Uint8Array {
  const [positive, negative, closed] = [1, 2, 3]
  const owner = new Uint8Array(mask.length)
  for (let at = 0; at < mask.length; at++) if (mask[at] !== 1) owner[at] = closed
  const queue = new LevelQueue(mask.length)
  const inside = markers.filter(({ at }) => mask[at] === 1)
  for (const marker of inside) owner[marker.at] = marker.positive ? positive : negative
  for (const at of new Set(inside.map((marker) => marker.at))) queue.put(at, field.data[at] ?? 0)
  flood(field, owner, queue, () => false)
  for (let at = 0; at < owner.length; at++) if (owner[at] !== positive) owner[at] = 0
  return owner
}

/**
 * Hands every pixel that is owned by 0 to the owner who reaches it first, until `isDone` says so of a pixel that is taken.
 *
 * @returns the lowest level that was reached
 */
function flood(
  { width, height, data }: Field,
  owner: Uint8Array,
  queue: LevelQueue,
  isDone: (at: number) => boolean,
): number {
  // Those beside a pixel come before those at its corners, so that floods grow round.
  const across = Int32Array.of(0, -1, 1, 0, -1, 1, -1, 1)
  const down = Int32Array.of(-1, 0, 0, 1, -1, -1, 1, 1)
  for (let at = queue.take(); at !== none; at = queue.take()) {
    if (isDone(at)) break
    const own = owner[at] ?? 0
    const x = at % width
    const y = (at - x) / width
    for (let side = 0; side < 8; side++) {
      const column = x + (across[side] ?? 0)
      const row = y + (down[side] ?? 0)
      if (column < 0 || row < 0 || column >= width || row >= height) continue
      const next = row * width + column
      if (owner[next] !== 0) continue
      owner[next] = own
      queue.put(next, data[next] ?? 0)
    }
  }
  return queue.level
}

/** Marks a component. @returns how many pixels it has, and how many of them in the area */
function spread(
  field: Field,
  start: number,
  level: number,
  mask: Uint8Array,
  mark: number,
  area?: Area,
) {
  const { width, height, data } = field
  const stack = [start]
  mask[start] = mark
  let pixels = 0
  let inside = 0
  for (let at = stack.pop(); at !== undefined; at = stack.pop()) {
    pixels++
    const x = at % width
    const y = (at - x) / width
    if (area !== undefined && x >= area.left && x < area.right && y >= area.top && y < area.bottom)
      inside++
    const bottom = Math.min(height - 1, y + 1)
    const right = Math.min(width - 1, x + 1)
    for (let row = Math.max(0, y - 1); row <= bottom; row++) {
      for (let column = Math.max(0, x - 1); column <= right; column++) {
        const next = row * width + column
        if (mask[next] === mark || (data[next] ?? 0) < level) continue
        mask[next] = mark
        stack.push(next)
      }
    }
  }
  return { pixels, inside }
}

/** Pixels by level, the highest first, those of one level in the order in which they came; each comes once. */
class LevelQueue {
  readonly #heads = new Int32Array(levels).fill(none)
  readonly #tails = new Int32Array(levels).fill(none)
  readonly #next: Int32Array
  #level = levels - 1

  constructor(pixels: number) {
    this.#next = new Int32Array(pixels).fill(none)
  }

  /** Of the pixel that was taken last; it never rises. */
  get level(): number {
    return this.#level
  }

  /** A level above the present one counts as the present one: what is reached over a valley waits no less. */
  put(pixel: number, value: number): void {
    const level = Math.min(value, this.#level)
    const tail = this.#tails[level] ?? none
    if (tail === none) this.#heads[level] = pixel
    else this.#next[tail] = pixel
    this.#tails[level] = pixel
  }

  /** @returns -1 when there is none */
  take(): number {
    while (this.#level >= 0) {
      const pixel = this.#heads[this.#level] ?? none
      if (pixel === none) {
        this.#level--
        continue
      }
      const next = this.#next[pixel] ?? none
      this.#heads[this.#level] = next
      if (next === none) this.#tails[this.#level] = none
      return pixel
    }
    return none
  }
}
