/** Image files as pixels and pixels as PNG; the only file that knows the image library. */
import { Problem } from '@suggestive/shared/problem'
import sharp from 'sharp'
import type { Picture } from './domain/raster.ts'

/** Extensions of the image files that are read, lower case; all others are ignored in folders. */
export const imageExtensions = ['.png', '.jpg', '.jpeg', '.tif', '.tiff', '.webp'] as const

/** 20,000 x 20,000. More does not fit in memory beside the maps made from it. */
const mostPixels = 400_000_000

const readFormats = ['png', 'jpeg', 'tiff', 'webp']
const remedy = 'save it again as PNG, JPEG, TIFF or WebP with 8 or 16 bits per channel'

// The library keeps recent results in memory of its own; ours is bounded by `createByteCache`.
sharp.cache(false)

const readOptions = {
  // The strictest level: a picture that is half grey because its file is damaged must not be trained on.
  failOn: 'warning',
  // Checked here instead, with a sentence.
  limitInputPixels: false,
  // Pixels are measurements: as stored, not as a screen would show them. The orientation in the EXIF data
  // is left alone for the same reason: masks belong to the stored pixel grid, which is also what
  // numpy, scikit-image and OpenCV with IMREAD_UNCHANGED read.
  ignoreIcc: true,
} as const

interface Samples {
  readonly width: number
  readonly height: number
  readonly channels: 1 | 3
  readonly data: Uint8Array | Uint16Array
  readonly format: string
  readonly isPalette: boolean
}

/**
 * The picture in an image file, as stored: alpha is dropped; grey stays one channel, also as a
 * palette; colours become RGB; 16 bits are kept; CMYK becomes 8-bit RGB.
 *
 * @param name of the file, for messages
 * @throws Problem `unreadable-input` for a file that is empty, truncated, damaged or of another kind
 */
export async function decodePicture(bytes: Uint8Array, name: string): Promise<Picture> {
  const samples = await decode(bytes, name)
  const { width, height, channels, data } = samples
  const grey = samples.isPalette ? greyOf(data) : undefined
  if (grey !== undefined) return { width, height, channels: 1, data: grey }
  return { width, height, channels, data }
}

/** Width and height from the file's header only, without decoding pixels. */
export async function pictureSize(
  bytes: Uint8Array,
  name: string,
): Promise<{ readonly width: number; readonly height: number }> {
  const { width, height } = await inspect(bytes, name)
  return { width, height }
}

/**
 * The values of a mask file, `[height, width]`, untouched; what they mean is for
 * `domain/class-values.ts` to say. Palettes and RGB are read where all three channels are equal.
 *
 * @throws Problem `wrong-use` for colours, values above 255 and formats that change values
 */
export async function decodeMask(
  bytes: Uint8Array,
  name: string,
): Promise<{ readonly width: number; readonly height: number; readonly values: Uint8Array }> {
  const { width, height, data } = await decodeLabels(bytes, name)
  if (data instanceof Uint8Array) return { width, height, values: data }
  const values = new Uint8Array(data.length)
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0
    if (value > 255) {
      throw new Problem(
        'wrong-use',
        `The mask ${name} holds the value ${value}, but class ids end at 255: save it with one value per class (object ids belong to --test-objects).`,
      )
    }
    values[i] = value
  }
  return { width, height, values }
}

/** Object ids 0..65535 of an image, `[height, width]`; 0 is no object. */
export async function decodeObjects(
  bytes: Uint8Array,
  name: string,
): Promise<{ readonly width: number; readonly height: number; readonly ids: Uint16Array }> {
  const { width, height, data } = await decodeLabels(bytes, name)
  return { width, height, ids: Uint16Array.from(data) }
}

/** An 8-bit grey PNG of `[height, width]` values. */
export function encodeMask(width: number, height: number, data: Uint8Array): Promise<Buffer> {
  return encode(width, height, data, 'b-w')
}

/** A 16-bit grey PNG of `[height, width]` values. */
export function encodeMap(width: number, height: number, data: Uint16Array): Promise<Buffer> {
  return encode(width, height, data, 'grey16')
}

/** An 8-bit RGB PNG of `[height, width, 3]` values. */
export function encodeColour(width: number, height: number, data: Uint8Array): Promise<Buffer> {
  return encode(width, height, data, 'srgb')
}

function encode(
  width: number,
  height: number,
  data: Uint8Array | Uint16Array,
  // Without it the library makes three channels out of one.
  space: 'b-w' | 'grey16' | 'srgb',
): Promise<Buffer> {
  const channels = space === 'srgb' ? 3 : 1
  return sharp(data, { raw: { width, height, channels }, limitInputPixels: false })
    .toColourspace(space)
    .png({ compressionLevel: 3 })
    .toBuffer()
}

