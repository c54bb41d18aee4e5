/** What a replay says while it runs; the command line turns it into a progress bar or JSON lines. */
import type { TrainEvent } from '../../ports.ts'
import type { StageName } from './record.ts'

export type ReplayEvent =
  | TrainEvent
  | {
      readonly kind: 'plan'
      readonly pool: number
      readonly test: number
      /** Pixels of the pool: the cost of annotating all of it. */
      readonly pixels: number
      /** Ensembles to train; exact when all images have one size. */
      readonly trainings: number
    }
  | {
      readonly kind: 'stage'
      readonly stage: StageName
      readonly seed: number
      readonly round: number
      /** Annotated images that the ensemble learns from. */
      readonly images: number
      /** Share of the pool's pixels, 0..1. */
      readonly fraction: number
      /** Number of this training, 1..trainings. */
      readonly training: number
      readonly trainings: number
      /** True when the result was kept from an interrupted run. */
      readonly resumed: boolean
    }
  | {
      /** Images predicted so far, of the test set or of the pool. */
      readonly kind: 'predicted'
      readonly of: 'test' | 'pool'
      readonly done: number
      readonly total: number
    }
  | {
      readonly kind: 'measured'
      readonly stage: StageName
      readonly seed: number
      readonly round: number
      readonly fraction: number
      /** Mean over images, 0..1. */
      readonly dice: number
      readonly seconds: number
    }
  | { readonly kind: 'time'; readonly secondsLeft: number }
  | { readonly kind: 'written'; readonly name: string }
