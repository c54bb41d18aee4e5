/** Ensembles by the digest of their file; the last ones stay in memory. */
import { Problem } from '@suggestive/shared/problem'
import type { Model } from '../domain/model.ts'
import { readModel } from '../domain/model-file.ts'
import type { Blobs } from '../ports/blobs.ts'

export interface Models {
  /** @throws Problem `not-found`, `unreadable-input`, `corrupt-blob` */
  get(digest: string): Promise<Model>
}

/** Two projects may take turns. */
const kept = 2

export function createModels(blobs: Blobs): Models {
  const models = new Map<string, Model>()
  return {
    async get(digest) {
      const known = models.get(digest)
      models.delete(digest)
      const model = known ?? (await readStored(blobs, 'model', digest))
      for (const oldest of models.keys()) {
        if (models.size < kept) break
        models.delete(oldest)
      }
      models.set(digest, model)
      return model
    },
  }
}

/** @throws Problem `not-found`, `unreadable-input`, `corrupt-blob` */
export async function readStored(
  blobs: Blobs,
  kind: 'model' | 'member',
  digest: string,
): Promise<Model> {
  const bytes = await blobs.get(kind, digest)
  if (bytes === undefined) {
    throw new Problem(
      'not-found',
      `The file of the ${kind} ${digest.slice(0, 12)} is not here any more: start a round.`,
    )
  }
  return readModel(bytes, `${digest.slice(0, 12)}.safetensors`)
}
