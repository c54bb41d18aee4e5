/** Brings the masks of a snapshot to where the members are trained: once per round, a slice at a time. */
import { bundlePart } from '../../domain/mask-bundle.ts'
import type { SnapshotImage } from '../../ports/store.ts'
import type { RoundPorts } from './ports.ts'

/** Images whose masks are fetched at a time. */
const imageSlice = 25

/** @returns the digest of a blob of the kind `shard` */
export async function bundleMasks(
  { store, blobs }: Pick<RoundPorts, 'store' | 'blobs'>,
  project: string,
  snapshot: readonly SnapshotImage[],
): Promise<string> {
  async function* parts(): AsyncGenerator<Uint8Array, void, undefined> {
    for (let first = 0; first < snapshot.length; first += imageSlice) {
      const slice = snapshot.slice(first, first + imageSlice)
      const ids = slice.flatMap(({ labels }) => labels)
      const masks = await store.labelMasks(project, ids)
      for (const { imageDigest, labels } of slice) {
        yield bundlePart(
          imageDigest,
          labels.flatMap((id) => masks.get(id) ?? []),
        )
      }
    }
  }
  return (await blobs.put('shard', parts())).digest
}
