/** Sizes and small copies of images. */
import sharp from 'sharp'

export interface Size {
  /** Pixels. */
  readonly width: number
  readonly height: number
}

/** @throws Error in Pillow's words when it is neither a PNG nor a JPEG */
export function pictureSize(bytes: Uint8Array, name: string): Size {
  const found = pngSize(bytes) ?? jpegSize(bytes)
  if (found === undefined) {
    throw new Error(`PIL.UnidentifiedImageError: cannot identify image file '${name}'`)
  }
  return found
}

/** A JPEG, as the server makes it for `quality=compressed` and previews. */
export async function compressed(bytes: Uint8Array, quality: number): Promise<Buffer> {
  return sharp(bytes).flatten().jpeg({ quality }).toBuffer()
}

function pngSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 24 || view.getUint32(0) !== 0x89504e47) return undefined
  return { width: view.getUint32(16), height: view.getUint32(20) }
}

function jpegSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (bytes.length < 4 || view.getUint16(0) !== 0xffd8) return undefined
  for (let at = 2; at + 9 < bytes.length; at += 2 + view.getUint16(at + 2)) {
    const marker = view.getUint16(at)
    // Frame headers, apart from tables that share their range.
    if (marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)) {
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    }
  }
  return undefined
}
