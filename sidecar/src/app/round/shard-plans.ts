/** Which images of a pool are scored next, as long as the time for scoring lasts. */
import type { RoundView } from '@suggestive/shared/protocol/round'
import { scoringPlan } from '../../domain/scoring-plan.ts'
import type { PoolImage } from '../../ports/store.ts'
import { createBreath } from './breathe.ts'
import { wantTasks } from './images-wanted.ts'
import type { TaskImage } from './job-data.ts'
import type { RoundKey, RoundPorts } from './ports.ts'

export interface ShardPlans {
  /**
   * None when everything that is here is scored or the time is up; also records how large the pool is.
   *
   * @param spent seconds of scoring so far
   */
  next(
    key: RoundKey,
    round: Pick<RoundView, 'seed' | 'settings'>,
    spent: number,
  ): Promise<readonly TaskImage[]>
}

/** Images per job: a few seconds of work, so that a cancelled or repeated one costs little. */
const shardSize = 64

/** Images that are asked for at a time: what a round can score while they arrive. */
const mostWanted = 2000

interface Plan {
  readonly round: number
  /** What has not been given to a job. */
  readonly images: Iterator<PoolImage>
}

/** Plans are kept in memory and made anew when they are used up: images may have arrived meanwhile. */
export function createShardPlans(
  ports: Pick<RoundPorts, 'store' | 'clock' | 'timers'>,
): ShardPlans {
  const { store, clock } = ports
  const plans = new Map<string, Plan>()

  async function make({ project, round }: RoundKey, seed: number): Promise<Plan> {
    const pool = await store.pool(project, round)
    if (!pool.some(({ scored }) => scored)) {
      await store.progressRound(project, round, { pool: pool.length }, clock.now())
    }
    const isMissing = ({ stored }: PoolImage) => !stored
    if (pool.some(isMissing)) {
      const missing = await take(scoringPlan(pool, seed, round), mostWanted, isMissing)
      await wantTasks(
        ports,
        project,
        missing.map(({ taskKey }) => taskKey),
      )
    }
    const plan = { round, images: scoringPlan(pool, seed, round) }
    plans.set(project, plan)
    return plan
  }

  async function take(
    images: Iterator<PoolImage>,
    most: number,
    isWanted: (image: PoolImage) => boolean,
  ): Promise<PoolImage[]> {
    const breathe = createBreath(ports)
    const taken: PoolImage[] = []
    while (taken.length < most) {
      await breathe()
      const { done, value } = images.next()
      if (done === true) break
      if (isWanted(value)) taken.push(value)
    }
    return taken
  }

  const takeShard = async ({ images }: Plan) => {
    const shard = await take(images, shardSize, ({ stored, scored }) => stored && !scored)
    return shard.map(({ imageDigest, taskKey }) => ({ digest: imageDigest, taskKey }))
  }

  return {
    async next(key, { seed, settings }, spent) {
      if (spent >= settings.scoreMinutes * 60) return []
      const kept = plans.get(key.project)
      const shard = kept?.round === key.round ? await takeShard(kept) : []
      return shard.length > 0 ? shard : await takeShard(await make(key, seed))
    },
  }
}
