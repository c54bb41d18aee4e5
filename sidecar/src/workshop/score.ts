/** What an ensemble says about some images: their scores, and their descriptors in a blob. */

import type { Blobs } from '../ports/blobs.ts'
import type { Score } from '../ports/store.ts'
import type { NamedImage, ScoredShard } from '../ports/workshop.ts'
import type { Engine } from '../ports.ts'
import type { Models } from './models.ts'
import { eachPicture } from './picture-source.ts'
import { type ShardRow, writeShard } from './shard.ts'
import type { Turns } from './turns.ts'

export interface Predicting {
  readonly engine: Engine
  readonly blobs: Blobs
  readonly models: Models
  readonly turns: Turns
}

export async function score(
  { engine, blobs, models, turns }: Predicting,
  modelDigest: string,
  images: readonly NamedImage[],
  signal: AbortSignal,
): Promise<ScoredShard> {
  const model = await models.get(modelDigest)
  const scores: Score[] = []
  const rows: ShardRow[] = []
  const leftOut = await eachPicture(blobs, images, signal, async ({ digest }, picture) => {
    const { uncertainty, foreground, descriptor } = await turns.run(false, () =>
      engine.predict(model, picture, signal),
    )
    scores.push({ imageDigest: digest, uncertainty, foreground })
    rows.push({ digest, numbers: [uncertainty, foreground], descriptor })
  })
  const shard = rows.length === 0 ? null : (await blobs.put('shard', writeShard(rows))).digest
  return { shard, scores, leftOut }
}
