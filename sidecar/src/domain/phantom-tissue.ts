/** Tissue patterns of generated pictures: how much of each of two stains lies on every pixel. */
import type { Shapes } from './phantom-shapes.ts'
import {
  along,
  bentGrid,
  type Cells,
  type Coordinates,
  cells,
  grit,
  type Next,
  noise,
  ramp,
  wave,
} from './phantom-texture.ts'
import type { Draws } from './random.ts'

const { abs, max, min } = Math

/** What a pattern may look at. */
export interface Scene {
  readonly shapes: Shapes
  readonly next: Next
  /** For noise per pixel. */
  readonly fine: Draws
}

/** Amounts 0..1 per pixel: nuclear stain lies over the other one. */
export interface Stained {
  readonly nuclear: Float32Array
  readonly plain: Float32Array
}

export type Pattern = (scene: Scene) => Stained

function stain(
  { shapes }: Scene,
  nuclear: (pixel: number) => number,
  plain: (pixel: number) => number,
): Stained {
  const amounts = {
    nuclear: new Float32Array(shapes.size * shapes.size),
    plain: new Float32Array(shapes.size * shapes.size),
  }
  for (let i = 0; i < amounts.plain.length; i++) {
    amounts.nuclear[i] = nuclear(i)
    amounts.plain[i] = plain(i)
  }
  return amounts
}

/** 1 within `radius` pixels of a cell's centre, for the given share of the cells. */
function spots(of: Cells, radius: number, share: number): (pixel: number) => number {
  return (i) =>
    (of.tone[i] ?? 0) < share ? 1 - ramp(radius - 0.7, radius + 0.7, of.centre[i] ?? 0) : 0
}

/** 1 on the lines between cells. */
function lines(of: Cells, width: number): (pixel: number) => number {
  return (i) => 1 - ramp(width - 0.8, width + 0.8, of.border[i] ?? 0)
}

const grid = (scene: Scene, bend = 4): Coordinates =>
  bentGrid(scene.shapes.size, bend, 24, scene.next)

/** Polar coordinates of the nearest object: patterns that follow its outline. */
const polar = ({ shapes }: Scene): Coordinates => ({
  u: shapes.depth.map((depth) => min(60, max(-2, depth))),
  v: shapes.arc,
})

/** Gland: a palisade of nuclei along the outline, pale cytoplasm, an empty lumen. */
export const gland: Pattern = (scene) => {
  const { depth } = scene.shapes
  const nuclei = spots(cells(polar(scene), 5, scene.next), 2.3, 0.95)
  const uneven = noise(scene.shapes.size, 9, scene.next)
  return stain(
    scene,
    (i) => nuclei(i) * (1 - ramp(7, 9, depth[i] ?? 0)),
    (i) => 0.75 - 0.65 * ramp(10, 12, (depth[i] ?? 0) + 2 * (uneven[i] ?? 0)),
  )
}

/** Wavy fibres with spindle nuclei. */
export const stroma: Pattern = (scene) => {
  const place = grid(scene, 7)
  const threads = cells(along(place, 5, scene.next), 5, scene.next)
  const spindles = spots(cells(along(place, 3, scene.next), 6, scene.next), 1.8, 0.45)
  return stain(scene, spindles, (i) => 0.25 + 0.5 * ramp(0, 4, threads.border[i] ?? 0))
}

/** Round nuclei on an even ground. */
export function nuclei(spacing: number, radius: number, share = 1): Pattern {
  return (scene) => {
    const dots = spots(cells(grid(scene), spacing, scene.next), radius, share)
    const ground = noise(scene.shapes.size, 6, scene.next)
    return stain(scene, dots, (i) => 0.45 + 0.15 * (ground[i] ?? 0))
  }
}

/** The reverse of round nuclei: pale bubbles in a dark ground. */
export function bubbles(spacing: number, radius: number): Pattern {
  return (scene) => {
    const holes = spots(cells(grid(scene), spacing, scene.next), radius, 1)
    const ground = noise(scene.shapes.size, 6, scene.next)
    return stain(
      scene,
      (i) => 0.55 * (1 - holes(i)),
      (i) => (0.5 + 0.15 * (ground[i] ?? 0)) * (1 - 0.8 * holes(i)),
    )
  }
}

