/** A training as the engine's request: sound images with their masks rasterised to class indices. */
import { createHash } from 'node:crypto'
import type { Mask } from '@suggestive/shared/mask'
import { Problem } from '@suggestive/shared/problem'
import { toClassIndices } from '../domain/class-values.ts'
import { majority, pack, packedSize } from '../domain/packed-mask.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { LeftOut, Training, TrainingImage } from '../ports/workshop.ts'
import type { LabelledSource, TrainRequest } from '../ports.ts'
import { openPicture } from './picture-source.ts'

export interface PreparedTraining {
  readonly request: TrainRequest
  readonly leftOut: readonly LeftOut[]
}

/** Everything that the weights depend on, as one SHA-256: checkpoints of another training are never gone on with. */
export function fingerprintOf({ key, images, ...rest }: Training): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([key, rest]))
  for (const { digest, masks, empty } of sorted(images)) {
    hash.update(JSON.stringify([digest, empty, masks.map((mask) => mask.length)]))
    for (const mask of masks) hash.update(mask)
  }
  return hash.digest('hex')
}

/**
 * Opens every image once: broken ones and those whose mask has another size are left out, the same for all members.
 *
 * @throws Problem `not-ready` when bytes are missing, `too-few-labels` when fewer than 2 images are left
 */
export async function prepareTraining(
  blobs: Blobs,
  training: Training,
  checkpoints: string,
  signal: AbortSignal,
): Promise<PreparedTraining> {
  const classValues = [0, ...training.classIds]
  const images: LabelledSource[] = []
  const leftOut: LeftOut[] = []
  const missing: string[] = []
  for (const image of sorted(training.images)) {
    if (signal.aborted) throw new Problem('cancelled', 'The training was stopped.')
    const opened = await openPicture(blobs, image)
    if ('leftOut' in opened) {
      if (opened.leftOut.reason === 'missing') missing.push(image.name)
      else leftOut.push(opened.leftOut)
      continue
    }
    const { width, height } = opened.picture
    const other = image.masks.map(packedSize).find((m) => m.width !== width || m.height !== height)
    if (other !== undefined) {
      const sentence = `The annotation of ${image.name} has ${other.width} x ${other.height} pixels, but the image has ${width} x ${height}: annotate it again, or send the image that was annotated.`
      leftOut.push({ imageDigest: image.digest, reason: 'wrong-size', sentence })
      continue
    }
    images.push(sourceOf(blobs, image, { width, height }, classValues))
  }
  requireImages(missing, images.length, leftOut)
  const { settings, seed, round } = training
  return { request: { images, settings, classValues, seed, round, checkpoints }, leftOut }
}

function requireImages(missing: readonly string[], count: number, leftOut: readonly LeftOut[]) {
  if (missing.length > 0) {
    const [first] = missing
    throw new Problem(
      'not-ready',
      `${missing.length} labelled image${missing.length === 1 ? ' is' : 's are'} not here any more (${first}${missing.length === 1 ? '' : ', ...'}): start the plugin, it sends them again.`,
    )
  }
  if (count < 2) {
    throw new Problem(
      'too-few-labels',
      `Only ${count} of ${count + leftOut.length} labelled images can be used: a round needs 2; label more images or repair the broken ones.`,
    )
  }
}

function sourceOf(
  blobs: Blobs,
  image: TrainingImage,
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

function votesOf({ masks, empty }: TrainingImage, size: { width: number; height: number }) {
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
