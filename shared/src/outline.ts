/** Contours of mask components along the edges of pixels. */
import type { Component } from './components.ts'
import type { Point } from './polygon.ts'

/** A closed line along pixel edges; only its corners. */
export interface Ring {
  readonly points: readonly Point[]
  /** Pixels that it goes round. */
  readonly pixels: number
}

/** A component is what its outer ring goes round without what its holes go round. */
export interface Outline {
  readonly outer: Ring
  readonly holes: readonly Ring[]
}

const stepX = [1, 0, -1, 0] as const
const stepY = [0, 1, 0, -1] as const

/**
 * Outlines of the components of one layer, in the same order. The component lies to the right of the direction in which a
 * ring runs; at a point where two pixels touch only by their corners rings do not cross.
 */
export function outlinesOf(
  components: readonly Component[],
  width: number,
  height: number,
): Outline[] {
  const pixels = new Uint8Array(width * height)
  for (const { starts, ends } of components) {
    for (let i = 0; i < starts.length; i++) pixels.fill(set, starts[i] ?? 0, ends[i] ?? 0)
  }
  const tracer = { pixels, width, height }
  return components.map(({ starts, ends }) => {
    const rings: SignedRing[] = []
    for (let i = 0; i < starts.length; i++) {
      for (let at = starts[i] ?? 0; at < (ends[i] ?? 0); at++) {
        const isTop = at < width || pixels[at - width] === 0
        if (isTop && pixels[at] === set) rings.push(trace(tracer, at))
      }
    }
    // The ring that begins at the first pixel of the component is the outer one.
    const [outer = { points: [], pixels: 0 }, ...holes] = rings
    return { outer, holes: holes.map((hole) => ({ points: hole.points, pixels: -hole.pixels })) }
  })
}

/** Marks of pixels: `passed` when a ring has gone along the upper edge. */
const set = 1
const passed = 2

interface Tracer {
  readonly pixels: Uint8Array
  readonly width: number
  readonly height: number
}

/** Negative pixels: a hole. */
type SignedRing = Ring

/** Follows the boundary from the upper edge of a pixel, to the right, until it comes back. */
function trace({ pixels, width, height }: Tracer, start: number): SignedRing {
  const startX = start % width
  const startY = (start - startX) / width
  const isSet = (x: number, y: number): boolean =>
    x >= 0 && y >= 0 && x < width && y < height && (pixels[y * width + x] ?? 0) !== 0
  const points: Point[] = []
  let [x, y, direction] = [startX, startY, 0]
  let area = 0
  do {
    // The pixels ahead of the step's end, on both sides of the line.
    if (direction === 0) {
      pixels[y * width + x] = passed
      area -= y
    } else if (direction === 2) area += y
    x += stepX[direction] ?? 0
    y += stepY[direction] ?? 0
    const rightX = direction === 0 || direction === 3 ? x : x - 1
    const rightY = direction === 0 || direction === 1 ? y : y - 1
    const leftX = direction === 0 || direction === 1 ? x : x - 1
    const leftY = direction === 1 || direction === 2 ? y : y - 1
    let turn = 0
    if (!isSet(rightX, rightY)) turn = 1
    else if (isSet(leftX, leftY)) turn = 3
    if (turn !== 0) points.push([x, y])
    direction = (direction + turn) % 4
  } while (x !== startX || y !== startY || direction !== 0)
  return { points, pixels: area }
}
