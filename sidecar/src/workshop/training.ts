/** A training as the engine's request: sound images with their masks rasterised to class indices. */
import { createHash } from 'node:crypto'
import type { Mask } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { toClassIndices } from '../domain/class-values.ts'
import { readBundle } from '../domain/mask-bundle.ts'
import { majority, pack, packedSize } from '../domain/packed-mask.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { LeftOut, MissingImages, Training, TrainingImage } from '../ports/workshop.ts'
import type { LabelledSource, TrainRequest } from '../ports.ts'
import { openPicture } from './picture-source.ts'

export interface PreparedTraining {
  readonly request: TrainRequest
  readonly leftOut: readonly LeftOut[]
}

/** Everything that the weights depend on, as one SHA-256: checkpoints of another training are never gone on with. */
export function fingerprintOf({ key, images, ...rest }: Training): string {
  const parts = sorted(images).map(({ digest, labels }) => [digest, labels])
  return createHash('sha256')
    .update(JSON.stringify([key, rest, parts]))
    .digest('hex')
}

/**
 * Opens every image once: broken ones and those whose mask has another size are left out, the same for all members.
 *
 * @throws Problem `too-few-labels` when fewer than 2 images are left; `not-found` for the masks
 */
export async function prepareTraining(
  blobs: Blobs,
  training: Training,
  checkpoints: string,
  signal: AbortSignal,
): Promise<PreparedTraining | MissingImages> {
  const classValues = [0, ...training.classIds]
  const images: LabelledSource[] = []
  const leftOut: LeftOut[] = []
  const missing: string[] = []
  const masksOf = await readMasks(blobs, training.masks)
  for (const image of sorted(training.images)) {
    if (signal.aborted) throw new Problem('cancelled', 'The training was stopped.')
    const opened = await openPicture(blobs, image)
    if ('leftOut' in opened) {
      if (opened.leftOut.reason === 'missing') missing.push(image.digest)
      else leftOut.push(opened.leftOut)
      continue
    }
    const { width, height } = opened.picture
    const masks = masksOf.get(image.digest) ?? []
    const other = masks.map(packedSize).find((m) => m.width !== width || m.height !== height)
    if (other !== undefined) {
      const sentence = `The annotation of ${image.name} has ${other.width} x ${other.height} pixels, but the image has ${width} x ${height}: annotate it again, or send the image that was annotated.`
      leftOut.push({ imageDigest: image.digest, reason: 'wrong-size', sentence })
      continue
    }
    images.push(sourceOf(blobs, { ...image, masks }, { width, height }, classValues))
  }
  if (missing.length > 0) return { missing }
  requireImages(images.length, leftOut)
  const { settings, seed, round } = training
  return { request: { images, settings, classValues, seed, round, checkpoints }, leftOut }
}

async function readMasks(blobs: Blobs, digest: string) {
  const bytes = await blobs.get('shard', digest)
  if (bytes !== undefined) return readBundle(bytes)
  throw new Problem('not-found', 'The masks of this training are not here any more: start a round.')
}

function requireImages(count: number, leftOut: readonly LeftOut[]) {
  if (count >= 2) return
  throw new Problem(
    'too-few-labels',
    `Only ${count} of ${count + leftOut.length} labelled images can be used: a round needs 2; label more images or repair the broken ones.`,
  )
}

interface MaskedImage extends TrainingImage {
  readonly masks: readonly Uint8Array[]
}

function sourceOf(
  blobs: Blobs,
  image: MaskedImage,
  size: { readonly width: number; readonly height: number },
  classValues: readonly number[],
): LabelledSource {
  const { digest, name } = image
  return {
    digest,
    name,
    async readPicture() {
      const opened = await openPicture(blobs, image)
      if ('picture' in opened) return opened.picture
      const { reason, sentence } = opened.leftOut
      throw new Problem(reason === 'missing' ? 'not-ready' : 'unreadable-input', sentence)
    },
    async readMask() {
      return indicesOf(majority(votesOf(image, size)), classValues, name)
    },
  }
}

function votesOf({ masks, labels }: MaskedImage, size: { width: number; height: number }) {
  const empty = labels - masks.length
  if (empty === 0 && masks.length > 0) return masks
  const background = pack({ ...size, layers: [] })
  return [...masks, ...Array<Uint8Array>(Math.max(empty, 1)).fill(background)]
}

function indicesOf(mask: Mask, classValues: readonly number[], name: string): Mask {
  const found = toClassIndices(mask.data, classValues)
  if ('indices' in found) return { ...mask, data: found.indices }
  throw new Problem(
    'wrong-use',
    `The annotation of ${name} has the class ${found.unknown}, which the project does not have: add the class or annotate the image again.`,
  )
}

const sorted = <Image extends { readonly digest: string }>(images: readonly Image[]): Image[] =>
  [...images].sort((a, b) => (a.digest < b.digest ? -1 : a.digest > b.digest ? 1 : 0))
