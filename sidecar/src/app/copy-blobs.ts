/** Copies blobs from one place to another, for backups. */
import { Problem } from '@suggestive/shared/problem'
import type { BlobKind, Blobs } from '../ports/blobs.ts'

export interface Copied {
  readonly count: number
  readonly bytes: number
  /** A sentence for each blob that is damaged and was left out. */
  readonly damaged: readonly string[]
}

/** Copies what the target does not have; every digest is checked. Blobs that vanish meanwhile are no error. */
export async function copyBlobs(
  from: Blobs,
  to: Blobs,
  kinds: readonly BlobKind[],
  signal: AbortSignal,
): Promise<Copied> {
  let count = 0
  let bytes = 0
  const damaged: string[] = []
  for (const kind of kinds) {
    for await (const { digest } of from.list(kind)) {
      if (signal.aborted) throw new Problem('cancelled', 'The copying was stopped.')
      if ((await to.facts(kind, digest)) !== undefined) continue
      const content = await from.get(kind, digest).catch((error: unknown) => {
        if (!(error instanceof Problem) || error.kind !== 'corrupt-blob') throw error
        damaged.push(error.message)
        return undefined
      })
      if (content === undefined) continue
      await to.put(kind, content, digest)
      count++
      bytes += content.length
    }
  }
  return { count, bytes, damaged }
}
