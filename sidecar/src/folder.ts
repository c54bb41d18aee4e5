/** Folders of images and masks as the sources that the use cases work on. */
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { type ByteCache, createByteCache } from '@suggestive/shared/byte-cache'
import type { Mask } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { classValuesOf, markValues, toClassIndices } from './domain/class-values.ts'
import type { Picture } from './domain/raster.ts'
import { decodeMask, decodePicture, pictureSize } from './images.ts'
import { type ImageFile, listImages, pairMasks } from './listing.ts'
import type { ImageSource, LabelledSource } from './ports.ts'
import { systemCode } from './system-code.ts'

/** Decoded pictures that are kept; 256 MB unless told otherwise. */
export type PictureCache = ByteCache<Picture>

export function createPictureCache(limitBytes = 256 * 2 ** 20): PictureCache {
  return createByteCache(limitBytes, (picture) => picture.data.byteLength)
}

/** The images of a folder; every file is read once for its digest, pixels are decoded when asked for. */
export async function imageSources(
  folder: string,
  cache: PictureCache = createPictureCache(),
): Promise<ImageSource[]> {
  const sources: ImageSource[] = []
  for (const image of await listImages(folder)) {
    sources.push(imageSource(image, digestOf(await read(image.path)), cache))
  }
  return sources
}

export interface LabelledFolder {
  readonly sources: readonly LabelledSource[]
  /** Mask value of every class, background first. */
  readonly classValues: readonly number[]
  readonly warnings: readonly string[]
}

/**
 * The images of a folder with their masks. Every mask is decoded once to compare sizes and to find
 * the classes, unless these are given (a test set has the classes of its training set).
 *
 * @throws Problem `wrong-use` for masks that are missing, of another size or with unknown values
 */
export async function labelledSources(
  imageFolder: string,
  maskFolder: string,
  options: { readonly classValues?: readonly number[]; readonly cache?: PictureCache } = {},
): Promise<LabelledFolder> {
  const cache = options.cache ?? createPictureCache()
  const pairs = await pairMasks(await listImages(imageFolder), maskFolder)
  const digests: string[] = []
  const seen = new Uint8Array(256)
  for (const pair of pairs) {
    const bytes = await read(pair.path)
    digests.push(digestOf(bytes))
    const size = await pictureSize(bytes, pair.path)
    const mask = await decodeMask(await read(pair.maskPath), pair.maskPath)
    if (mask.width !== size.width || mask.height !== size.height) {
      throw new Problem(
        'wrong-use',
        `The mask ${pair.maskPath} has ${mask.width} x ${mask.height} pixels, but its image ${pair.path} has ${size.width} x ${size.height}: draw or export the mask at the size of the image.`,
      )
    }
    if (options.classValues) indices(mask.values, options.classValues, pair.maskPath)
    markValues(mask.values, seen)
  }
  const values = [...seen.keys()].filter((value) => seen[value] === 1)
  const { classValues, warnings } = options.classValues
    ? { classValues: options.classValues, warnings: [] }
    : classValuesOf(values, maskFolder)
  const sources = pairs.map((pair, i) => ({
    ...imageSource(pair, digests[i] ?? '', cache),
    readMask: () => readMask(pair.maskPath, classValues),
  }))
  return { sources, classValues, warnings }
}

function imageSource(image: ImageFile, digest: string, cache: PictureCache): ImageSource {
  return {
    digest,
    name: image.name,
    async readPicture() {
      const kept = cache.get(digest)
      if (kept !== undefined) return kept
      const bytes = await read(image.path)
      if (digestOf(bytes) !== digest) {
        throw new Problem(
          'unreadable-input',
          `The image ${image.path} has changed while it was in use: start again.`,
        )
      }
      const picture = await decodePicture(bytes, image.path)
      cache.set(digest, picture)
      return picture
    },
  }
}

async function readMask(path: string, classValues: readonly number[]): Promise<Mask> {
  const { width, height, values } = await decodeMask(await read(path), path)
  return { width, height, data: indices(values, classValues, path) }
}

function indices(values: Uint8Array, classValues: readonly number[], path: string): Uint8Array {
  const result = toClassIndices(values, classValues)
  if ('indices' in result) return result.indices
  throw new Problem(
    'wrong-use',
    `The mask ${path} holds the value ${result.unknown}, but the classes are ${classValues.join(', ')}: use the values of the training masks.`,
  )
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

async function read(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (cause) {
    const code = systemCode(cause)
    throw new Problem(
      'unreadable-input',
      `The file ${path} cannot be read (${code}): check that it exists and that you may read it.`,
      { cause },
    )
  }
}
