/** Very many very small images, each of another look, for tests and benches of large projects. */
import { draws } from '@suggestive/sidecar/domain/random'
import { encodePng } from '../bench/png.ts'

/** Width and height, pixels. */
export const tinySize = 32

export interface TinyImage {
  readonly name: string
  readonly png: Uint8Array
}

/** A coloured ground with noise; a pure function of the index. */
export function tinyImage(index: number): TinyImage {
  const random = draws(3, 'tiny', index)
  const base = Array.from({ length: 3 }, (_, channel) => 40 + 175 * random.uniform(channel))
  const data = Uint8Array.from({ length: 3 * tinySize * tinySize }, (_, i) =>
    Math.round((base[i % 3] ?? 0) + 30 * (random.uniform(3 + i) - 0.5)),
  )
  return { name: `tiny-${index}.png`, png: encodePng(tinySize, tinySize, 3, data) }
}