async function decodeLabels(bytes: Uint8Array, name: string) {
  const { width, height, channels, data, format } = await decode(bytes, name)
  if (format !== 'png' && format !== 'tiff') {
    throw new Problem(
      'wrong-use',
      `The mask ${name} is a ${format} file, which may change values: save it as grey PNG with one value per class.`,
    )
  }
  const values = channels === 3 ? greyOf(data) : data
  if (values === undefined) {
    throw new Problem(
      'wrong-use',
      `The mask ${name} has colours, so its class ids are not clear: save it as grey PNG with one value per class, 0 for background.`,
    )
  }
  return { width, height, data: values }
}

/** One channel of interleaved RGB when all three are equal everywhere. */
function greyOf(rgb: Uint8Array | Uint16Array): Uint8Array | Uint16Array | undefined {
  for (let i = 0; i < rgb.length; i += 3) {
    if (rgb[i] !== rgb[i + 1] || rgb[i] !== rgb[i + 2]) return undefined
  }
  const size = rgb.length / 3
  const grey = rgb.BYTES_PER_ELEMENT === 2 ? new Uint16Array(size) : new Uint8Array(size)
  for (let i = 0; i < grey.length; i++) grey[i] = rgb[3 * i] ?? 0
  return grey
}

async function decode(bytes: Uint8Array, name: string): Promise<Samples> {
  const { width, height, space, isGrey, isDeep, format, isPalette } = await inspect(bytes, name)
  const target = isGrey ? (isDeep ? 'grey16' : 'b-w') : isDeep ? 'rgb16' : 'srgb'
  const buffer = await sharp(bytes, readOptions)
    .removeAlpha()
    .toColourspace(target)
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer()
    .catch((cause: unknown) => {
      refuseForMemory(name, cause)
      throw unreadable(name, `is truncated or damaged (${reason(cause)})`, cause)
    })
  const channels = isGrey ? 1 : 3
  const length = width * height * channels
  if (buffer.byteLength !== length * (isDeep ? 2 : 1)) {
    throw unreadable(name, `could not be converted from ${space}`)
  }
  return { width, height, channels, data: samplesOf(buffer, isDeep), format, isPalette }
}

/** A view of the library's memory: pictures are too large to be copied without need. */
function samplesOf(buffer: Buffer, isDeep: boolean): Uint8Array | Uint16Array {
  const { buffer: memory, byteOffset, byteLength } = buffer
  if (!isDeep) return new Uint8Array(memory, byteOffset, byteLength)
  if (byteOffset % 2 === 0) return new Uint16Array(memory, byteOffset, byteLength / 2)
  return new Uint16Array(memory.slice(byteOffset, byteOffset + byteLength))
}

/** Reads the header and refuses everything that cannot be one picture of ours. */
async function inspect(bytes: Uint8Array, name: string) {
  if (bytes.length === 0) throw unreadable(name, 'is empty (0 bytes)')
  const meta = await sharp(bytes, readOptions)
    .metadata()
    .catch((cause: unknown) => {
      refuseForMemory(name, cause)
      throw unreadable(name, `is truncated or no image (${reason(cause)})`, cause)
    })
  const { width, height, format, space, depth } = meta
  if (!readFormats.includes(format)) throw unreadable(name, `is a ${format} file`)
  if (width < 1 || height < 1) throw unreadable(name, `has no pixels (${width} x ${height})`)
  if (width * height > mostPixels) {
    throw new Problem(
      'unreadable-input',
      `The image ${name} has ${width} x ${height} pixels, more than the ${mostPixels} that are possible: cut it into smaller images.`,
    )
  }
  if ((meta.pages ?? 1) > 1) {
    throw unreadable(name, `holds ${meta.pages} pages; every page has to be a file of its own`)
  }
  if (depth !== 'uchar' && depth !== 'ushort') throw unreadable(name, `has ${depth} samples`)
  const colours = meta.channels - (meta.hasAlpha ? 1 : 0)
  const isGrey = space === 'b-w' || space === 'grey16'
  // A TIFF with two channels is rather two stains than grey with alpha: none may be dropped silently.
  const isPair = format === 'tiff' && meta.channels === 2
  const isKnown = isGrey
    ? colours === 1 && !isPair
    : space === 'cmyk' || ((space === 'srgb' || space === 'rgb16') && colours === 3)
  if (!isKnown) throw unreadable(name, `has ${meta.channels} channels of kind ${space}`)
  const isDeep = depth === 'ushort' && space !== 'cmyk'
  return { width, height, space, isGrey, isDeep, format, isPalette: meta.isPalette === true }
}

/** Nothing is wrong with the image: later there may be room for it. */
function refuseForMemory(name: string, cause: unknown): void {
  if (!/out of memory|memory allocation|unable to allocate|ENOMEM/i.test(String(cause))) return
  throw new Problem(
    'not-ready',
    `There is not enough memory to open ${name} now: close other programs, or give the server more.`,
    { cause },
  )
}

function unreadable(name: string, what: string, cause?: unknown): Problem {
  return new Problem('unreadable-input', `The image ${name} ${what}: ${remedy}.`, { cause })
}

/** The library's own words, one line. */
function reason(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause)
  const line = text.split('\n').find((part) => part.trim() !== '') ?? ''
  return line.trim().replace(/[.:]$/, '')
}
