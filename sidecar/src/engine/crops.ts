/** Batches of augmented crops, each a pure function of (seed, round, member, iteration). */

import type { InputFormat } from '../domain/normalisation.ts'
import { normaliseInto } from '../domain/normalisation.ts'
import { draws } from '../domain/random.ts'
import { cropMask, type Region } from '../domain/raster.ts'
import type { LabelledPiece, Piece, PieceReader, PreparedImage } from './pieces.ts'

/**
 * Per channel, contrast times 0.8..1.2 around the mean of the crop, so that dim images keep their dark background, and
 * brightness plus or minus up to 0.05 of the range.
 */
const CONTRAST = 0.2
const BRIGHTNESS = 0.05

/** Draws that one crop takes. */
const DRAWS_PER_CROP = 16

export interface CropSource {
  /**
   * The member's bootstrap sample, with repetitions, by brightness. A batch takes one image from each stratum, so
   * that bright and dark kinds are in every batch in their proportions: the statistics of batch normalisation then
   * mean the same in training and in prediction. (Mixed nuclei, one member: stained tissue 0.86 instead of 0.47.)
   */
  readonly images: readonly PreparedImage[]
  readonly reader: PieceReader
  readonly format: InputFormat
  /** One weight per class. */
  readonly classWeights: readonly number[]
  /** Side of a crop, pixels at working scale. */
  readonly crop: number
  readonly batch: number
}

/** Whose crops: every draw is a function of these and the iteration. */
export interface CropStream {
  readonly seed: number
  readonly round: number
  readonly member: number
}

export interface Batch {
  /** [batch, crop, crop, channels], normalised. */
  readonly images: Float32Array
  /** [batch, crop, crop, classes], one-hot times class weight. */
  readonly targets: Float32Array
}

/** The batch of one iteration. */
export async function cropBatch(
  source: CropSource,
  stream: CropStream,
  iteration: number,
): Promise<Batch> {
  const { crop, batch, format, classWeights } = source
  const pixels = crop * crop
  const images = new Float32Array(batch * pixels * format.channels)
  const targets = new Float32Array(batch * pixels * classWeights.length)
  const random = draws(stream.seed, 'crops', stream.round, stream.member)
  for (let b = 0; b < batch; b++) {
    const first = (iteration * batch + b) * DRAWS_PER_CROP
    const uniform = (i: number) => random.uniform(first + i)
    // One image from each of `batch` strata of brightness: see CropSource.images.
    const image = source.images[Math.floor(((b + uniform(0)) / batch) * source.images.length)]
    if (image === undefined) throw new RangeError('a bootstrap sample has at least one image')
    const piece = await source.reader.read(pickPiece(image.pieces, uniform(1)))
    const { width, height } = piece.picture
    const region = {
      x: pickStart(width, crop, uniform(2)),
      y: pickStart(height, crop, uniform(3)),
      width: crop,
      height: crop,
    }
    const turn = Math.floor(uniform(4) * 8)
    const gains = [5, 6, 7].map((i) => 1 + CONTRAST * (2 * uniform(i) - 1))
    const shifts = [8, 9, 10].map(
      (i, c) => (BRIGHTNESS * (2 * uniform(i) - 1)) / (format.normalisation.deviation[c] ?? 1),
    )
    writeCrop(piece, region, format, { turn, gains, shifts }, images, b * pixels * format.channels)
    writeTargets(piece, region, turn, classWeights, targets, b * pixels * classWeights.length)
  }
  return { images, targets }
}

/** A piece of the image, in proportion to its area. */
function pickPiece(pieces: readonly Piece[], share: number): Piece {
  const total = pieces.reduce((sum, { width, height }) => sum + width * height, 0)
  let left = share * total
  for (const piece of pieces) {
    left -= piece.width * piece.height
    if (left < 0) return piece
  }
  const last = pieces.at(-1)
  if (last === undefined) throw new RangeError('an image has at least one piece')
  return last
}

/** First row or column of a crop; images smaller than the crop are reflected on a random side. */
function pickStart(size: number, crop: number, share: number): number {
  const room = size - crop
  return room >= 0 ? Math.floor(share * (room + 1)) : -Math.floor(share * (1 - room))
}

interface Jitter {
  /** 0..7: bit 0 mirrors columns, bit 1 rows, bit 2 exchanges rows and columns. */
  readonly turn: number
  readonly gains: readonly number[]
  readonly shifts: readonly number[]
}

/** Where the pixel (y, x) of an augmented crop comes from. */
function turned(turn: number, crop: number, y: number, x: number): number {
  const [row, column] = (turn & 4) === 0 ? [y, x] : [x, y]
  const sourceRow = (turn & 2) === 0 ? row : crop - 1 - row
  const sourceColumn = (turn & 1) === 0 ? column : crop - 1 - column
  return sourceRow * crop + sourceColumn
}

function writeCrop(
  { picture }: LabelledPiece,
  region: Region,
  format: InputFormat,
  { turn, gains, shifts }: Jitter,
  out: Float32Array,
  offset: number,
) {
  const crop = region.width
  const { channels } = format
  const straight = new Float32Array(crop * crop * channels)
  normaliseInto(picture, region, format, straight)
  const means = channelMeans(straight, channels)
  const lifts = means.map((mean, c) => (1 - (gains[c] ?? 1)) * mean + (shifts[c] ?? 0))
  let o = offset
  for (let y = 0; y < crop; y++) {
    for (let x = 0; x < crop; x++) {
      const from = turned(turn, crop, y, x) * channels
      for (let c = 0; c < channels; c++) {
        out[o++] = (straight[from + c] ?? 0) * (gains[c] ?? 1) + (lifts[c] ?? 0)
      }
    }
  }
}

/** Mean of each channel of interleaved samples. */
function channelMeans(samples: Float32Array, channels: number): number[] {
  const sums = Array.from({ length: channels }, () => 0)
  for (let i = 0; i < samples.length; i += channels) {
    for (let c = 0; c < channels; c++) sums[c] = (sums[c] ?? 0) + (samples[i + c] ?? 0)
  }
  return sums.map((sum) => (sum * channels) / samples.length)
}

function writeTargets(
  { mask }: LabelledPiece,
  region: Region,
  turn: number,
  classWeights: readonly number[],
  out: Float32Array,
  offset: number,
) {
  const crop = region.width
  const labels = cropMask(mask, region).data
  const classes = classWeights.length
  for (let y = 0, p = 0; y < crop; y++) {
    for (let x = 0; x < crop; x++, p++) {
      const label = labels[turned(turn, crop, y, x)] ?? 0
      out[offset + p * classes + label] = classWeights[label] ?? 1
    }
  }
}
