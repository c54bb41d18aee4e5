/** Bytes by content: large things that are written once and never changed. */

/** What a blob is for; each kind has its own retention (DESIGN section 5, What is kept). */
export type BlobKind = 'image' | 'member' | 'model' | 'shard' | 'map'

export interface BlobFacts {
  /** SHA-256 of the bytes, lower-case hex. */
  readonly digest: string
  readonly bytes: number
  /** When it was written, milliseconds since 1970. */
  readonly writtenAt: number
}

/**
 * Content-addressed storage. A blob can be read as soon as `put` has resolved, also after a power cut; before that
 * nobody sees a part of it. Must not keep the caller's arrays.
 */
export interface Blobs {
  /**
   * Stores the bytes and returns their facts; equal bytes are stored once. Bytes that are there are replaced: that
   * heals a damaged blob and renews the time of writing.
   *
   * @param expected digest that the bytes must have
   * @throws Problem `digest-mismatch` when they have another one (nothing is stored), `storage-failed`
   */
  put(
    kind: BlobKind,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    expected?: string,
  ): Promise<BlobFacts>
  /**
   * The bytes, with their digest checked.
   *
   * @returns undefined when absent
   * @throws Problem `corrupt-blob` when the bytes do not have the digest any more
   */
  get(kind: BlobKind, digest: string): Promise<Uint8Array | undefined>
  /**
   * The bytes piece by piece, for those who only hand them on: nobody checks their digest.
   *
   * @returns undefined when absent; whoever gets a stream reads it to its end or stops early, so that the file closes
   */
  stream(kind: BlobKind, digest: string): Promise<AsyncIterable<Uint8Array> | undefined>
  /** Size without reading; undefined when absent. */
  facts(kind: BlobKind, digest: string): Promise<BlobFacts | undefined>
  /** Absent ones are no error. */
  remove(kind: BlobKind, digest: string): Promise<void>
  /** All of a kind, in no particular order. */
  list(kind: BlobKind): AsyncIterable<BlobFacts>
  /** Free bytes, and bytes in all, of the disk; undefined where that is unknown. */
  space(): Promise<{ readonly free: number; readonly total: number } | undefined>
}
