/** What the server is given. */
import type { Conductor } from '../app/conductor.ts'
import type { ImageRoom } from '../app/ingest-room.ts'
import type { Blobs } from '../ports/blobs.ts'
import type { Clock } from '../ports/clock.ts'
import type { Intake } from '../ports/intake.ts'
import type { Log } from '../ports/log.ts'
import type { Store } from '../ports/store.ts'
import type { Workshop } from '../ports/workshop.ts'
import type { Access } from './access.ts'
import type { Arrivals } from './arrivals.ts'
import type { Limits } from './body.ts'
import type { Metrics } from './metrics.ts'
import type { Uploads } from './uploads.ts'

/** Width and height from the header of an image file. @throws Problem `unreadable-input` */
export type PictureSize = (
  bytes: Uint8Array,
  name: string,
) => Promise<{ readonly width: number; readonly height: number }>

export interface HttpDeps {
  readonly store: Store
  readonly blobs: Blobs
  readonly conductor: Conductor
  readonly intake: Intake
  readonly clock: Clock
  readonly access: Access
  readonly log: Log
  readonly metrics: Metrics
  /** Of the product. */
  readonly version: string
  /** Files that are being received. */
  readonly uploads: Uploads
  readonly pictureSize: PictureSize
  /** For images; without one there is no limit. */
  readonly room?: ImageRoom
  readonly segment: Workshop['segment']
  readonly levels: Workshop['levels']
  /** `usualLimits` when absent. */
  readonly limits?: Limits
  /** False while the server starts or stops; ready when absent. */
  readonly isReady?: () => boolean
}

/** What handlers are given. */
export interface Services extends HttpDeps {
  readonly arrivals: Arrivals
}
