/** Which images of a pool are scored next, as long as the time for scoring lasts. */
import type { RoundView } from '@suggestive/shared/protocol/round'
import { scoringPlan } from '../../domain/scoring-plan.ts'
import { wantTasks } from './images-wanted.ts'
import type { TaskImage } from './job-data.ts'
import type { RoundKey, RoundPorts } from './ports.ts'

export interface Scored {
  /** Digests that were given to a job already. */
  readonly given: ReadonlySet<string>
  /** Seconds of scoring so far. */
  readonly spent: number
}

export interface ShardPlans {
  /** None when everything that is here is scored or the time is up; also records how large the pool is. */
  next(key: RoundKey, round: Pick<RoundView, 'seed'>, scored: Scored): Promise<readonly TaskImage[]>
}

/** Images per job: a few seconds of work, so that a cancelled or repeated one costs little. */
const shardSize = 64

/** Images that are asked for at a time: what a round can score while they arrive. */
const mostWanted = 2000

/** Plans are kept in memory and made anew when they are used up: images may have arrived meanwhile. */
export function createShardPlans(ports: Pick<RoundPorts, 'store' | 'clock'>): ShardPlans {
  const { store, clock } = ports
  const plans = new Map<string, { readonly round: number; readonly images: TaskImage[] }>()

  async function make({ project, round }: RoundKey, seed: number, given: ReadonlySet<string>) {
    const pool = await store.pool(project, round)
    if (given.size === 0) {
      await store.progressRound(project, round, { pool: pool.length }, clock.now())
    }
    const order = scoringPlan(pool, seed, round)
    const missing = order.filter(({ stored }) => !stored).map(({ taskKey }) => taskKey)
    await wantTasks(ports, project, missing.slice(0, mostWanted))
    const images = order
      .filter(({ stored, imageDigest }) => stored && !given.has(imageDigest))
      .map(({ imageDigest, taskKey }) => ({ digest: imageDigest, taskKey }))
    plans.set(project, { round, images })
    return images
  }

  return {
    async next(key, { seed }, { given, spent }) {
      const record = await store.project(key.project)
      if (record === undefined || spent >= record.settings.scoreMinutes * 60) return []
      const kept = plans.get(key.project)
      const known = kept?.round === key.round ? kept.images : []
      const shard = known.splice(0, shardSize).filter(({ digest }) => !given.has(digest))
      return shard.length > 0 ? shard : (await make(key, seed, given)).splice(0, shardSize)
    },
  }
}
