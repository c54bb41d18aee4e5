/** Label Studio's brush format by the library of its editor, over whole images. */
import { decode, encode } from '@thi.ng/rle-pack'

/** The bytes of an image whose four channels are `alpha`. */
export function referenceEncode(alpha: readonly number[]): number[] {
  const values = Uint8Array.from({ length: 4 * alpha.length }, (_, i) => alpha[i >> 2] ?? 0)
  return [...encode(values, values.length)]
}

/** The alpha of each pixel. */
export function referenceDecode(bytes: readonly number[]): number[] {
  return [...decode(Uint8Array.from(bytes))].filter((_, i) => i % 4 === 3)
}
