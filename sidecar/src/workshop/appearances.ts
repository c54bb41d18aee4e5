/** What images look like before any model exists, as one blob. */
import { appearance } from '../domain/appearance.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { AppearanceShard, NamedImage } from '../ports/workshop.ts'
import { eachPicture } from './picture-source.ts'
import { type ShardRow, writeShard } from './shard.ts'

export async function appearances(
  blobs: Blobs,
  images: readonly NamedImage[],
  signal: AbortSignal,
): Promise<AppearanceShard> {
  const rows: ShardRow[] = []
  const leftOut = await eachPicture(blobs, images, signal, async ({ digest }, picture) => {
    rows.push({ digest, numbers: [], descriptor: appearance(picture) })
  })
  const shard = rows.length === 0 ? null : (await blobs.put('shard', writeShard(rows))).digest
  return { shard, images: rows.map(({ digest }) => digest), leftOut }
}
