/** How CVAT, which has no queue of its own, is made to show one (contract section 8). */
import type { Publication, PublishedRow } from '@suggestive/shared/tool'
import type { Access } from '../pool/access.ts'
import type { Pool } from '../pool.ts'
import type { Memory } from '../state.ts'

export interface Annotator {
  /** In CVAT. */
  readonly id: number
  readonly username: string
}

/** A job with the frames of the publication in it. Its place is that of the first of them. */
export interface Unit {
  readonly job: number
  /** Within the task; to begin at. */
  readonly frame: number
  /** In the order of the ranks. */
  readonly rows: readonly PublishedRow[]
}

export interface Serving {
  readonly access: Access
  readonly publication: Publication
  readonly pool: Pool
  /** Of the whole publication. */
  readonly units: readonly Unit[]
  readonly annotators: readonly Annotator[]
  /** For labels that may have either. */
  readonly shape: 'mask' | 'polygon'
  /** Frames of a round, in mode `round`. */
  readonly roundSize: number
}

type Published = NonNullable<Memory['published']>

export interface Served extends Pick<Published, 'order' | 'head'> {
  /** Rows that annotators get in this order. */
  readonly applied: number
  /** Rows that would have been, but somebody works on them or has finished them. */
  readonly untouched: number
  /** Sentences for people. */
  readonly notes: readonly string[]
}

/** Repeating it completes what was interrupted, and repairs what somebody has changed. */
export type Order = (serving: Serving, signal: AbortSignal) => Promise<Served>
