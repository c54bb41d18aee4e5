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
  const [first = 0] = pixels
  const owner = new Uint8Array(field.data.length)
  owner[first] = 1
  return flood(field, owner, [first], new Set(pixels))
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
  const inside = markers.filter(({ at }) => mask[at] === 1)
  for (const marker of inside) owner[marker.at] = marker.positive ? positive : negative
  flood(field, owner, [...new Set(inside.map(({ at }) => at))])
  for (let at = 0; at < owner.length; at++) if (owner[at] !== positive) owner[at] = 0
  return owner
}

/**
 * Hands every pixel that is owned by 0 to the owner who reaches it first: from high values to low ones, of one value in
 * the order in which they were reached. What is reached over a valley waits no less than the valley.
 *
 * @param goals where there are any, it ends when all of them were reached
 * @returns the lowest level that was needed
 */
function flood(
  { width, height, data }: Field,
  owner: Uint8Array,
  starts: readonly number[],
  goals?: Set<number>,
): number {
  const pixels = width * height
  // A list for each level: its first and last pixel, and the one after each.
  const heads = new Int32Array(levels).fill(none)
  const tails = new Int32Array(levels).fill(none)
  const nexts = new Int32Array(pixels)
  let level = levels - 1
  const put = (at: number) => {
    const own = Math.min(data[at] ?? 0, level)
    const tail = tails[own] ?? none
    if (tail === none) heads[own] = at
    else nexts[tail] = at
    tails[own] = at
    nexts[at] = none
  }
  const goal = new Uint8Array(goals === undefined ? 0 : pixels)
  for (const at of goals ?? []) goal[at] = 1
  let missing = goals?.size ?? none
  for (const at of starts) put(at)
  // Those beside a pixel come before those at its corners, so that floods grow round.
  const across = Int32Array.of(0, -1, 1, 0, -1, 1, -1, 1)
  const down = Int32Array.of(-1, 0, 0, 1, -1, -1, 1, 1)
  const steps = down.map((rows, side) => rows * width + (across[side] ?? 0))
  while (level >= 0 && missing !== 0) {
    const at = heads[level] ?? none
    if (at === none) {
      level--
      continue
    }
    const following = nexts[at] ?? none
    heads[level] = following
    if (following === none) tails[level] = none
    if (goal[at] === 1 && --missing === 0) break
    const own = owner[at] ?? 0
    const x = at % width
    const isInner = x > 0 && x < width - 1 && at >= width && at < pixels - width
    for (let side = 0; side < 8; side++) {
      const next = at + (steps[side] ?? 0)
      if (!isInner) {
        const column = x + (across[side] ?? 0)
        if (column < 0 || column >= width || next < 0 || next >= pixels) continue
      }
      if (owner[next] !== 0) continue
      owner[next] = own
      put(next)
    }
  }
  return Math.max(0, level)
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
