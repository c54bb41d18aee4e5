/** Generated images as a data set for a replay. */
import { createHash } from 'node:crypto'
import { createByteCache } from '@suggestive/shared/byte-cache'
import { kindAt, kindNames, type Phantom, phantom } from '../../domain/phantom.ts'
import type { ReplaySets, ReplaySource } from './source.ts'

export interface PhantomSets extends ReplaySets {
  readonly classValues: readonly number[]
}

/** Images of the test set: one deck, which holds every kind as often as it is drawn. */
const testImages = 32

const cachedBytes = 256 * 2 ** 20

/** `images` generated images to annotate and 32 others as test set, a pure function of (seed, size). */
export function phantomSets(seed: number, images: number, size: number): PhantomSets {
  const cache = createByteCache<Phantom>(
    cachedBytes,
    ({ picture, mask }) => picture.data.byteLength + mask.data.byteLength,
  )
  const made = (index: number): Phantom => {
    const kept = cache.get(String(index))
    if (kept !== undefined) return kept
    const fresh = phantom({ seed, index, size })
    cache.set(String(index), fresh)
    return fresh
  }
  const source = (index: number): ReplaySource => ({
    digest: createHash('sha256').update(made(index).picture.data).digest('hex'),
    name: `phantom-${String(index).padStart(4, '0')}`,
    kind: kindNames[kindAt(seed, index)] ?? '',
    readPicture: async () => made(index).picture,
    readMask: async () => made(index).mask,
  })
  const firstTest = Math.ceil(images / testImages) * testImages
  return {
    pool: Array.from({ length: images }, (_, i) => source(i)),
    test: Array.from({ length: testImages }, (_, i) => source(firstTest + i)),
    classValues: [0, 255],
  }
}
