/** An output folder in memory. */
import type { Archive } from '@suggestive/sidecar/app/replay/record'

export interface MemoryArchive extends Archive {
  readonly files: Map<string, string>
}

export function createMemoryArchive(): MemoryArchive {
  const files = new Map<string, string>()
  return {
    files,
    read: async (name) => files.get(name),
    async write(name, text) {
      files.set(name, text)
    },
  }
}
