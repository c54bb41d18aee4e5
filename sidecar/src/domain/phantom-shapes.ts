/** Objects of a generated picture: separate, organic outlines with a depth inside and a position along the outline. */
import { type Next, noise } from './phantom-texture.ts'

const { abs, ceil, floor, max, min, sqrt } = Math

export interface ShapeRecipe {
  /** Half of the mean diameter, smallest and largest, pixels. */
  readonly radius: readonly [number, number]
  /** Longest over shortest axis, at most; 1 = round. */
  readonly elongation: number
  /** How far the outline strays from an ellipse, as a fraction of the radius. */
  readonly wobble: number
  /** Share of the picture to be covered, on average; placing stops at the first object that reaches it. */
  readonly share: number
}

export interface Shapes {
  readonly size: number
  /** Pixels to the outline, `[size, size]`: positive inside the nearest object, negative outside. */
  readonly depth: Float32Array
  /** Pixels along the outline of the nearest object, `[size, size]`; another object, other numbers. */
  readonly arc: Float32Array
}

/** Least background between two objects, pixels: they stay separate components. */
const gap = 4
const attempts = 80
const farAway = -1e3
/** Longer than any outline, so that no two objects share a piece of a pattern. */
const arcPerObject = 200

/**
 * Angle of a vector without trigonometry, 0..4 per turn: engines differ in the last bits of sine and
 * arc tangent, and pictures have to be the same on all of them.
 */
function quarterTurns(x: number, y: number): number {
  const p = y / (abs(x) + abs(y) + 1e-9)
  return x < 0 ? 2 - p : y < 0 ? 4 + p : p
}

interface Ellipse {
  readonly x: number
  readonly y: number
  readonly major: number
  readonly minor: number
  readonly cosine: number
  readonly sine: number
}

function drawEllipse(size: number, recipe: ShapeRecipe, isFirst: boolean, next: Next): Ellipse {
  const [smallest, largest] = recipe.radius
  // Small pictures get small objects, so that some background is left.
  const radius = min(size / 4, smallest + (largest - smallest) * next())
  const stretch = sqrt(1 + (recipe.elongation - 1) * next())
  // The first object is whole, so that no picture is without foreground; others may be cut by the border.
  const margin = isFirst ? radius : 0
  const x = margin + (size - 2 * margin) * next()
  const y = margin + (size - 2 * margin) * next()
  const dx = 2 * next() - 1
  const dy = 2 * next() - 1
  const length = sqrt(dx * dx + dy * dy) + 1e-9
  return {
    x,
    y,
    major: radius * stretch,
    minor: radius / stretch,
    cosine: dx / length,
    sine: dy / length,
  }
}

/** Depth in the part of the picture that an object can touch, borders included. */
interface Patch {
  readonly left: number
  readonly top: number
  readonly right: number
  readonly bottom: number
  /** `[bottom - top + 1, right - left + 1]` */
  readonly depth: Float32Array
}

/** Places objects until the recipe's share is covered or no room is found. */
export function placeShapes(size: number, recipe: ShapeRecipe, next: Next): Shapes {
  const depth = new Float32Array(size * size).fill(farAway)
  const arc = new Float32Array(size * size)
  const wobble = noise(size, recipe.radius[0], next)
  const wanted = recipe.share * (0.75 + 0.5 * next()) * size * size
  let covered = 0
  let placed = 0
  for (let attempt = 0; attempt < attempts && covered < wanted; attempt++) {
    const ellipse = drawEllipse(size, recipe, placed === 0, next)
    const patch = ellipseDepth(size, ellipse, wobble, recipe.wobble)
    if (collides(patch, depth, size)) continue
    const perQuarter = 0.8 * (ellipse.major + ellipse.minor)
    let p = 0
    for (let y = patch.top; y <= patch.bottom; y++) {
      for (let x = patch.left; x <= patch.right; x++) {
        const d = patch.depth[p++] ?? 0
        const i = y * size + x
        if (d > 0) covered++
        if (d <= (depth[i] ?? 0)) continue
        depth[i] = d
        const turn = quarterTurns(x - ellipse.x, y - ellipse.y)
        arc[i] = placed * arcPerObject + perQuarter * turn
      }
    }
    placed++
  }
  return { size, depth, arc }
}

/** Whether an object would come closer than the gap to one that is there. */
function collides(patch: Patch, depth: Float32Array, size: number): boolean {
  let p = 0
  for (let y = patch.top; y <= patch.bottom; y++) {
    for (let x = patch.left; x <= patch.right; x++) {
      if ((patch.depth[p++] ?? 0) > 0 && (depth[y * size + x] ?? 0) > -gap) return true
    }
  }
  return false
}

/** First-order distance to an ellipse's outline, pushed in and out by the wobble. */
function ellipseDepth(
  size: number,
  { x: centreX, y: centreY, major, minor, cosine, sine }: Ellipse,
  wobble: Float32Array,
  amount: number,
): Patch {
  const amplitude = amount * minor
  const reach = major + amplitude * (major / minor) + gap + 2
  const left = max(0, floor(centreX - reach))
  const top = max(0, floor(centreY - reach))
  const right = min(size - 1, ceil(centreX + reach))
  const bottom = min(size - 1, ceil(centreY + reach))
  const depth = new Float32Array((bottom - top + 1) * (right - left + 1))
  let p = 0
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const dx = x - centreX
      const dy = y - centreY
      const u = (cosine * dx + sine * dy) / major
      const v = (cosine * dy - sine * dx) / minor
      const distance = sqrt(u * u + v * v)
      const slope = sqrt((u * u) / (major * major) + (v * v) / (minor * minor))
      const inward = distance < 1e-3 ? minor : ((1 - distance) * distance) / slope
      depth[p++] = inward + amplitude * (wobble[y * size + x] ?? 0)
    }
  }
  return { left, top, right, bottom, depth }
}
