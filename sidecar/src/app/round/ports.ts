/** What the use cases of rounds work with. */
import type { ProgressEvent } from '@suggestive/shared/protocol/event'
import type { ProfileName, Settings } from '../../domain/settings.ts'
import type { Blobs } from '../../ports/blobs.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Jobs } from '../../ports/jobs.ts'
import type { Log } from '../../ports/log.ts'
import type { Store } from '../../ports/store.ts'
import type { Timers } from '../../ports/timers.ts'
import type { Workshop } from '../../ports/workshop.ts'
import type { ShardPlans } from './shard-plans.ts'

export interface RoundPorts {
  readonly store: Store
  readonly blobs: Blobs
  readonly jobs: Jobs
  readonly workshop: Workshop
  readonly clock: Clock
  readonly timers: Timers
  readonly log: Log
  readonly profiles: Readonly<Record<ProfileName, Settings>>
  readonly plans: ShardPlans
  /** Progress for whoever looks on; never stored. */
  readonly tell: (event: ProgressEvent) => void
}

export interface RoundKey {
  readonly project: string
  readonly round: number
}
