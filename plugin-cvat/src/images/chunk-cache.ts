/** Chunks in memory, up to a number of bytes; those that were used least recently go first. */

/** The frames of a chunk, in their order. */
export type Chunk = readonly Uint8Array[]

export interface ChunkCache {
  get(key: string): Chunk | undefined
  /** @returns false when it alone is over the limit: it is not kept */
  put(key: string, chunk: Chunk): boolean
}

export function createChunkCache(mostBytes: number): ChunkCache {
  /** In the order of their use. */
  const chunks = new Map<string, Chunk>()
  let held = 0
  const drop = (key: string) => {
    held -= bytesOf(chunks.get(key) ?? [])
    chunks.delete(key)
  }
  return {
    get(key) {
      const chunk = chunks.get(key)
      if (chunk === undefined) return undefined
      chunks.delete(key)
      chunks.set(key, chunk)
      return chunk
    },
    put(key, chunk) {
      drop(key)
      const bytes = bytesOf(chunk)
      if (bytes > mostBytes) return false
      chunks.set(key, chunk)
      held += bytes
      for (const oldest of chunks.keys()) {
        if (held <= mostBytes) break
        drop(oldest)
      }
      return true
    },
  }
}

const bytesOf = (chunk: Chunk): number => chunk.reduce((sum, { length }) => sum + length, 0)
