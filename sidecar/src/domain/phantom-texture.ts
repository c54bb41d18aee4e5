/** Texture primitives of generated pictures: only + - * / and square roots, so every engine gives the same bits. */
import type { Draws } from './random.ts'

const { abs, ceil, floor, max, min, sqrt } = Math

/** Draws one after the other: each call gives the next number in [0, 1). */
export type Next = () => number

/** A stream of draws, read in order. */
export function inOrder(stream: Draws): Next {
  let counter = 0
  return () => stream.uniform(counter++)
}

/** 0 below `low`, 1 above `high`, smooth between. */
export function ramp(low: number, high: number, value: number): number {
  const t = min(1, max(0, (value - low) / (high - low)))
  return t * t * (3 - 2 * t)
}

/** A smooth wave of period 1 in -1..1, 1 at whole numbers. */
export function wave(phase: number): number {
  return 2 * ramp(0, 1, abs(2 * (phase - floor(phase)) - 1)) - 1
}

/** Smooth value noise `[size, size]` in -1..1 with features of about `cell` pixels. */
export function noise(size: number, cell: number, next: Next): Float32Array {
  const n = ceil(size / cell) + 2
  const lattice = new Float32Array(n * n)
  for (let i = 0; i < lattice.length; i++) lattice[i] = 2 * next() - 1
  const part = new Float32Array(size)
  for (let x = 0; x < size; x++) part[x] = ramp(0, 1, x / cell - floor(x / cell))
  const field = new Float32Array(size * size)
  for (let y = 0; y < size; y++) {
    const row = floor(y / cell) * n
    const ty = part[y] ?? 0
    for (let x = 0; x < size; x++) {
      const at = row + floor(x / cell)
      const tx = part[x] ?? 0
      const top = (lattice[at] ?? 0) * (1 - tx) + (lattice[at + 1] ?? 0) * tx
      const bottom = (lattice[at + n] ?? 0) * (1 - tx) + (lattice[at + n + 1] ?? 0) * tx
      field[y * size + x] = top * (1 - ty) + bottom * ty
    }
  }
  return field
}

/** `length` independent numbers in -1..1, 16 levels each, eight to a draw: as random as a camera, and cheap. */
export function grit(length: number, stream: Draws): Float32Array {
  const field = new Float32Array(length)
  for (let i = 0; i < length; i += 8) {
    const bits = stream.integer(i >> 3)
    for (let k = 0; k < 8 && i + k < length; k++) {
      field[i + k] = ((bits >>> (4 * k)) & 15) / 7.5 - 1
    }
  }
  return field
}

/** Where a pattern is laid: two coordinates per pixel, in pixels. */
export interface Coordinates {
  readonly u: Float32Array
  readonly v: Float32Array
}

/** Irregular cells: what a pixel knows of the cell it lies in. */
export interface Cells {
  /** Pixels to the cell's centre. */
  readonly centre: Float32Array
  /** About twice the pixels to the border between this cell and the next. */
  readonly border: Float32Array
  /** One number per cell, 0..1. */
  readonly tone: Float32Array
}

/** The cells nearest to jittered grid points (Worley, "A cellular texture basis function", 1996). */
export function cells(at: Coordinates, spacing: number, next: Next): Cells {
  const { u, v } = at
  const [lowU, columns] = span(u, spacing)
  const [lowV, rows] = span(v, spacing)
  const points = new Float32Array(3 * columns * rows)
  for (let p = 0; p < columns * rows; p++) {
    // One draw per cell: 11 bits for each coordinate, 10 for the tone.
    const bits = floor(next() * 0x100000000)
    const jitterU = 0.75 * ((bits & 2047) / 2048 - 0.5)
    const jitterV = 0.75 * (((bits >>> 11) & 2047) / 2048 - 0.5)
    points[3 * p] = (lowU + (p % columns) + 0.5 + jitterU) * spacing
    points[3 * p + 1] = (lowV + floor(p / columns) + 0.5 + jitterV) * spacing
    points[3 * p + 2] = (bits >>> 22) / 1024
  }
  const centre = new Float32Array(u.length)
  const border = new Float32Array(u.length)
  const tone = new Float32Array(u.length)
  for (let i = 0; i < u.length; i++) {
    const x = u[i] ?? 0
    const y = v[i] ?? 0
    const first = (floor(y / spacing) - lowV - 1) * columns + floor(x / spacing) - lowU - 1
    let nearest = 1e9
    let second = 1e9
    let own = 0
    for (let row = 0; row < 3; row++) {
      for (let column = 0; column < 3; column++) {
        const p = 3 * (first + row * columns + column)
        const dx = (points[p] ?? 0) - x
        const dy = (points[p + 1] ?? 0) - y
        const d = dx * dx + dy * dy
        if (d < nearest) {
          second = nearest
          nearest = d
          own = points[p + 2] ?? 0
        } else if (d < second) second = d
      }
    }
    const distance = sqrt(nearest)
    centre[i] = distance
    border[i] = sqrt(second) - distance
    tone[i] = own
  }
  return { centre, border, tone }
}

/** First grid position and number of positions that enclose every coordinate by one more on each side. */
function span(field: Float32Array, spacing: number): [number, number] {
  let low = field[0] ?? 0
  let high = low
  for (let i = 0; i < field.length; i++) {
    const value = field[i] ?? 0
    if (value < low) low = value
    if (value > high) high = value
  }
  const first = floor(low / spacing) - 1
  return [first, floor(high / spacing) - first + 2]
}

/** Plain pixel positions, bent by `bend` pixels over distances of `cell` pixels. */
export function bentGrid(size: number, bend: number, cell: number, next: Next): Coordinates {
  const u = noise(size, cell, next)
  const v = noise(size, cell, next)
  for (let i = 0; i < u.length; i++) {
    u[i] = (i % size) + bend * (u[i] ?? 0)
    v[i] = floor(i / size) + bend * (v[i] ?? 0)
  }
  return { u, v }
}

/** Turned by a drawn angle and shortened along it, so that round patterns become long ones. */
export function along(grid: Coordinates, stretch: number, next: Next): Coordinates {
  const dx = 2 * next() - 1
  const dy = 2 * next() - 1
  const length = sqrt(dx * dx + dy * dy) + 1e-9
  const cosine = dx / length
  const sine = dy / length
  const u = grid.u.map((x, i) => (cosine * x + sine * (grid.v[i] ?? 0)) / stretch)
  const v = grid.u.map((x, i) => cosine * (grid.v[i] ?? 0) - sine * x)
  return { u, v }
}
