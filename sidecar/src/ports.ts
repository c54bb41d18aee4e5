/** What the use cases need from the outside: everything that computes, stores or waits comes in through here. */
import type { Mask } from '@suggestive/shared/mask'
import type { Model } from './domain/model.ts'
import type { Picture } from './domain/raster.ts'
import type { Settings } from './domain/settings.ts'

/** An image that can be read when it is needed; equal bytes have equal digests. */
export interface ImageSource {
  /** SHA-256 of the image file, lower-case hex. */
  readonly digest: string
  /** File name without extension, for messages and output names. */
  readonly name: string
  readPicture(): Promise<Picture>
}

/** An image with its finished annotation; the mask has the picture's size and class indices 0..classes-1. */
export interface LabelledSource extends ImageSource {
  readMask(): Promise<Mask>
}

export interface TrainRequest {
  readonly images: readonly LabelledSource[]
  readonly settings: Settings
  /** Mask value of every class, background first, e.g. [0, 255]. */
  readonly classValues: readonly number[]
  readonly seed: number
  /** Number of the round; part of every random draw. */
  readonly round: number
  /** Folder for checkpoints: an interrupted training goes on from there. Emptied when training ends. */
  readonly checkpoints?: string
}

export type TrainEvent =
  | {
      readonly kind: 'iteration'
      readonly member: number
      readonly members: number
      readonly iteration: number
      readonly iterations: number
      readonly loss: number
      readonly secondsLeft: number
    }
  | {
      readonly kind: 'check'
      readonly member: number
      readonly iteration: number
      readonly dice: number
    }
  | { readonly kind: 'warning'; readonly sentence: string }

/** The ensemble's opinion of one image, at the image's original size. */
export interface Prediction {
  readonly width: number
  readonly height: number
  /** Mean probability over the members, one map [height,width] per class except background; 65535 = 1. */
  readonly probability: readonly Uint16Array[]
  /** Population variance over the members, averaged over classes (two classes: of the foreground); 65535 = 0.25. */
  readonly variance: Uint16Array
  /** Class index with the largest mean probability. */
  readonly mask: Mask
  /** Mean of the variance over all pixels, 0..0.25, before rounding to 16 bit. */
  readonly uncertainty: number
  /** Share of pixels whose class is not background, 0..1. */
  readonly foreground: number
  /** The members' unit descriptors one after another, divided by sqrt(members): a dot product is the mean cosine. */
  readonly descriptor: Float32Array
}

export type EngineName = 'onnx' | 'tensorflow'

export interface EngineInfo {
  readonly engine: EngineName
  /** Version of the native library. */
  readonly version: string
  readonly device: string
  readonly threads: number
}

/** Trains and applies ensembles. Must not write outside `checkpoints`, must not keep the caller's arrays. */
export interface Engine {
  info(): Promise<EngineInfo>
  /** All members; rejects with `Problem('cancelled')` within a second after `signal` aborts. */
  train(request: TrainRequest, on: (event: TrainEvent) => void, signal: AbortSignal): Promise<Model>
  /**
   * One member of the same training: a model whose header records that member only and whose tensors are named
   * `member<m>.*`; `joinMembers` of all of them is what `train` returns. The data are prepared once for calls that
   * follow each other with the same request object. Checkpoints stay until the caller removes them.
   */
  trainMember(
    request: TrainRequest,
    member: number,
    on: (event: TrainEvent) => void,
    signal: AbortSignal,
  ): Promise<Model>
  /** In the order asked; deterministic. */
  predict(model: Model, picture: Picture, signal: AbortSignal): Promise<Prediction>
  close(): Promise<void>
}
