/** Room for the bytes of images: within the limit of the cache, and never on a disk that is nearly full. */
import { Problem } from '@suggestive/shared/problem'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'

export interface ImageRoom {
  /** @throws Problem `storage-failed` when so many bytes would fill the disk to 95 % */
  require(bytes: number): Promise<void>
  /** So many bytes were stored after they were required; drops images that were not used for long when there are too many. */
  add(bytes: number): Promise<void>
}

export interface ImageRoomParts {
  readonly store: Pick<Store, 'imageUse'>
  readonly blobs: Pick<Blobs, 'space'>
  readonly clock: Clock
  /** Bytes of images that are kept. */
  readonly imageBytes: number
  /** Drops images until the limit is kept. */
  readonly shrink: (imageBytes: number) => Promise<void>
}

/** Share of the disk at which images are refused: the rest is for labels. */
const fullest = 0.95
/** How long an answer of the disk counts. */
const trustMs = 1000
/** Dropping begins so far above the limit, so that not every image has to drop another one. */
const slack = 1.02

export function createImageRoom(parts: ImageRoomParts): ImageRoom {
  const { store, blobs, clock, imageBytes, shrink } = parts
  let space: Awaited<ReturnType<Blobs['space']>>
  let askedAt = Number.NEGATIVE_INFINITY
  let held: Promise<number> | undefined
  let added = 0
  let shrinking: Promise<void> | undefined

  async function drop() {
    await shrink(imageBytes)
    added = 0
    held = undefined
    askedAt = Number.NEGATIVE_INFINITY
  }

  return {
    async require(bytes) {
      held ??= store.imageUse().then((use) => use.bytes)
      const now = clock.now()
      if (now - askedAt >= trustMs || now < askedAt) {
        askedAt = now
        space = await blobs.space()
      }
      if (space === undefined) return
      const { free, total } = space
      // Also what comes before the disk is asked again.
      space = { free: free - bytes, total }
      if (total - free + bytes <= fullest * total) return
      askedAt = Number.NEGATIVE_INFINITY
      throw new Problem(
        'storage-failed',
        'The disk of the sidecar is 95 % full, so no more images are taken: free some space, then send the image again.',
      )
    },
    async add(bytes) {
      added += bytes
      if (((await held) ?? 0) + added <= slack * imageBytes) return
      shrinking ??= drop().finally(() => {
        shrinking = undefined
      })
      await shrinking
    },
  }
}
