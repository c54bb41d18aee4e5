/** Blobs in memory, for tests that are not about the disk. */
import { createHash } from 'node:crypto'
import { Problem } from '@suggestive/shared/problem'
import type { BlobFacts, BlobKind, Blobs } from '@suggestive/sidecar/ports/blobs'

interface Stored extends BlobFacts {
  readonly content: Uint8Array
}

export class MemoryBlobs implements Blobs {
  readonly #stored = new Map<BlobKind, Map<string, Stored>>()
  readonly #now: () => number

  constructor(now: () => number = Date.now) {
    this.#now = now
  }

  async put(
    kind: BlobKind,
    given: Uint8Array | AsyncIterable<Uint8Array>,
    expected?: string,
  ): Promise<BlobFacts> {
    const pieces: Uint8Array[] = []
    for await (const piece of given instanceof Uint8Array ? [given] : given) {
      pieces.push(piece.slice())
    }
    const content = new Uint8Array(Buffer.concat(pieces))
    const digest = createHash('sha256').update(content).digest('hex')
    if (expected !== undefined && expected !== digest) {
      throw new Problem('digest-mismatch', `The content has the digest ${digest}.`)
    }
    const facts = { digest, bytes: content.length, writtenAt: this.#now() }
    const ofKind = this.#stored.get(kind) ?? new Map<string, Stored>()
    this.#stored.set(kind, ofKind.set(digest, { ...facts, content }))
    return facts
  }

  async get(kind: BlobKind, digest: string) {
    return this.#stored.get(kind)?.get(digest)?.content.slice()
  }

  async stream(kind: BlobKind, digest: string) {
    const content = await this.get(kind, digest)
    if (content === undefined) return undefined
    return (async function* () {
      yield content
    })()
  }

  async facts(kind: BlobKind, digest: string): Promise<BlobFacts | undefined> {
    const found = this.#stored.get(kind)?.get(digest)
    if (found === undefined) return undefined
    return { digest, bytes: found.bytes, writtenAt: found.writtenAt }
  }

  async remove(kind: BlobKind, digest: string): Promise<void> {
    this.#stored.get(kind)?.delete(digest)
  }

  async *list(kind: BlobKind): AsyncIterable<BlobFacts> {
    for (const { digest, bytes, writtenAt } of [...(this.#stored.get(kind)?.values() ?? [])]) {
      yield { digest, bytes, writtenAt }
    }
  }

  async space() {
    return undefined
  }
}
