/** What the parent and the engine's child process say to each other; structured clone carries typed arrays. */
import type { ProblemKind } from '@suggestive/shared/problem'
import type { Model } from '../domain/model.ts'
import type { Picture } from '../domain/raster.ts'
import type { EngineInfo } from '../ports.ts'
import type { MemberResult, MemberTask } from './member.ts'

/** Parent to child. Every message but `cancel` is answered by a reply with the same id. */
export type Request =
  | { readonly id: number; readonly kind: 'info' }
  | { readonly id: number; readonly kind: 'train'; readonly task: MemberTask }
  | { readonly id: number; readonly kind: 'load'; readonly model: Model }
  | {
      readonly id: number
      readonly kind: 'predict'
      readonly digest: string
      readonly tile: Picture
    }
  | { readonly id: number; readonly kind: 'cancel' }

/** One tile as the ensemble sees it. */
export interface TilePrediction {
  /** Mean probability of each class except background, [height,width] each. */
  readonly probability: readonly Float32Array[]
  /** [height,width], 0..0.25. */
  readonly variance: Float32Array
  /** Per member the channel means of the encoder's last map. */
  readonly descriptors: readonly Float32Array[]
}

/** Child to parent. */
export type Reply =
  | { readonly id: number; readonly kind: 'info'; readonly info: EngineInfo }
  | {
      readonly id: number
      readonly kind: 'iteration'
      readonly iteration: number
      readonly loss: number
    }
  | {
      readonly id: number
      readonly kind: 'check'
      readonly iteration: number
      readonly dice: number
    }
  | { readonly id: number; readonly kind: 'trained'; readonly result: MemberResult }
  | { readonly id: number; readonly kind: 'loaded' }
  | { readonly id: number; readonly kind: 'predicted'; readonly prediction: TilePrediction }
  | {
      readonly id: number
      readonly kind: 'failed'
      readonly problem: ProblemKind
      readonly sentence: string
    }
