/** Takes in the bytes of an image: checked by its header, stored by its content. */
import type { ImageView } from '@suggestive/shared/protocol/image'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Store } from '../ports/store.ts'
import type { ImageRoom } from './ingest-room.ts'

export interface ImageDeps {
  readonly store: Store
  readonly blobs: Blobs
  readonly clock: Clock
  /** Without one there is no limit. */
  readonly room?: ImageRoom | undefined
  /** From the header; refuses what is no image, and more pixels than are possible. */
  readonly pictureSize: (
    bytes: Uint8Array,
    name: string,
  ) => Promise<{ readonly width: number; readonly height: number }>
}

/** So many bytes are hashed at once. */
const pieceLength = 2 ** 18

/**
 * @param name for messages
 * @param expected digest that the bytes must have
 * @throws Problem `unreadable-input` for what is no image, `digest-mismatch`, `storage-failed`; nothing is stored then
 */
export async function ingestImage(
  { store, blobs, clock, room, pictureSize }: ImageDeps,
  bytes: Uint8Array,
  name: string,
  expected?: string,
): Promise<ImageView> {
  const { width, height } = await pictureSize(bytes, name)
  await room?.require(bytes.length)
  const facts = await blobs.put('image', pieces(bytes), expected)
  const image = { digest: facts.digest, bytes: facts.bytes, width, height }
  await store.noteImage(image, clock.now())
  await room?.add(facts.bytes)
  return image
}

async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += pieceLength) {
    yield bytes.subarray(at, at + pieceLength)
  }
}
