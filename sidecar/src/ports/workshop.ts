/** Everything that computes with pixels, masks, weights and descriptors: reads and writes blobs, knows no store. */

import type { RunMask } from '@suggestive/shared/protocol/label'
import type { MapRuns } from '@suggestive/shared/protocol/map-runs'
import type { SegmentBox, SegmentPoint } from '../domain/segment.ts'
import type { Settings } from '../domain/settings.ts'
import type { EngineInfo, TrainEvent } from '../ports.ts'
import type { MapRecord, Score } from './store.ts'

export interface NamedImage {
  /** Digest of a blob of the kind `image`. */
  readonly digest: string
  /** For messages. */
  readonly name: string
}

export interface TrainingImage extends NamedImage {
  /** How many labels count; those without a mask say: background only. */
  readonly labels: number
}

/** One training; the same for all of its members. */
export interface Training {
  /** Names it: project and round, e.g. `nuclei/7`. */
  readonly key: string
  readonly settings: Settings
  /** Ids of the classes without background, ascending. */
  readonly classIds: readonly number[]
  readonly seed: number
  readonly round: number
  /** Digest of a blob of the kind `shard` with the packed masks of at least these images (`domain/mask-bundle.ts`). */
  readonly masks: string
  readonly images: readonly TrainingImage[]
}

/** An image that could not take part. */
export interface LeftOut {
  readonly imageDigest: string
  /** `missing`: its bytes are not here; `wrong-size`: its mask has another size. */
  readonly reason: 'missing' | 'unreadable' | 'wrong-size'
  /** For people. */
  readonly sentence: string
}

export interface TrainedMember {
  /** Digest of a blob of the kind `member`. */
  readonly blob: string
  readonly warnings: readonly string[]
  /** Null below 5 labelled images. */
  readonly heldOutDice: number | null
  /** Working scale. */
  readonly scale: number
  readonly leftOut: readonly LeftOut[]
}

/** Nothing was trained: the bytes of these images are not here. */
export interface MissingImages {
  readonly missing: readonly string[]
}

export interface JoinedModel {
  /** Digest of a blob of the kind `model`, which is a `.safetensors` file. */
  readonly digest: string
  readonly bytes: number
  /** Mean of the members'. */
  readonly heldOutDice: number | null
  readonly engine: string
  readonly warnings: readonly string[]
}

export interface ScoredShard {
  /** Digest of a blob of the kind `shard` with scores and descriptors; null when no image could be scored. */
  readonly shard: string | null
  readonly scores: readonly Score[]
  readonly leftOut: readonly LeftOut[]
}

export interface MapsWork {
  readonly modelDigest: string
  readonly round: number
  readonly images: readonly NamedImage[]
  /** Somebody waits: goes before everything that has not begun. */
  readonly urgent: boolean
}

export interface SelectWork {
  /** Of `score`, all by one model. */
  readonly shards: readonly string[]
  /** Digests of the images that may be suggested; those that are in no shard are left out. */
  readonly eligible: readonly string[]
  /** Digests of the images that are being worked on: covered, never suggested. */
  readonly inProgress: readonly string[]
  readonly k: number
  readonly candidates: number
  readonly depth: number
}

/** Image digests in the order in which they should be annotated. */
export interface Selection {
  readonly order: readonly string[]
  /** Of every image of `order`. */
  readonly uncertainty: Float64Array
  /** Sizes of the batches that were chosen by the full rule; their images stand first. */
  readonly batches: readonly number[]
  /** Gain in F of each image of the batches. */
  readonly gains: Float64Array
  /** How many images each image of the batches represents, itself included. */
  readonly represents: Uint32Array
}

export interface AppearanceShard {
  /** Digest of a blob of the kind `shard`; null when no image could be read. */
  readonly shard: string | null
  readonly images: readonly string[]
  readonly leftOut: readonly LeftOut[]
}

export interface ColdStartWork {
  /** Of `appearances`. */
  readonly shards: readonly string[]
  readonly eligible: readonly string[]
  /** Labelled or being worked on: covered already. */
  readonly chosen: readonly string[]
  /** How many facility location chooses. */
  readonly count: number
  readonly seed: number
}

export interface ColdStartOrder {
  readonly order: readonly string[]
  /** Gain in F of each of the chosen ones, which stand first. */
  readonly gains: readonly number[]
}

export interface SegmentWork {
  /** Probability maps of the classes that come into question, all of one image. */
  readonly maps: readonly { readonly classId: number; readonly blob: string }[]
  readonly points: readonly SegmentPoint[]
  readonly box: SegmentBox | null
}

export interface Segment {
  /** The class that is most probable where the points or the box are. */
  readonly classId: number
  /** One layer of that class; none when there is nothing. */
  readonly mask: RunMask
  /** Mean probability inside; null when there is nothing. */
  readonly score: number | null
}

/**
 * Deterministic: the same work gives blobs of the same digests. An image that is broken or absent is named and left
 * out, it never blocks the others. A crash of the engine is a Problem of that call; the next call starts another one.
 */
export interface Workshop {
  info(): Promise<EngineInfo>
  /**
   * One member. An interrupted one goes on from its checkpoint.
   *
   * @throws Problem `too-few-labels` when fewer than 2 images can be used; `not-ready` when bytes vanish meanwhile;
   *   `not-found` for the masks; `cancelled` within a second after `signal` aborts; `engine-failed`
   */
  trainMember(
    training: Training,
    member: number,
    on: (event: TrainEvent) => void,
    signal: AbortSignal,
  ): Promise<TrainedMember | MissingImages>
  /** Removes what an ended or given up training has left besides its blobs. */
  forget(key: string): Promise<void>
  /** The ensemble of all members of one training. @throws Problem `not-found`, `wrong-use` */
  join(members: readonly string[]): Promise<JoinedModel>
  /** @throws Problem `not-found` for the model */
  score(
    modelDigest: string,
    images: readonly NamedImage[],
    signal: AbortSignal,
  ): Promise<ScoredShard>
  /** @throws Problem `not-found` for the model */
  maps(
    work: MapsWork,
    signal: AbortSignal,
  ): Promise<{ readonly maps: readonly MapRecord[]; readonly leftOut: readonly LeftOut[] }>
  /** Streams the descriptors: memory does not grow with their width. @throws Problem `not-found` for a shard */
  select(work: SelectWork): Promise<Selection>
  appearances(images: readonly NamedImage[], signal: AbortSignal): Promise<AppearanceShard>
  /** @throws Problem `not-found` for a shard */
  coldStart(work: ColdStartWork): Promise<ColdStartOrder>
  /** Goes before everything that has not begun. @throws Problem `not-ready` for a map that is gone; `wrong-use` outside of the image */
  segment(work: SegmentWork): Promise<Segment>
  /** A map in few steps. @throws Problem `not-ready` for a map that is gone */
  levels(map: string): Promise<MapRuns>
  close(): Promise<void>
}
