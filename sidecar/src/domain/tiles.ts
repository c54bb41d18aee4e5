/** Cuts an image that is too large for one run of the network into overlapping tiles with one owner per pixel. */
import { type Region, roundUp } from './raster.ts'

/** The network halves its input five times: sides are multiples of this. Paper, Fig. 2. */
export const gridStep = 32

export interface Tile {
  /** What the network sees, sides multiples of 32; beyond the image it is reflected. */
  readonly input: Region
  /** The image's pixels for which this tile's answer counts; inside `input` and inside the image. */
  readonly owned: Region
}

export interface TileSize {
  /** Largest side of a tile, a multiple of 32. */
  readonly side: number
  /** Pixels that neighbours share, a multiple of 32 below `side`; half of it is context for each. */
  readonly overlap: number
}

/**
 * The tiles of a `width` x `height` image, row by row. Every pixel is owned by exactly one tile;
 * neighbours meet in the middle of their overlap. Tiles start and meet at multiples of 32, so every
 * position of the encoder's last map (1/32 of the size) belongs to one tile as well, and an image
 * that fits in one tile is one tile: the image padded at the right and below.
 */
export function planTiles(width: number, height: number, size: TileSize): Tile[] {
  const columns = spans(width, size)
  return spans(height, size).flatMap((row) =>
    columns.map((column) => ({
      input: { x: column.start, y: row.start, width: column.length, height: row.length },
      owned: {
        x: column.from,
        y: row.from,
        width: column.to - column.from,
        height: row.to - row.from,
      },
    })),
  )
}

interface Span {
  readonly start: number
  readonly length: number
  /** Owned: from..to-1. */
  readonly from: number
  readonly to: number
}

function spans(size: number, { side, overlap }: TileSize): Span[] {
  const padded = roundUp(size, gridStep)
  if (padded <= side) return [{ start: 0, length: padded, from: 0, to: size }]
  const starts: number[] = []
  for (let start = 0; start + side < padded; start += side - overlap) starts.push(start)
  // The last tile ends where the padded image ends and shares more with its neighbour instead of
  // reaching further into the reflection.
  starts.push(padded - side)
  const meeting = (left: number, right: number) =>
    Math.floor((left + side + right) / 2 / gridStep) * gridStep
  return starts.map((start, i) => {
    const before = starts[i - 1]
    const after = starts[i + 1]
    return {
      start,
      length: side,
      from: before === undefined ? 0 : meeting(before, start),
      to: after === undefined ? size : meeting(start, after),
    }
  })
}
