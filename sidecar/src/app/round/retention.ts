/** Deletes what is no longer kept, piece by piece. DESIGN section 5, What is kept. */
import type { BlobKind } from '../../ports/blobs.ts'
import { jobsOf } from './jobs-of.ts'
import type { RoundPorts } from './ports.ts'

export interface RetentionLimits {
  /** Bytes of images that are kept; never more than half of the free disk. */
  readonly imageBytes: number
}

export const usualLimits: RetentionLimits = { imageBytes: 20 * 2 ** 30 }

/** Whoever writes a blob refers to it within this time. */
const gracePeriodMs = 3_600_000
const eventsMs = 7 * 86_400_000
const repliesMs = 86_400_000
const imageSlice = 100

type Ports = Pick<RoundPorts, 'store' | 'blobs' | 'jobs' | 'clock' | 'log'>

/** @param inUse shards of cold starts that are under way */
export async function keepHouse(
  ports: Ports,
  { imageBytes }: RetentionLimits,
  inUse: ReadonlySet<string>,
): Promise<void> {
  const { store, clock } = ports
  const now = clock.now()
  await shrinkImages(ports, imageBytes)
  await store.forgetEvents(now - eventsMs)
  await store.forgetReplies(now - repliesMs)
  const kept = new Set([...inUse, ...(await underWay(ports)), ...(await described(ports))])
  for (const { digest } of await store.retain(now)) kept.add(digest)
  for (const kind of ['map', 'model', 'member', 'shard'] as const) {
    await removeAll(ports, kind, async (digest) => kept.has(digest))
  }
  // An upload that was never noted, or an image that was forgotten before its bytes could be removed.
  await removeAll(ports, 'image', async (digest) => (await store.images([digest])).length > 0)
}

/** Drops images that were not used for long until the limit is kept. */
export async function shrinkImages(
  { store, blobs, log }: Pick<Ports, 'store' | 'blobs' | 'log'>,
  imageBytes: number,
) {
  const { bytes } = await store.imageUse()
  const space = await blobs.space()
  const half = space === undefined ? imageBytes : (space.free + bytes) / 2
  const limit = Math.min(imageBytes, half)
  let left = bytes
  let count = 0
  while (left > limit) {
    const images = await store.leastUsedImages(imageSlice)
    for (const image of images) {
      if (left <= limit) break
      // First the note: an image whose bytes are missing must not be promised.
      await store.forgetImage(image.digest)
      await blobs.remove('image', image.digest)
      left -= image.bytes
      count++
    }
    if (images.length === 0) break
  }
  if (count > 0) log.info({ images: count, bytes: bytes - left }, 'images were dropped')
}

/** Blobs that only the jobs of active rounds know. */
async function underWay({ store, jobs }: Ports): Promise<string[]> {
  const digests: string[] = []
  for (const { project, round } of await store.activeRounds()) {
    const { members, model, shards } = await jobsOf(jobs, { project, round })
    digests.push(...members.map(({ blob }) => blob), ...members.flatMap(({ masks }) => masks ?? []))
    digests.push(...shards.flatMap(({ shard }) => shard ?? []))
    if (model !== undefined) digests.push(model)
  }
  return digests
}

/** Descriptors of the current and the previous round of every project. */
async function described({ store, jobs }: Ports): Promise<string[]> {
  const digests: string[] = []
  for (const { id } of await store.projects()) {
    for (const { round } of (await store.models(id)).slice(0, 2)) {
      const { shards } = await jobsOf(jobs, { project: id, round })
      digests.push(...shards.flatMap(({ shard }) => shard ?? []))
    }
  }
  return digests
}

async function removeAll(
  { blobs, clock }: Ports,
  kind: BlobKind,
  isKept: (digest: string) => Promise<boolean>,
) {
  for await (const { digest, writtenAt } of blobs.list(kind)) {
    if (clock.now() - writtenAt < gracePeriodMs || (await isKept(digest))) continue
    await blobs.remove(kind, digest)
  }
}
