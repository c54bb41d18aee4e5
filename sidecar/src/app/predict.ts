/** Applies an ensemble to many images: maps and scores of each, and the images that could not be read. */
import { Problem } from '@suggestive/shared/problem'
import type { Model } from '../domain/model.ts'
import type { Engine, ImageSource, Prediction } from '../ports.ts'
import type { ReplayEvent } from './replay/events.ts'

/** What remains of a prediction beside its maps and its descriptor. */
export interface PredictedImage {
  readonly name: string
  /** Of the image file. */
  readonly digest: string
  readonly width: number
  readonly height: number
  /** Mean variance over all pixels, 0..0.25. */
  readonly uncertainty: number
  /** Share of pixels that are not background, 0..1. */
  readonly foreground: number
}

/** Where results go, one image after the other. */
export interface PredictionShelf {
  /** The image's result of an interrupted run. */
  kept(source: ImageSource): Promise<PredictedImage | undefined>
  /** Keeps maps, scores and descriptor so that a later run finds them. */
  keep(image: PredictedImage, prediction: Prediction): Promise<void>
}

export interface Predicted {
  /** In the order of the sources. */
  readonly images: readonly PredictedImage[]
  /** What was wrong with the others. */
  readonly failures: readonly Problem[]
}

/**
 * One image after the other, so that only one is in memory. An image that cannot be read is left out and the others
 * are done; every other failure ends it, and called again it goes on from there.
 */
export async function predictImages(
  model: Model,
  sources: readonly ImageSource[],
  { engine, shelf }: { readonly engine: Engine; readonly shelf: PredictionShelf },
  on: (event: ReplayEvent) => void,
  signal: AbortSignal,
): Promise<Predicted> {
  const images: PredictedImage[] = []
  const failures: Problem[] = []
  const total = sources.length
  for (const [index, source] of sources.entries()) {
    signal.throwIfAborted()
    const picture = (await shelf.kept(source)) ?? (await readable(source))
    if (picture instanceof Problem) {
      failures.push(picture)
      on({ kind: 'warning', sentence: picture.message })
    } else if ('digest' in picture) {
      images.push(picture)
    } else {
      const prediction = await engine.predict(model, picture, signal)
      const { width, height, uncertainty, foreground } = prediction
      const { name, digest } = source
      const image = { name, digest, width, height, uncertainty, foreground }
      await shelf.keep(image, prediction)
      images.push(image)
    }
    on({ kind: 'predicted', of: 'pool', done: index + 1, total })
  }
  return { images, failures }
}

async function readable(source: ImageSource) {
  try {
    return await source.readPicture()
  } catch (error) {
    if (error instanceof Problem && error.kind === 'unreadable-input') return error
    throw error
  }
}
