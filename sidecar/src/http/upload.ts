/** One image, in one or several requests. */
import { Problem } from '@suggestive/shared/problem'
import type { ImageView } from '@suggestive/shared/protocol/image'
import { ingestImage } from '../app/ingest-image.ts'
import { usualLimits } from './body.ts'
import type { Services } from './deps.ts'
import { isBeingSent } from './uploads.ts'

/** How many bytes are here. */
export async function stateOf(digest: string, { store, uploads }: Services) {
  const [known] = await store.images([digest])
  if (known !== undefined) return { digest, offset: known.bytes, complete: true }
  return { digest, offset: await uploads.offset(digest), complete: false }
}

/**
 * Takes a part, and the image when it is complete. Without a range the bytes are the whole image: what an interrupted
 * request left is replaced, and who comes while somebody else sends the same image waits for that.
 *
 * @param range header Content-Range
 * @throws Problem `conflict` for a part while somebody else sends
 */
export async function receivePart(
  digest: string,
  source: AsyncIterable<Uint8Array>,
  range: string | undefined,
  deps: Services,
): Promise<{ readonly offset: number; readonly image?: ImageView }> {
  const { uploads, limits = usualLimits } = deps
  const { image: most } = limits
  const whole = async () => {
    const image = await finish(digest, `${digest.slice(0, 12)}...`, deps, digest)
    return { offset: image.bytes, image }
  }
  if (range === undefined) {
    return uploads.alone(digest, async (hasWaited) => {
      const [image] = hasWaited ? await deps.store.images([digest]) : []
      if (image !== undefined) return { offset: image.bytes, image }
      await uploads.remove(digest)
      await uploads.append(digest, 0, source, most, () => tooLarge(most))
      return whole()
    })
  }
  const { start, end, total } = partOf(range)
  if (total > most) throw tooLarge(most)
  if (uploads.isBusy(digest)) throw isBeingSent()
  return uploads.alone(digest, async () => {
    const offset = await uploads.append(digest, start, source, end + 1, tooLong)
    return offset < total ? { offset } : whole()
  })
}

/** Checks what was received, stores it, and forgets the upload whatever came out. */
export async function finish(
  upload: string,
  name: string,
  deps: Services,
  expected?: string,
): Promise<ImageView> {
  const { uploads, arrivals } = deps
  try {
    const image = await ingestImage(deps, await uploads.read(upload), name, expected)
    arrivals.note(image.digest)
    return image
  } finally {
    await uploads.remove(upload)
  }
}

function partOf(range: string): { start: number; end: number; total: number } {
  const found = /^bytes (\d{1,15})-(\d{1,15})\/(\d{1,15})$/.exec(range)
  const [start = 0, end = 0, total = 0] = found?.slice(1).map(Number) ?? []
  if (found !== null && start <= end && end < total) return { start, end, total }
  throw new Problem(
    'wrong-use',
    `The Content-Range is ${range}: send it as bytes FIRST-LAST/TOTAL, counted from 0.`,
  )
}

/** Of one image. */
export function tooLarge(limit: number): Problem {
  return new Problem(
    'too-large',
    `The image is larger than the ${limit} bytes that are possible: cut it into smaller images, or raise the limit.`,
  )
}

function tooLong(): Problem {
  return new Problem(
    'wrong-use',
    'The body is longer than its Content-Range: begin again with the first byte.',
  )
}
