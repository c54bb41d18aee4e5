/** Applies an ensemble to a picture of any size: working scale, tiles, and maps at the original size. */
import { ensembleDescriptor } from '../domain/descriptor.ts'
import { enlargeMap } from '../domain/enlarge.ts'
import type { ModelHeader } from '../domain/model.ts'
import { cropPicture, type Picture } from '../domain/raster.ts'
import { type ShrinkFactor, shrinkPicture } from '../domain/shrink.ts'
import { planTiles, type Tile } from '../domain/tiles.ts'
import { shrinkFactorOf } from '../domain/working-scale.ts'
import type { Prediction } from '../ports.ts'
import type { TilePrediction } from './messages.ts'

/**
 * Larger tiles would need more working memory (0.4 GB at full width). Half of the overlap is context on each side.
 */
const TILE = { side: 512, overlap: 128 } as const

/** 65535 stands for this variance, the largest there is. */
const LARGEST_VARIANCE = 0.25

export async function predictPicture(
  header: ModelHeader,
  picture: Picture,
  predict: (tile: Picture) => Promise<TilePrediction>,
): Promise<Prediction> {
  const factor = shrinkFactorOf(header.scale) ?? 1
  const small = shrinkPicture(picture, factor)
  const { width, height } = small
  const foregroundClasses = header.classValues.length - 1
  const maps = Array.from({ length: foregroundClasses + 1 }, () => new Uint16Array(width * height))
  const descriptors: Float64Array[] = []
  let uncertainty = 0
  for (const tile of planTiles(width, height, TILE)) {
    const {
      probability,
      variance,
      descriptors: members,
    } = await predict(cropPicture(small, tile.input))
    for (const [c, map] of maps.entries()) {
      const values = probability[c] ?? variance
      copyOwned(values, tile, map, width, values === variance ? 1 / LARGEST_VARIANCE : 1)
    }
    uncertainty += sumOwned(variance, tile, factor, picture)
    const share = (tile.owned.width * tile.owned.height) / (width * height)
    for (const [m, values] of members.entries()) {
      descriptors[m] ??= new Float64Array(values.length)
      const sum = descriptors[m]
      for (const [i, value] of values.entries()) sum[i] = (sum[i] ?? 0) + share * value
    }
  }
  const full = maps.map((data) => enlarged(data, { width, height }, factor, picture))
  const probability = full.slice(0, foregroundClasses)
  const variance = full[foregroundClasses] ?? new Uint16Array(0)
  const mask = largestClass(probability, picture)
  let foreground = 0
  for (const label of mask) if (label !== 0) foreground++
  const pixels = picture.width * picture.height
  return {
    width: picture.width,
    height: picture.height,
    probability,
    variance,
    mask: { width: picture.width, height: picture.height, data: mask },
    uncertainty: uncertainty / pixels,
    foreground: foreground / pixels,
    descriptor: ensembleDescriptor(descriptors.map((values) => Float32Array.from(values))),
  }
}

/** Rounds the tile's own pixels to 16 bit. */
function copyOwned(
  values: Float32Array,
  { input, owned }: Tile,
  map: Uint16Array,
  width: number,
  scale: number,
) {
  for (let y = 0; y < owned.height; y++) {
    let from = (owned.y - input.y + y) * input.width + owned.x - input.x
    let to = (owned.y + y) * width + owned.x
    for (let x = 0; x < owned.width; x++) {
      const value = (values[from++] ?? 0) * scale
      map[to++] = Math.min(65535, Math.floor(value * 65535 + 0.5))
    }
  }
}

/** Sum over the tile's own pixels, each weighted by the original pixels that it stands for. */
function sumOwned(
  variance: Float32Array,
  { input, owned }: Tile,
  factor: ShrinkFactor,
  original: { readonly width: number; readonly height: number },
): number {
  let sum = 0
  for (let y = owned.y; y < owned.y + owned.height; y++) {
    const rows = Math.min(factor, original.height - y * factor)
    const row = (y - input.y) * input.width - input.x
    for (let x = owned.x; x < owned.x + owned.width; x++) {
      const columns = Math.min(factor, original.width - x * factor)
      sum += (variance[row + x] ?? 0) * rows * columns
    }
  }
  return sum
}

function enlarged(
  data: Uint16Array,
  size: { readonly width: number; readonly height: number },
  factor: ShrinkFactor,
  { width, height }: { readonly width: number; readonly height: number },
): Uint16Array {
  if (factor === 1) return data
  const out = new Uint16Array(width * height)
  enlargeMap({ ...size, data }, factor, { width, height, data: out })
  return out
}

/** The class of the largest probability, background being what the others leave; equal: the lower class. */
function largestClass(
  probability: readonly Uint16Array[],
  { width, height }: { readonly width: number; readonly height: number },
): Uint8Array {
  const labels = new Uint8Array(width * height)
  for (let p = 0; p < labels.length; p++) {
    let background = 65535
    let best = -1
    let label = 0
    for (let c = 0; c < probability.length; c++) {
      const value = probability[c]?.[p] ?? 0
      background -= value
      if (value > best) {
        best = value
        label = c + 1
      }
    }
    labels[p] = best > background ? label : 0
  }
  return labels
}
