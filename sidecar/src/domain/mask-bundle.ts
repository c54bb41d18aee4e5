/**
 * The packed masks of many images in one file: per image its digest in 32 bytes, the number of its masks and their
 * lengths as little-endian 32-bit words, then the masks one after the other.
 */
import { Problem } from '@suggestive/shared/problem'

const digestBytes = 32
const wordBytes = 4

/** The part of one image; the parts of all images, one after the other, are the file. */
export function bundlePart(digest: string, masks: readonly Uint8Array[]): Uint8Array {
  const head = digestBytes + wordBytes * (1 + masks.length)
  const part = new Uint8Array(masks.reduce((size, mask) => size + mask.length, head))
  const view = new DataView(part.buffer)
  for (let i = 0; i < digestBytes; i++) {
    part[i] = Number.parseInt(digest.slice(2 * i, 2 * i + 2), 16)
  }
  for (const [i, number] of [masks.length, ...masks.map(({ length }) => length)].entries()) {
    view.setUint32(digestBytes + wordBytes * i, number, true)
  }
  let at = head
  for (const mask of masks) {
    part.set(mask, at)
    at += mask.length
  }
  return part
}

/** Views of the bytes, by image digest. @throws Problem `corrupt-blob` for what is no such file */
export function readBundle(bytes: Uint8Array): ReadonlyMap<string, readonly Uint8Array[]> {
  const found = new Map<string, readonly Uint8Array[]>()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = 0
  const take = (count: number): number => {
    if (at + count > bytes.length) {
      throw new Problem('corrupt-blob', 'The masks of a training are damaged: start a round.')
    }
    at += count
    return at - count
  }
  const word = () => view.getUint32(take(wordBytes), true)
  while (at < bytes.length) {
    const start = take(digestBytes)
    const digest = Array.from(bytes.subarray(start, at), (byte) =>
      byte.toString(16).padStart(2, '0'),
    ).join('')
    const lengths = Array.from({ length: Math.min(word(), bytes.length) }, word)
    const masks = lengths.map((length) => {
      const first = take(length)
      return bytes.subarray(first, first + length)
    })
    found.set(digest, masks)
  }
  return found
}