/** Dark membranes around cells of uneven tone. */
export function mesh(spacing: number, width: number): Pattern {
  return (scene) => {
    const room = cells(grid(scene), spacing, scene.next)
    const walls = lines(room, width)
    return stain(
      scene,
      (i) => 0.8 * walls(i),
      (i) => 0.25 + 0.4 * (room.tone[i] ?? 0),
    )
  }
}

/** Fibres cut lengthwise: long dark lines that bend together. */
export function fibres(period: number): Pattern {
  return (scene) => {
    const way = along(grid(scene, 9), 1, scene.next)
    const uneven = noise(scene.shapes.size, 5, scene.next)
    return stain(
      scene,
      (i) => 0.4 + 0.4 * wave((way.v[i] ?? 0) / period + 0.25 * (uneven[i] ?? 0)),
      (i) => 0.5 + 0.2 * (uneven[i] ?? 0),
    )
  }
}

/** Layers around a centre, like an onion. */
export function onion(period: number): Pattern {
  return (scene) => {
    const { depth } = scene.shapes
    const uneven = noise(scene.shapes.size, 5, scene.next)
    return stain(
      scene,
      (i) => 0.4 + 0.4 * wave((depth[i] ?? 0) / period + 0.25 * (uneven[i] ?? 0)),
      (i) => 0.5 + 0.2 * (uneven[i] ?? 0),
    )
  }
}

/** Long cells that stand on the outline and point to the centre. */
export function rosette(spacing: number): Pattern {
  return (scene) => {
    const { u, v } = polar(scene)
    const bodies = cells({ u: u.map((depth) => depth / 2.5), v }, spacing, scene.next)
    const walls = lines(bodies, 1)
    const dots = spots(bodies, 1.4, 0.9)
    return stain(scene, dots, (i) => 0.3 + 0.6 * walls(i))
  }
}

/** Dead tissue: smears, blurred remains of cells, and fine debris. */
export const debris: Pattern = (scene) => {
  const remains = cells(grid(scene), 9, scene.next)
  const smear = noise(scene.shapes.size, 7, scene.next)
  const dust = grit(scene.shapes.size ** 2, scene.fine)
  return stain(
    scene,
    (i) => 0.3 * (1 - ramp(0, 5, remains.centre[i] ?? 0)) + 0.5 * ramp(0.55, 1, dust[i] ?? 0),
    (i) => 0.5 + 0.25 * (smear[i] ?? 0),
  )
}

/** Mitochondrion: a double membrane around folded shelves. */
export const cristae: Pattern = (scene) => {
  const { depth } = scene.shapes
  const way = along(grid(scene, 5), 1, scene.next)
  return stain(
    scene,
    (i) => {
      const d = depth[i] ?? 0
      const shelf = 0.45 + 0.45 * wave((way.v[i] ?? 0) / 5)
      return d < 3 ? 0.9 * (1 - ramp(0.6, 1.6, abs(d - 1))) : shelf * ramp(3, 5, d)
    },
    () => 0.45,
  )
}

/** Cytoplasm under the electron microscope: ribosomes and a few vesicles. */
export const cytoplasm: Pattern = (scene) => {
  const dust = cells(grid(scene), 3.2, scene.next)
  const grains = spots(dust, 1.1, 0.6)
  const vesicles = cells(grid(scene), 15, scene.next)
  return stain(
    scene,
    (i) => {
      const isVesicle = (vesicles.tone[i] ?? 0) < 0.3
      const d = vesicles.centre[i] ?? 0
      if (isVesicle && d < 6) return 0.9 * (1 - ramp(0.6, 1.5, abs(d - 4.5)))
      return 0.75 * grains(i)
    },
    () => 0.45,
  )
}

/** Fluorescent filaments: a bright web and a nucleus that shows the other stain. */
export const web: Pattern = (scene) => {
  const { depth } = scene.shapes
  const strands = lines(cells(grid(scene, 6), 6, scene.next), 1.2)
  return stain(
    scene,
    (i) => 0.7 * ramp(11, 14, depth[i] ?? 0),
    (i) => 0.9 * strands(i),
  )
}

/** Fluorescence out of focus: haze and bright specks. */
export const haze: Pattern = (scene) => {
  const cloud = noise(scene.shapes.size, 14, scene.next)
  const specks = spots(cells(grid(scene), 8, scene.next), 1.3, 0.6)
  return stain(
    scene,
    (i) => 0.35 * ramp(0, 1, -(cloud[i] ?? 0)),
    (i) => 0.25 + 0.25 * (cloud[i] ?? 0) + 0.6 * specks(i),
  )
}
