/**
 * The labelled images at working scale as the training process reads them: raw files in a scratch folder, large
 * images cut into pieces, so that memory stays bounded and nothing is decoded twice.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createByteCache } from '@suggestive/shared/byte-cache'
import type { Mask } from '@suggestive/shared/mask'
import { cropMask, cropPicture, type Picture } from '../domain/raster.ts'

/** Longest side of a piece, pixels: a held-out piece goes through the network whole. */
const SIDE = 512

/** Decoded pieces kept in memory, bytes. */
const CACHE_BYTES = 256 * 2 ** 20

export interface Piece {
  /** Without extension, inside the scratch folder. */
  readonly file: string
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly deep: boolean
}

export interface PreparedImage {
  readonly digest: string
  /** Mean sample value over the range of the format, 0..1: images are drawn across all of it in every batch. */
  readonly brightness: number
  readonly pieces: readonly Piece[]
}

export interface LabelledPiece {
  readonly picture: Picture
  readonly mask: Mask
}

/** Writes an image and its mask under file names that begin with `name`; returns what `PieceReader` needs. */
export async function writePieces(
  folder: string,
  {
    name,
    digest,
    picture,
    mask,
  }: LabelledPiece & { readonly name: string; readonly digest: string },
): Promise<PreparedImage> {
  const columns = Math.ceil(picture.width / SIDE)
  const rows = Math.ceil(picture.height / SIDE)
  const pieces: Piece[] = []
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x = Math.floor((column * picture.width) / columns)
      const y = Math.floor((row * picture.height) / rows)
      const region = {
        x,
        y,
        width: Math.floor(((column + 1) * picture.width) / columns) - x,
        height: Math.floor(((row + 1) * picture.height) / rows) - y,
      }
      const file = `${name}-${pieces.length}`
      const { data } = cropPicture(picture, region)
      const labels = cropMask(mask, region)
      const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
      await writeFile(join(folder, `${file}.pixels`), bytes)
      await writeFile(join(folder, `${file}.mask`), labels.data)
      const { width, height } = region
      const deep = data.BYTES_PER_ELEMENT === 2
      pieces.push({ file, width, height, channels: picture.channels, deep })
    }
  }
  return { digest, brightness: meanBrightness(picture), pieces }
}

export class PieceReader {
  readonly #folder: string
  readonly #cache = createByteCache<LabelledPiece>(
    CACHE_BYTES,
    ({ picture, mask }) => picture.data.byteLength + mask.data.byteLength,
  )

  constructor(folder: string) {
    this.#folder = folder
  }

  async read(piece: Piece): Promise<LabelledPiece> {
    const { file, width, height, channels, deep } = piece
    const known = this.#cache.get(file)
    if (known !== undefined) return known
    const bytes = await readFile(join(this.#folder, `${file}.pixels`))
    const labels = await readFile(join(this.#folder, `${file}.mask`))
    // A copy, because a 16-bit view needs an even offset.
    const own = Uint8Array.from(bytes)
    const read = {
      picture: { width, height, channels, data: deep ? new Uint16Array(own.buffer) : own },
      mask: { width, height, data: new Uint8Array(labels) },
    }
    this.#cache.set(file, read)
    return read
  }
}

function meanBrightness({ data }: Picture): number {
  let sum = 0
  for (const value of data) sum += value
  return sum / data.length / (data.BYTES_PER_ELEMENT === 2 ? 65535 : 255)
}
