/** Stored maps: 16-bit grey PNG. */
import { Problem } from '@suggestive/shared/problem'
import { decodePicture } from '../images.ts'
import type { Blobs } from '../ports/blobs.ts'

export interface StoredMap {
  readonly width: number
  readonly height: number
  /** Row-major; 65535 is the largest value that there can be. */
  readonly data: Uint16Array
}

/** @throws Problem `not-ready` for a map that is gone; `corrupt-blob` */
export async function readMap(blobs: Blobs, blob: string): Promise<StoredMap> {
  const bytes = await blobs.get('map', blob)
  if (bytes === undefined) {
    throw new Problem('not-ready', 'The map is being replaced by that of a newer model: ask again.')
  }
  const { width, height, data } = await decodePicture(bytes, 'the map')
  if (data instanceof Uint16Array) return { width, height, data }
  throw new Problem('corrupt-blob', 'A stored map has not the depth of a map: start a round.')
}
