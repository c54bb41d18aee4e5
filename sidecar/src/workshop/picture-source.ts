/** Stored images as pictures, or a sentence why one cannot be used. */
import { Problem } from '@suggestive/shared/problem'
import type { Picture } from '../domain/raster.ts'
import { decodePicture } from '../images.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { LeftOut, NamedImage } from '../ports/workshop.ts'

export type Opened = { readonly picture: Picture } | { readonly leftOut: LeftOut }

export async function openPicture(blobs: Blobs, { digest, name }: NamedImage): Promise<Opened> {
  const out = (reason: LeftOut['reason'], sentence: string) => ({
    leftOut: { imageDigest: digest, reason, sentence },
  })
  try {
    const bytes = await blobs.get('image', digest)
    if (bytes === undefined) {
      return out('missing', `The image ${name} is not here any more: its plugin sends it again.`)
    }
    return { picture: await decodePicture(bytes, name) }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    if (error.kind === 'corrupt-blob') {
      // It is asked for again like one that was never there.
      await blobs.remove('image', digest)
      return out('missing', error.message)
    }
    if (error.kind === 'unreadable-input') return out('unreadable', error.message)
    throw error
  }
}

/**
 * One picture after the other, the next one being opened meanwhile; what cannot be opened is collected.
 *
 * @throws Problem `cancelled` between two pictures
 */
export async function eachPicture(
  blobs: Blobs,
  images: readonly NamedImage[],
  signal: AbortSignal,
  use: (image: NamedImage, picture: Picture) => Promise<void>,
): Promise<readonly LeftOut[]> {
  const leftOut: LeftOut[] = []
  const open = (i: number) => {
    const image = images[i]
    return image === undefined ? undefined : settled(openPicture(blobs, image))
  }
  let next = open(0)
  for (const [i, image] of images.entries()) {
    if (signal.aborted) throw new Problem('cancelled', 'The work was stopped.')
    const opened = await next
    next = open(i + 1)
    if (opened === undefined) break
    if ('error' in opened) throw opened.error
    if ('leftOut' in opened) leftOut.push(opened.leftOut)
    else await use(image, opened.picture)
  }
  return leftOut
}

/** Nobody waits for the picture that was opened ahead when the one before it fails. */
async function settled(opening: Promise<Opened>): Promise<Opened | { readonly error: unknown }> {
  try {
    return await opening
  } catch (error) {
    return { error }
  }
}
